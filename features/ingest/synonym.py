"""What a laboratory's own name of a test may stand for: our analytes by their Russian and English names.

A suggestion for the review of local codes. It is sure only where the whole name is one of the list, the
specimen is said by the name itself, and the unit leads to the analyte's.
"""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache

from features.unit import between

CERTAIN = 0.95
LIKELY = 0.6  # below it nothing is suggested
_OPEN = 0.85  # the name leaves open whether it is blood or urine
_NO_UNIT = 0.8


@dataclass(frozen=True)
class Suggestion:
    loinc: str
    confidence: float


# LOINC | unit | names; `?` before the unit: the name leaves the specimen open.
_LIST = """
718-7|g/L|гемоглобин;hemoglobin;haemoglobin;hb;hgb
6690-2|10*9/L|лейкоциты крови;лейкоциты wbc;wbc;white blood cells;leukocytes blood
6690-2|?10*9/L|лейкоциты;leukocytes
789-8|10*12/L|эритроциты крови;эритроциты rbc;rbc;red blood cells
789-8|?10*12/L|эритроциты;erythrocytes
777-3|10*9/L|тромбоциты;тромбоциты plt;plt;platelets;platelet count
4544-3|%{volume}|гематокрит;гематокрит hct;hct;hematocrit;haematocrit
787-2|fL|средний объем эритроцита;mcv;mean corpuscular volume
785-6|pg|среднее содержание гемоглобина в эритроците;mch
786-4|g/L|средняя концентрация гемоглобина в эритроците;mchc
788-0|%|ширина распределения эритроцитов;rdw;rdw cv
751-8|10*9/L|нейтрофилы абс;нейтрофилы абсолютное количество;neutrophils absolute;neut абс
731-0|10*9/L|лимфоциты абс;лимфоциты абсолютное количество;lymphocytes absolute
30341-2|mm/h|соэ;скорость оседания эритроцитов;соэ по вестергрену;esr;erythrocyte sedimentation rate
1742-6|U/L|алт;аланинаминотрансфераза;алат;alt;alanine aminotransferase;sgpt
1920-8|U/L|аст;аспартатаминотрансфераза;асат;ast;aspartate aminotransferase;sgot
2324-2|U/L|ггт;гамма глутамилтрансфераза;ггтп;гамма гт;ggt;gamma glutamyl transferase
6768-6|U/L|щелочная фосфатаза;щф;alp;alkaline phosphatase
1975-2|umol/L|билирубин общий;общий билирубин;total bilirubin;bilirubin total
1968-7|umol/L|билирубин прямой;прямой билирубин;direct bilirubin;bilirubin direct
1751-7|?g/L|альбумин;albumin
2885-2|?g/L|белок общий;общий белок;total protein
1798-8|?U/L|амилаза;альфа амилаза;amylase
14804-9|U/L|лдг;лактатдегидрогеназа;ldh;lactate dehydrogenase
2345-7|mmol/L|глюкоза крови;глюкоза в крови;глюкоза сыворотки;глюкоза плазмы;blood glucose
2345-7|?mmol/L|глюкоза;glucose
4548-4|%|гликированный гемоглобин;гликированный гемоглобин hba1c;гликозилированный гемоглобин;hba1c;hemoglobin a1c
2093-3|mmol/L|холестерин;холестерин общий;общий холестерин;cholesterol;total cholesterol
13457-7|mmol/L|холестерин лпнп;лпнп;хс лпнп;липопротеины низкой плотности;ldl;ldl cholesterol
2085-9|mmol/L|холестерин лпвп;лпвп;хс лпвп;липопротеины высокой плотности;hdl;hdl cholesterol
2571-8|mmol/L|триглицериды;тг;triglycerides
2160-0|umol/L|креатинин крови;креатинин сыворотки;creatinine serum;serum creatinine
2160-0|?umol/L|креатинин;creatinine
22664-7|mmol/L|мочевина крови;мочевина сыворотки;serum urea
22664-7|?mmol/L|мочевина;urea
14933-6|?umol/L|мочевая кислота;uric acid;urate
14959-1|mg/g|альбумин креатинин;соотношение альбумин креатинин в моче;acr;albumin creatinine ratio
2951-2|?mmol/L|натрий;na;sodium
2823-3|?mmol/L|калий;k;potassium
2075-0|?mmol/L|хлор;хлориды;cl;chloride
2000-8|?mmol/L|кальций;кальций общий;calcium
19123-9|?mmol/L|магний;mg;magnesium
14879-1|?mmol/L|фосфор;фосфор неорганический;phosphate
3016-3|m[iU]/L|ттг;тиреотропный гормон;тиреотропин;tsh;thyrotropin
14920-3|pmol/L|т4 свободный;свободный т4;тироксин свободный;ft4;free t4
14928-6|pmol/L|т3 свободный;свободный т3;трийодтиронин свободный;ft3;free t3
8099-4|[iU]/mL|ат тпо;антитела к тпо;антитела к тиреопероксидазе;anti tpo
1988-5|mg/L|срб;с реактивный белок;crp;c reactive protein
30522-7|mg/L|срб высокочувствительный;вч срб;hs crp;high sensitivity crp
3255-7|g/L|фибриноген;fibrinogen
2276-4|ug/L|ферритин;ferritin
14798-3|umol/L|железо;железо сывороточное;сывороточное железо;iron;serum iron
14800-7|umol/L|ожсс;общая железосвязывающая способность;tibc
3034-6|g/L|трансферрин;transferrin
14685-2|pmol/L|витамин в12;витамин b12;b12;кобаламин;vitamin b12
14732-2|nmol/L|фолиевая кислота;фолаты;folate;folic acid
1989-3|nmol/L|25 он витамин d;витамин d;витамин d 25 он;25 гидроксивитамин d;25 oh vitamin d;vitamin d
6301-6|1|мно;inr
14979-9|s|ачтв;aptt
48065-7|mg/L{FEU}|д димер;d димер;d dimer
2857-1|ug/L|пса;пса общий;простатспецифический антиген;psa;total psa
33762-6|ng/L|nt probnp;nt pro bnp;n терминальный натрийуретический пептид
89579-7|ng/L|тропонин i высокочувствительный;hs troponin i
"""
_OTHER = re.compile(r"\b(моч\w*|urin\w*|ликвор\w*|csf|кал\w?|stool|слюн\w*|saliva)\b")
_FILLING = "в во на и по of in the анализ исследование уровень определение"
_IDLE = frozenset(_FILLING.split())
_SPLIT = re.compile(r"[^\w]+")


