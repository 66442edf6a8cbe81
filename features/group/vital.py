"""Groups of vital signs and questionnaires by LOINC."""

from features.group.lab import lab

TEMPERATURE = lab("body_temperature", "Cel", "8310-5 8331-1")
RESPIRATION = lab("respiratory_rate", "/min", "9279-1")
OXYGEN = lab("oxygen_saturation", "%", "59408-5 2708-6")
FEV1_FVC = lab("fev1_fvc", "%", "19926-5")
EJECTION_FRACTION = lab("ejection_fraction", "%", "10230-1")
PHQ_9 = lab("phq_9", "{score}", "44261-6")
GAD_7 = lab("gad_7", "{score}", "70274-6")
AUDIT_C = lab("audit_c", "{score}", "75626-2")
MMSE = lab("mmse", "{score}", "72106-8")
PAIN = lab("pain", "{score}", "72514-3")
