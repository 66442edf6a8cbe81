"""Codes that say that there is none: of allergies, problems, drugs. They are no allergy, problem or drug.

Source: SNOMED CT international edition and its US extension, as the absent and unknown value sets of C-CDA and
of the International Patient Summary list them.
"""

_SNOMED = """
160244002 160245001 182849000 182904002 409137002 428607008 429625007 716184000 716186003 716220001
787480003 787481004 787482006 1003774007
"""
NONE_KNOWN = frozenset(f"SNOMED//{code}" for code in _SNOMED.split())