@lru_cache(maxsize=50_000)
def words(name: str) -> str:
    """A name as it is compared: words alone, in order of the alphabet."""
    text = name.casefold().replace("ё", "е")
    return " ".join(sorted(word for word in _SPLIT.split(text) if word and word not in _IDLE))


@dataclass(frozen=True)
class _Name:
    loinc: str
    unit: str
    open: bool
    words: str


@cache
def _names() -> tuple[_Name, ...]:
    rows = (line.split("|") for line in _LIST.split("\n") if line)
    return tuple(
        _Name(loinc, unit.removeprefix("?"), unit.startswith("?"), words(name))
        for loinc, unit, names in rows
        for name in names.split(";")
    )


def exact(name: str, unit: str) -> Suggestion | None:
    """What a name stands for that is in the list as it is; None if the unit speaks against it."""
    asked = words(name)
    found = [(n, _weight(n, unit)) for n in _names() if n.words == asked]
    best = max(found, key=lambda pair: pair[1], default=None)
    return Suggestion(best[0].loinc, best[1]) if best and best[1] else None


def suggest(name: str, unit: str) -> Suggestion | None:
    """The most similar name, with a confidence from 0 to 1; None below `LIKELY`."""
    if (whole := exact(name, unit)) is not None:
        return whole
    asked = words(name)
    if not asked:
        return None
    other = bool(_OTHER.search(asked))
    best: Suggestion | None = None
    matcher = SequenceMatcher(b=asked, autojunk=False)
    for known in _names():
        weight = _weight(known, unit) * 0.9  # never as sure as the name itself
        if not weight or other != bool(_OTHER.search(known.words)):
            continue
        matcher.set_seq1(known.words)
        least = max(LIKELY, best.confidence if best else 0)
        if matcher.real_quick_ratio() * weight <= least or matcher.quick_ratio() * weight <= least:
            continue
        if (likeness := matcher.ratio() * weight) > least:
            best = Suggestion(known.loinc, round(likeness, 2))
    return best


def _weight(known: _Name, unit: str) -> float:
    fits = 1.0 if unit else _NO_UNIT
    if unit and between(unit, known.unit, known.loinc) is None:
        fits = 0.0
    return round(fits * (_OPEN if known.open else 1.0), 2)
