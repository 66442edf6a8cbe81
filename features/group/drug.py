"""Groups of drugs by the ATC index of the WHO (2026)."""

from features.codes import CodeGroup


def atc(name: str, classes: str) -> CodeGroup:
    """`classes`: ATC codes, each with all below it."""
    return CodeGroup(name, tuple(f"ATC//{code}*" for code in classes.split()))


# Heart and vessels; combinations stand in the group of each of their parts
ANTICOAGULANTS = atc("anticoagulants", "B01AA B01AB B01AE B01AF B01AX05")
ANTIPLATELETS = atc("antiplatelets", "B01AC")
BETA_BLOCKERS = atc("beta_blockers", "C07")
ACE_INHIBITORS = atc("ace_inhibitors", "C09A C09B")
ANGIOTENSIN_BLOCKERS = atc("angiotensin_blockers", "C09C C09D")
CALCIUM_BLOCKERS = atc("calcium_channel_blockers", "C08 C09BB C09DB C07FB")
DIURETICS = atc("diuretics", "C03 C09BA C09DA C07B C07C")
LOOP_DIURETICS = atc("loop_diuretics", "C03C C03EB")
ALDOSTERONE_ANTAGONISTS = atc("aldosterone_antagonists", "C03DA")
NITRATES = atc("nitrates", "C01DA")
# Sugar and hormones
INSULIN = atc("insulin", "A10A")
METFORMIN = atc(
    "metformin",
    "A10BA02 A10BD02 A10BD03 A10BD05 A10BD07 A10BD08 A10BD10 A10BD11 A10BD13 A10BD15 A10BD16 A10BD20",
)
SGLT2 = atc("sglt2_inhibitors", "A10BK A10BD15 A10BD16 A10BD19 A10BD20 A10BD21")
GLP1 = atc("glp1_agonists", "A10BJ A10AE54 A10AE56")
DPP4 = atc("dpp4_inhibitors", "A10BH A10BD07 A10BD08 A10BD09 A10BD10 A10BD11 A10BD13 A10BD19 A10BD21")
SULFONYLUREAS = atc("sulfonylureas", "A10BB A10BD02 A10BD04")
THYROID_HORMONES = atc("thyroid_hormones", "H03A")
CONTRACEPTIVES = atc("hormonal_contraceptives", "G03A")
# Pain, mind, nerves
NSAIDS = atc("nsaids", "M01A")
OPIOIDS = atc("opioids", "N02A")
ANTIDEPRESSANTS = atc("antidepressants", "N06A")
ANTIPSYCHOTICS = atc("antipsychotics", "N05A")
SEDATIVES = atc("sedatives", "N05B N05C")
ANTIEPILEPTICS = atc("antiepileptics", "N03A")
# The rest
PROTON_PUMP = atc("proton_pump_inhibitors", "A02BC")
URATE_LOWERING = atc("urate_lowering_drugs", "M04AA")
BRONCHODILATORS = atc("bronchodilators", "R03A R03BB R03DA")
INHALED_STEROIDS = atc("inhaled_steroids", "R03BA R03AK")
ANTIBIOTICS = atc("antibiotics", "J01")
IMMUNOSUPPRESSANTS = atc("immunosuppressants", "L04")
ANY_DRUG = CodeGroup("any_drug", ("ATC//*",))
MAIN_GROUPS = tuple(atc(f"drugs_{letter.lower()}", letter) for letter in "ABCDGHJLMNPRSV")
