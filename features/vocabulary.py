"""The form that each vocabulary gives its codes: what has another form is no code of it."""

import re

VISIT = "ENCOUNTER"
_ICD10 = r"[A-Z]\d[0-9A-Z](\.?[0-9A-Z]{1,4})?(-[A-Z]\d\d(\.\d)?)?"
FORMS = {
    name: re.compile(form)
    for name, form in {
        "LOINC": r"(L[AGP])?\d{1,7}-\d",
        "ICD10": _ICD10,
        "ICD10CM": _ICD10,
        "NMU": r"[A-F]\d\d(\.\d{1,3}){0,4}",
        "ATC": r"[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?",
        "SNOMED": r"\d{6,18}",
        "RXNORM": r"\d{1,8}",
        "CVX": r"\d{1,4}",
        "NDC": r"\d[\d\-]{3,13}",
        "ICD9CM": r"(\d{3}(\.\d{1,2})?|V\d\d(\.\d{1,2})?|E\d{3}(\.\d)?)",
        "CPT": r"\d{4}[0-9FTU]",
        "FSLI": r"\d{6,8}",  # федеральный справочник лабораторных исследований
        "VITALPARAM": r"\d{1,4}",  # витальные параметры of the Russian register
        VISIT: "AMB|EMER|FLD|HH|IMP|ACUTE|NONAC|OBSENC|PRENC|SS|VR",
    }.items()
}
# Cyrillic letters that look like the Latin ones of МКБ-10; marks and blanks are left out.
_LOOK_ALIKE = str.maketrans("АВСЕНКМОРТУХІЈЅ", "ABCEHKMOPTYXIJS")
_MARKS = str.maketrans("", "", " \u00a0\t*†‡+")


def icd10(code: str) -> tuple[str, bool]:
    """An ICD-10 code as the register writes it, and whether Cyrillic letters stood for Latin ones."""
    upper = code.upper().translate(_MARKS).replace(",", ".").rstrip(".")
    folded = upper.translate(_LOOK_ALIKE)
    return folded, folded != upper
