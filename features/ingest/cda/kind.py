"""What kind of statement an element of a document is, by its templates, its section and its codes."""

from xml.etree.ElementTree import Element

from features.ingest.cda.coding import ICD, said_of, systems
from features.ingest.cda.tree import TYPE
from features.ingest.cda.value import CODED

SECTION, PROBLEM, ALLERGY, FAMILY = "CDA section", "CDA problem", "CDA allergy", "CDA family history"
RESULT, PROCEDURE, ENCOUNTER = "CDA result", "CDA procedure", "CDA encounter"
DRUG, VACCINE, ACT, SUPPLY = "CDA medication", "CDA immunization", "CDA act", "CDA supply"
EMPTY = "CDA entry"

ACTS = frozenset(
    [
        "act",
        "observation",
        "organizer",
        "procedure",
        "encounter",
        "substanceAdministration",
        "supply",
        "observationMedia",
        "regionOfInterest",
    ]
)
CCDA, IHE = "2.16.840.1.113883.10.20", "1.3.6.1.4.1.19376.1.5.3.1.4"
# Sections by LOINC: problems, past illness, diagnoses at admission, discharge, before and after an operation.
PROBLEMS = frozenset(["11450-4", "11348-0", "46241-6", "42347-5", "11535-2", "10219-4", "10218-6", "29308-4"])
ALLERGIES, FAMILIES, PROCEDURES, VACCINES = "48765-2", "10157-6", "47519-4", "11369-6"
PLAN = frozenset({"18776-5", "61146-7", "62387-6"})
# What an observation is about, when its value says what it is: ASSERTION, diagnosis, problem, finding …
ABOUT = frozenset(
    [
        "ASSERTION",
        "282291009",
        "55607006",
        "64572001",
        "404684003",
        "409586006",
        "248536006",
        "418799008",
        "373930000",
        "29308-4",
        "75326-9",
        "75325-1",
        "75323-6",
        "75322-8",
        "75321-0",
        "75319-4",
        "75318-6",
        "75317-8",
        "75315-2",
        "75314-5",
        "75313-7",
        "75312-9",
    ]
)
SMOKING, TOBACCO, SOCIAL = f"{CCDA}.22.4.78", f"{CCDA}.22.4.85", f"{CCDA}.22.4.38"
_PROBLEM = {f"{CCDA}.22.4.4", f"{CCDA}.1.28", f"{IHE}.5"}
_ALLERGY = {f"{CCDA}.22.4.7", f"{CCDA}.1.18", f"{IHE}.6"}
_FAMILY = {f"{CCDA}.22.4.45", f"{CCDA}.22.4.46", f"{CCDA}.1.23", f"{IHE}.15"}
_VACCINE = {f"{CCDA}.22.4.52", f"{IHE}.12"}
_PROCEDURE = {f"{CCDA}.22.4.12", f"{CCDA}.22.4.13", f"{CCDA}.22.4.14", f"{IHE}.19"}
_CONCERN = {f"{CCDA}.22.4.3", f"{CCDA}.22.4.30", f"{CCDA}.22.4.80", f"{CCDA}.1.27", f"{IHE}.5.1"}
_CONCERN_CODES = frozenset({"CONC", "48765-2", "29308-4"})
_KINDS_OF_DIAGNOSIS = "1.2.643.5.1.13.13.11.1077"
_NMU = "1.2.643.5.1.13.13.11.1070"
_CVX = "2.16.840.1.113883.12.292"


def templates(element: Element) -> set[str | None]:
    """The templates that an element says to follow."""
    return {template.get("root") for template in element.findall("templateId")}


def is_concern(act: Element, section: str | None) -> bool:
    """Whether an act only holds what is of concern."""
    said = said_of(act.find("code"))
    return (
        bool(_CONCERN & templates(act))
        or bool(_CONCERN_CODES & {code for _, code in said})
        or any(system == _KINDS_OF_DIAGNOSIS for system, _ in said)
        or section in PROBLEMS
        or section == ALLERGIES
    )


def has_icd(observation: Element) -> bool:
    """Whether the value of an observation is a diagnosis."""
    return any(ICD & systems(value) for value in observation.findall("value"))


def kind_of(element: Element, section: str | None, around: tuple[Element, ...]) -> str:
    """Under which kind the account counts a statement."""
    own = templates(element)
    if element.tag == "observation":
        return _kind_of_observation(element, own, section, around)
    if element.tag == "substanceAdministration":
        code = substance(element)
        vaccine = _VACCINE & own or section == VACCINES or _CVX in systems(code)
        return VACCINE if vaccine else DRUG
    if element.tag == "procedure":
        return PROCEDURE
    if element.tag == "encounter":
        return ENCOUNTER
    if element.tag == "act":
        done = _PROCEDURE & own or section == PROCEDURES or _NMU in systems(element.find("code"))
        return PROCEDURE if done else ACT
    return SUPPLY if element.tag == "supply" else EMPTY


def _kind_of_observation(
    element: Element, own: set[str | None], section: str | None, around: tuple[Element, ...]
) -> str:
    outer = set().union(*(templates(outside) for outside in around)) if around else set()
    if section == FAMILIES or _FAMILY & (own | outer):
        return FAMILY
    if _ALLERGY & own or (section == ALLERGIES and element.find("participant") is not None):
        return ALLERGY
    if {SMOKING, TOBACCO} & own:
        return RESULT
    if _PROCEDURE & own or (section == PROCEDURES and not _has_value(element)):
        return PROCEDURE
    about = {code for _, code in said_of(element.find("code"))}
    coded = any(value.get(TYPE) in CODED for value in element.findall("value"))
    if _PROBLEM & own or has_icd(element) or (coded and (section in PROBLEMS or ABOUT & about)):
        return PROBLEM
    return RESULT


def _has_value(element: Element) -> bool:
    return any(value.get("value") or value.get("code") for value in element.findall("value"))


def substance(element: Element) -> Element | None:
    """The code of the drug or vaccine that was given."""
    for path in ("manufacturedMaterial", "manufacturedLabeledDrug"):
        code = element.find(f"consumable/manufacturedProduct/{path}/code")
        if code is not None:
            return code
    return None
