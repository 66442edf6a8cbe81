"""Published indices of several laboratory values, vital signs and facts: computed, not measured."""

from features import codes, index
from features.declared import analytes, labs, vitals
from features.declared.demographics import AGE, MALE
from features.feature import Feature
from features.formula import egfr

KNOWN = {f.name: f for part in (labs, vitals, analytes) for f in part.FEATURES}


def _index(
    name: str, ru: str, en: str, unit: str, formula: str, inputs: str, modifiable: bool = True
) -> Feature:
    """A formula of features.index over declared features, by their names."""
    found = tuple({"age": AGE, "male": MALE}.get(i) or KNOWN[i] for i in inputs.split())
    return Feature(
        name, ru, en, unit=unit, modifiable=modifiable, formula=getattr(index, formula), inputs=found
    )


_HEIGHT = Feature("height_known", "Рост", "Body height", codes.HEIGHT, "last")

LDL = _index(
    "ldl_cholesterol_known_2y",
    "Холестерин ЛПНП, измеренный или по Сэмпсону, за 2 года",
    "LDL cholesterol, measured or by Sampson, in 2 years",
    "mmol/L",
    "ldl",
    "ldl_cholesterol_last_2y total_cholesterol_last_2y hdl_cholesterol_last_2y triglycerides_last_2y",
)
KIDNEY_STAGE = _index(
    "kidney_stage_2y",
    "Стадия функции почек (G1–G5)",
    "Kidney function category (G1–G5)",
    "1",
    "kidney_stage",
    "egfr_last_2y",
)

FEATURES = (
    LDL,
    _index(
        "tg_hdl_ratio_2y",
        "Триглицериды / ЛПВП",
        "Triglycerides / HDL",
        "1",
        "ratio",
        "triglycerides_last_2y hdl_cholesterol_last_2y",
    ),
    Feature(
        "remnant_cholesterol_2y",
        "Холестерин остаточных частиц",
        "Remnant cholesterol",
        unit="mmol/L",
        modifiable=True,
        formula=index.remnant,
        inputs=(labs.TOTAL_CHOLESTEROL_LAST, labs.HDL_LAST, LDL),
    ),
    _index(
        "tyg_index_2y",
        "Индекс триглицериды-глюкоза",
        "Triglyceride-glucose index",
        "1",
        "tyg",
        "triglycerides_last_2y glucose_last_2y",
    ),
    _index(
        "homa_ir_2y", "Индекс HOMA-IR", "HOMA-IR", "1", "homa_ir", "glucose_last_2y insulin_level_last_2y"
    ),
    _index(
        "fib4_2y",
        "Индекс фиброза печени FIB-4",
        "FIB-4 index of liver fibrosis",
        "1",
        "fib4",
        "age ast_last_2y alt_last_2y platelets_last_2y",
    ),
    _index(
        "ast_alt_ratio_2y",
        "АСТ / АЛТ (де Ритис)",
        "AST / ALT (De Ritis)",
        "1",
        "ratio",
        "ast_last_2y alt_last_2y",
    ),
    _index(
        "nlr_2y",
        "Нейтрофилы / лимфоциты",
        "Neutrophils / lymphocytes",
        "1",
        "ratio",
        "neutrophils_last_2y lymphocytes_last_2y",
    ),
    _index(
        "anion_gap_2y",
        "Анионный разрыв",
        "Anion gap",
        "mmol/L",
        "anion_gap",
        "sodium_last_2y chloride_last_2y bicarbonate_last_2y",
    ),
    _index(
        "corrected_calcium_2y",
        "Кальций с поправкой на альбумин",
        "Calcium corrected for albumin",
        "mmol/L",
        "corrected_calcium",
        "calcium_last_2y albumin_last_2y",
    ),
    _index(
        "transferrin_saturation_2y",
        "Насыщение трансферрина",
        "Transferrin saturation",
        "%",
        "percent",
        "iron_last_2y iron_binding_last_2y",
    ),
    _index(
        "anaemia_by_hemoglobin_2y",
        "Анемия по гемоглобину (ВОЗ)",
        "Anaemia by haemoglobin (WHO)",
        "1",
        "anaemic",
        "hemoglobin_last_2y male",
    ),
    Feature(
        "egfr_mean_5y",
        "Скорость клубочковой фильтрации, по среднему креатинину за 5 лет",
        "Kidney filtration rate (eGFR), by the mean creatinine of 5 years",
        unit="mL/min/{1.73_m2}",
        formula=egfr,
        inputs=(KNOWN["creatinine_mean_5y"], AGE, MALE),
    ),
    KIDNEY_STAGE,
    _index(
        "mean_pressure_2y",
        "Среднее артериальное давление",
        "Mean arterial pressure",
        "mm[Hg]",
        "mean_pressure",
        "systolic_bp_last_2y diastolic_bp_last_2y",
    ),
    Feature(
        "waist_to_height_2y",
        "Талия / рост",
        "Waist / height",
        unit="1",
        modifiable=True,
        formula=index.waist_to_height,
        inputs=(KNOWN["waist_last_2y"], _HEIGHT),
    ),
    _index(
        "metabolic_syndrome_criteria_2y",
        "Критериев метаболического синдрома (из 5)",
        "Criteria of the metabolic syndrome (of 5)",
        "1",
        "metabolic_syndrome",
        "waist_last_2y triglycerides_last_2y hdl_cholesterol_last_2y systolic_bp_last_2y diastolic_bp_last_2y "
        "glucose_last_2y male",
    ),
)
