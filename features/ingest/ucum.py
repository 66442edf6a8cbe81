"""Units as events may hold them: UCUM, and the Russian spellings of the same; nothing else.

A unit is kept as the source said it if each of its words is one of a closed list, or if it can be read
as UCUM (features/ucum), in which no free text fits but annotations: these are of a closed list too.
"""

import re
from functools import cache, lru_cache

from features import codes
from features.codes import CodeGroup
from features.ucum.spelling import ucum
from features.unit import factors

LENGTH = 32
REFUSED = ""  # stands for a unit that is not kept, until it is counted
_ATOMS = """
m g s L l mol eq osm U u IU iU kat Pa Hg W J N V A K Cel degF Hz Bq Gy Sv rad deg dB B pH ppm ppb bar cal
"""
_PREFIXES = ("", *["T", "G", "M", "k", "h", "d", "c", "m", "u", "n", "p", "f", "µ", "μ", "da"])
_WHOLE = """
C F min h d wk mo a yr hr sec minute minutes hour hours day days week weeks month months year years beats bpm
in_i in_us ft_i ft_us lb_av oz_av lb oz in ft Cal HPF LPF hpf lpf CFU PFU RBC WBC AU arb'U drp pptr ppth
mm_Hg cells copies score ratio index INR pack packs
"""
_RUSSIAN = """
г кг мг мкг нг пг л дл мл мкл фл моль ммоль мкмоль нмоль пмоль экв мэкв мосм Ед ед МЕ мМЕ мкМЕ мЕд МЕд кат мккат
нкат м см мм мкм с сек мс мин ч час сут нед мес год лет рт ст уд кПа Па ккал кл клеток тыс млн
"""
_NOTED = """
score ratio index steps step beats beat bpm cells cell copies count hb ngsp% inr titer creat rbc wbc t-score feu ddu ngsp cre
z-score 1.73_m2 1.73.m2 # nominal ph s_co od percent hpf lpf cfu breaths platelets
"""
_NOTES = frozenset(_NOTED.split())
_WORDS = frozenset(
    [f"{prefix}{atom}" for prefix in _PREFIXES for atom in _ATOMS.split()] + _WHOLE.split() + _RUSSIAN.split()
)
_NOTE = re.compile(r"\{([^{}]*)\}")
_WORD = re.compile(r"[^\W\d_][\w']*?(?=\d|\W|$)|[^\W\d_]\w*")
_REST = re.compile(r"[\d./*^()\[\]%‰°²³+\-]*")
_DIGITS = re.compile(r"\d{5}")  # no unit has so many; a telephone number has


@cache
def _understood() -> frozenset[str]:
    """Every spelling that features understand."""
    groups = [g for g in vars(codes).values() if isinstance(g, CodeGroup) and g.unit]
    return frozenset(unit for group in groups for unit in factors(group))


@lru_cache(maxsize=4096)
def kept(unit: str) -> str | None:
    """The unit as it is, None for a blank one, or `REFUSED`."""
    unit = unit.strip()
    if not unit:
        return None
    return unit if _listed(unit) or unit in _understood() else REFUSED  # the latter takes half a second


def _listed(unit: str) -> bool:
    """Whether the words of a unit are known, or it can be read as UCUM."""
    if len(unit) > LENGTH or _DIGITS.search(unit):
        return False
    notes = _NOTE.findall(unit)
    bare = _NOTE.sub("", unit)
    if not all(note.casefold() in _NOTES for note in notes):
        return False
    words = all(word in _WORDS for word in _WORD.findall(bare)) and _REST.fullmatch(_WORD.sub("", bare))
    return bool(words) or ucum(unit) is not None
