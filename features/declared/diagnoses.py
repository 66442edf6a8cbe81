"""What has been diagnosed: ever, and in the last five years."""

from features import codes
from features.codes import CodeGroup
from features.feature import Feature

FIVE_YEARS = 1826


def _ever(group: CodeGroup, ru: str, en: str) -> Feature:
    return Feature(f"{group.name}_ever", f"{ru}, когда-либо", f"{en}, ever", group, "any")


def _recent(group: CodeGroup, ru: str, en: str) -> Feature:
    return Feature(
        f"{group.name}_5y", f"{ru}, запись за 5 лет", f"{en}, recorded in 5 years", group, "any", FIVE_YEARS
    )


_DIAGNOSES = (
    (codes.DIABETES, "Сахарный диабет", "Diabetes"),
    (codes.DIABETES_2, "Сахарный диабет 2 типа", "Type 2 diabetes"),
    (codes.PREDIABETES, "Предиабет", "Prediabetes"),
    (codes.HYPERTENSION, "Гипертония", "Hypertension"),
    (codes.DYSLIPIDEMIA, "Нарушение липидного обмена", "Dyslipidaemia"),
    (codes.OBESITY, "Ожирение", "Obesity"),
    (codes.ISCHEMIC_HEART_DISEASE, "Ишемическая болезнь сердца", "Ischaemic heart disease"),
    (codes.STROKE, "Инсульт", "Stroke"),
    (codes.CHRONIC_KIDNEY_DISEASE, "Хроническая болезнь почек", "Chronic kidney disease"),
    (codes.GESTATIONAL_DIABETES, "Диабет беременных", "Gestational diabetes"),
)

FEATURES = (*(_ever(*d) for d in _DIAGNOSES), *(_recent(*d) for d in _DIAGNOSES))
