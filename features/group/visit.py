"""Groups of visits, appointments, vaccinations and examinations."""

from features.codes import CodeGroup


def visit(name: str, classes: str) -> CodeGroup:
    """`classes`: HL7 ActCode classes of an encounter."""
    return CodeGroup(name, tuple(f"ENCOUNTER//{code}" for code in classes.split()))


EMERGENCY = visit("emergency_visit", "EMER")
INPATIENT = visit("inpatient_stay", "IMP ACUTE NONAC OBSENC SS")
REMOTE = visit("remote_visit", "VR")
MISSED = CodeGroup("missed_appointment", ("APPOINTMENT//noshow",))
KEPT = CodeGroup("kept_appointment", ("APPOINTMENT//fulfilled", "APPOINTMENT//arrived"))

VACCINATION = CodeGroup("vaccination", ("CVX//*", "ATC//J07*"))
INFLUENZA_VACCINE = CodeGroup(
    "influenza_vaccine",
    (
        "ATC//J07BB*",
        *(
            f"CVX//{code}"
            for code in [
                "15",
                "16",
                "88",
                "140",
                "141",
                "144",
                "150",
                "153",
                "155",
                "158",
                "161",
                "166",
                "168",
                "171",
                "185",
                "186",
                "197",
                "205",
            ]
        ),
    ),
)
PNEUMOCOCCAL_VACCINE = CodeGroup(
    "pneumococcal_vaccine", ("ATC//J07AL*", *(f"CVX//{code}" for code in ("33", "133", "152", "215", "216")))
)
COLONOSCOPY = CodeGroup("colonoscopy", ("NMU//A03.18.001*", "SNOMED//73761001"))
