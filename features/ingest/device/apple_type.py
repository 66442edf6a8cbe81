"""The sample types of Apple Health that are used here. Source: HealthKit's HKQuantityTypeIdentifier and
HKCategoryTypeIdentifier, as the export writes them.

Apple's heart rate variability is SDNN, not RMSSD: the two are never mixed.
"""

from features.ingest.device.measure import NUMBER

_QUANTITIES = {
    "StepCount": "steps",
    "DistanceWalkingRunning": "distance",
    "FlightsClimbed": "flights",
    "ActiveEnergyBurned": "active_energy",
    "AppleExerciseTime": "exercise",
    "HeartRate": "pulse",
    "RestingHeartRate": "resting_pulse",
    "WalkingHeartRateAverage": "walking_pulse",
    "HeartRateVariabilitySDNN": "sdnn",
    "RespiratoryRate": "respiration",
    "OxygenSaturation": "saturation",
    "AppleSleepingWristTemperature": "wrist_temperature",
    "BodyTemperature": "temperature",
    "BloodGlucose": "glucose",
    "BodyMass": "weight",
    "Height": "height",
    "BodyMassIndex": "bmi",
    "BodyFatPercentage": "body_fat",
    "WaistCircumference": "waist",
    "VO2Max": "oxygen_uptake",
    "BloodPressureSystolic": "systolic",
    "BloodPressureDiastolic": "diastolic",
}
SLEEP = -1  # stands for the stages of sleep, which the value tells
TYPES: dict[str, int] = {
    **{f"HKQuantityTypeIdentifier{name}": NUMBER[measure] for name, measure in _QUANTITIES.items()},
    "HKCategoryTypeIdentifierSleepAnalysis": SLEEP,
}
STAGES: dict[str, int] = {
    f"HKCategoryValueSleepAnalysis{name}": NUMBER[measure]
    for name, measure in {
        "InBed": "in_bed",
        "Asleep": "asleep",
        "AsleepUnspecified": "asleep",
        "AsleepCore": "asleep_core",
        "AsleepDeep": "asleep_deep",
        "AsleepREM": "asleep_rem",
        "Awake": "awake",
    }.items()
}
