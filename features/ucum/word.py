"""Words and whole spellings that senders use for units, and what they are in UCUM."""

# The whole text, without its spaces.
WHOLE = {
    "mmHg": "mm[Hg]",
    "mm_Hg": "mm[Hg]",
    "mmhg": "mm[Hg]",
    "ммрт.ст.": "mm[Hg]",
    "ммрт.ст": "mm[Hg]",
    "ммртст": "mm[Hg]",
    "°C": "Cel",
    "degC": "Cel",
    "C": "Cel",
    "°С": "Cel",  # Cyrillic
    "град.C": "Cel",
    "°F": "[degF]",
    "degF": "[degF]",
    "F": "[degF]",
    "bpm": "{beats}/min",
    "BPM": "{beats}/min",
    "beats/min": "{beats}/min",
    "beats/minute": "{beats}/min",
    "уд/мин": "{beats}/min",
    "уд./мин": "{beats}/min",
    "уд.вмин": "{beats}/min",
    "breaths/min": "{breaths}/min",
    "дых/мин": "{breaths}/min",
    "in": "[in_i]",
    "inch": "[in_i]",
    "inches": "[in_i]",
    "ft": "[ft_i]",
    "lb": "[lb_av]",
    "lbs": "[lb_av]",
    "oz": "[oz_av]",
    "G/L": "10*9/L",  # giga; in UCUM gauss per litre
    "G/l": "10*9/L",
    "T/L": "10*12/L",  # tera; in UCUM tesla per litre
    "T/l": "10*12/L",
    "%NGSP": "%",
    "INR": "{INR}",
    "МНО": "{INR}",
    "mEq": "meq",
    "steps": "{steps}",
    "шагов": "{steps}",
    "pH": "[pH]",
    "pHunits": "[pH]",
    "ед.pH": "[pH]",
    "ratio": "{ratio}",
    "‰": "[ppth]",
}

COUNTS = {
    **dict.fromkeys(("k", "th", "thou", "thous", "thousand", "тыс", "тыс.", "т"), 3),
    **dict.fromkeys(("m", "mil", "mill", "million", "млн", "млн."), 6),
    **dict.fromkeys(("млрд", "млрд.", "bil"), 9),
    **dict.fromkeys(("кл", "кл.", "клеток", "cells", "cell"), 0),
}
VOLUMES = {
    **dict.fromkeys(("uL", "ul", "UL", "mcL", "mcl", "мкл", "mm3", "мм3", "cmm", "mm^3", "cumm"), "uL"),
    **dict.fromkeys(("L", "l", "л"), "L"),
    **dict.fromkeys(("mL", "ml", "мл"), "mL"),
    **dict.fromkeys(("nL", "nl", "нл"), "nL"),
}
# A count is told from a mass by its volume: nobody counts in kelvins, nor in millions, per litre.
SHORT = frozenset(["k", "m", "т"])

_PREFIX = {"": "", "к": "k", "г": "h", "д": "d", "с": "c", "м": "m", "мк": "u", "н": "n", "п": "p", "ф": "f"}
_ATOM = {
    "г": "g",
    "л": "L",
    "м": "m",
    "моль": "mol",
    "экв": "eq",
    "осм": "osm",
    "осмоль": "osm",
    "кат": "kat",
}
RUSSIAN = {p + a: _PREFIX[p] + _ATOM[a] for p in _PREFIX for a in _ATOM if p not in ("г", "с") or a == "м"}
RUSSIAN |= {
    "с": "s",
    "сек": "s",
    "мс": "ms",
    "мин": "min",
    "ч": "h",
    "час": "h",
    "сут": "d",
    "сутки": "d",
    "день": "d",
    "нед": "wk",
    "мес": "mo",
    "год": "a",
    "лет": "a",
    "Па": "Pa",
    "кПа": "kPa",
    "ккал": "kcal",
    "уд": "{beats}",
    "шагов": "{steps}",
    "клеток": "{cells}",
    "кл": "{cells}",
}
for _prefix, _latin in (("", ""), ("м", "m"), ("мк", "u"), ("к", "k")):
    RUSSIAN |= dict.fromkeys((f"{_prefix}Ед", f"{_prefix}ед", f"{_prefix}ЕД"), f"{_latin}U")
    RUSSIAN |= dict.fromkeys((f"{_prefix}МЕ", f"{_prefix}ME"), f"{_latin}[iU]")  # the second is Latin
LATIN = {
    "u": "U",
    "mu": "mU",
    "uu": "uU",
    "uU": "uU",
    "IU": "[iU]",
    "iu": "[iU]",
    "iU": "[iU]",
    "mIU": "m[iU]",
    "miu": "m[iU]",
    "uIU": "u[iU]",
    "uiu": "u[iU]",
    "mcIU": "u[iU]",
    "kIU": "k[iU]",
    "mEq": "meq",
    "uEq": "ueq",
    "Eq": "eq",
    "mOsm": "mosm",
    "mcg": "ug",
    "mcmol": "umol",
    "mcL": "uL",
    "mcl": "uL",
    "mcU": "uU",
    "sec": "s",
    "msec": "ms",
    "hr": "h",
    "hrs": "h",
    "hour": "h",
    "hours": "h",
    "minutes": "min",
    "minute": "min",
    "day": "d",
    "days": "d",
    "Kat": "kat",
    "ukat": "ukat",
    "uKat": "ukat",
    "nKat": "nkat",
}


# The spellings that are met most, for those who want a list.
_VOLUME = {
    "/L": ("/L", "/l", "/л"),
    "/dL": ("/dL", "/dl", "/дл"),
    "/mL": ("/mL", "/ml", "/мл"),
    "/uL": ("/uL", "/мкл"),
}
_TOP = """
g mg ug ng pg mol mmol umol nmol pmol U [iU] m[iU] u[iU] mU uU meq ukat г мг мкг нг пг ммоль мкмоль нмоль
пмоль Ед МЕ мМЕ мкМЕ мЕд мкЕд IU mIU uIU mEq mcg μmol µmol мккат
"""
_MORE = """
% %{Hb} {NGSP%} L/L mmol/mol mmol/mol{Hb} ммоль/моль mm[Hg] mmHg kPa /min 1/min {beats}/min {Beats}/min
{beat}/min beats/min beats/minute bpm уд/мин уд./мин /мин cm см m м mm мм [in_i] [in_us] kg кг g г [lb_av] [oz_av]
kg/m2 kg/m^2 kg/m² кг/м2 кг/м² ms мс s с h ч min мин /d 1/d {steps}/d {step}/d /(24.h) {steps}/(24.h) {steps}
mm/h mm/hr мм/ч fL фл pg пг mg/g mg/mmol mg/g{creat} мг/г мг/ммоль 10*9/L 10*3/uL 10*12/L 10*6/uL K/uL M/uL /uL
10^9/л 10*9/л 10^12/л x10^9/L x10E3/uL тыс/мкл млн/мкл 1 {INR} INR МНО Cel [degF] °C mL/min/{1.73_m2}
mL/min/1.73m2 {score} mosm/kg мл/мин/1,73м2 mol/m3
"""
_SPACED = ("mm Hg", "мм рт. ст.", "мм рт.ст.", "% NGSP")
COMMON: tuple[str, ...] = (
    *(top + volume for top in _TOP.split() for volumes in _VOLUME.values() for volume in volumes),
    *_MORE.split(),
    *_SPACED,
)
