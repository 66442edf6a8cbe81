"""What has been diagnosed: ever, in the last five years, and how much of it altogether."""

from features import codes, index
from features.codes import CodeGroup
from features.feature import Feature
from features.group import diagnosis as d

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

_MORE = (
    (d.MYOCARDIAL_INFARCTION, "Инфаркт миокарда", "Myocardial infarction"),
    (d.HEART_FAILURE, "Сердечная недостаточность", "Heart failure"),
    (d.ATRIAL_FIBRILLATION, "Фибрилляция предсердий", "Atrial fibrillation"),
    (d.PERIPHERAL_ARTERY_DISEASE, "Болезнь периферических артерий", "Peripheral artery disease"),
    (d.CEREBROVASCULAR_DISEASE, "Цереброваскулярная болезнь", "Cerebrovascular disease"),
    (d.VENOUS_THROMBOEMBOLISM, "Тромбоз вен или ТЭЛА", "Venous thromboembolism"),
    (d.COPD, "ХОБЛ", "COPD"),
    (d.ASTHMA, "Астма", "Asthma"),
    (d.SLEEP_APNOEA, "Апноэ сна", "Sleep apnoea"),
    (d.HYPOTHYROIDISM, "Гипотиреоз", "Hypothyroidism"),
    (d.HYPERTHYROIDISM, "Тиреотоксикоз", "Hyperthyroidism"),
    (d.DIABETES_1, "Сахарный диабет 1 типа", "Type 1 diabetes"),
    (d.DIABETES_COMPLICATED, "Диабет с осложнениями", "Diabetes with complications"),
    (d.GOUT, "Подагра", "Gout"),
    (d.CHRONIC_LIVER_DISEASE, "Хроническая болезнь печени", "Chronic liver disease"),
    (d.FATTY_LIVER, "Жировая болезнь печени", "Fatty liver"),
    (d.PEPTIC_ULCER, "Язвенная болезнь", "Peptic ulcer"),
    (d.COLON_POLYP, "Полип толстой кишки", "Colon polyp"),
    (d.ANAEMIA, "Анемия", "Anaemia"),
    (d.CANCER, "Злокачественное новообразование", "Cancer"),
    (d.BREAST_CANCER, "Рак молочной железы", "Breast cancer"),
    (d.COLORECTAL_CANCER, "Колоректальный рак", "Colorectal cancer"),
    (d.LUNG_CANCER, "Рак лёгкого", "Lung cancer"),
    (d.PROSTATE_CANCER, "Рак предстательной железы", "Prostate cancer"),
    (d.SKIN_CANCER, "Рак кожи или меланома", "Skin cancer or melanoma"),
    (d.DEPRESSION, "Депрессия", "Depression"),
    (d.ANXIETY, "Тревожное расстройство", "Anxiety disorder"),
    (d.PSYCHOSIS, "Психоз или биполярное расстройство", "Psychosis or bipolar disorder"),
    (d.DEMENTIA, "Деменция", "Dementia"),
    (d.ALCOHOL, "Расстройство от алкоголя", "Alcohol use disorder"),
    (d.TOBACCO, "Зависимость от табака", "Tobacco use disorder"),
    (d.RHEUMATIC_DISEASE, "Ревматическая болезнь", "Rheumatic disease"),
    (d.OSTEOARTHRITIS, "Остеоартроз", "Osteoarthritis"),
    (d.OSTEOPOROSIS, "Остеопороз", "Osteoporosis"),
    (d.ALBUMINURIA, "Протеинурия", "Proteinuria"),
    (d.PREECLAMPSIA, "Преэклампсия", "Pre-eclampsia"),
    (d.POLYCYSTIC_OVARIES, "Поликистоз яичников", "Polycystic ovaries"),
    (d.FAMILY_DIABETES, "Диабет у родственников", "Family history of diabetes"),
    (d.FAMILY_HEART, "Болезни сердца у родственников", "Family history of heart disease"),
)
EVER = {group.name: _ever(group, ru, en) for group, ru, en in (*_DIAGNOSES, *_MORE)}
_HIDDEN = {
    group.name: _ever(group, group.name, f"{group.name} as recorded")
    for group in (d.CHRONIC_LUNG_DISEASE, d.HEMIPLEGIA, d.SEVERE_LIVER_DISEASE, d.METASTATIC_CANCER, d.HIV)
}
# In the order of features.index.charlson.
_CHARLSON = """
heart_failure dementia chronic_lung_disease rheumatic_disease chronic_liver_disease diabetes_with_complications
hemiplegia chronic_kidney_disease cancer severe_liver_disease metastatic_cancer hiv
"""
# Long-term conditions as Barnett et al. count them (Lancet 2012;380:37), as far as they are declared here.
_CHRONIC = """
hypertension diabetes dyslipidemia ischemic_heart_disease heart_failure atrial_fibrillation stroke
peripheral_artery_disease copd asthma chronic_kidney_disease chronic_liver_disease hypothyroidism cancer
depression anxiety dementia rheumatic_disease osteoporosis alcohol_disorder
"""


def _of(names: str) -> tuple[Feature, ...]:
    return tuple((EVER | _HIDDEN)[name] for name in names.split())


FEATURES = (
    *(EVER[group.name] for group, _, _ in _DIAGNOSES),
    *(_recent(*diagnosis) for diagnosis in _DIAGNOSES),
    *(EVER[group.name] for group, _, _ in _MORE),
    _recent(d.DEPRESSION, "Депрессия", "Depression"),
    _recent(d.ANAEMIA, "Анемия", "Anaemia"),
    _recent(d.CANCER, "Злокачественное новообразование", "Cancer"),
    Feature(
        "pregnancy_280d",
        "Беременность, запись за 280 дней",
        "Pregnancy, recorded in 280 days",
        d.PREGNANCY,
        "any",
        280,
    ),
    Feature(
        "myocardial_infarction_days_since",
        "Дней с последней записи об инфаркте миокарда",
        "Days since a myocardial infarction was last recorded",
        d.MYOCARDIAL_INFARCTION,
        "days_since_last",
    ),
    Feature(
        "hypertension_days_known",
        "Гипертония, дней с первой записи",
        "Hypertension, days since it was first recorded",
        codes.HYPERTENSION,
        "days_since_first",
    ),
    Feature(
        "diabetes_age_at_first",
        "Возраст при первой записи о диабете",
        "Age when diabetes was first recorded",
        codes.DIABETES,
        "age_at_first",
    ),
    Feature(
        "charlson_index",
        "Индекс коморбидности Чарлсон",
        "Charlson comorbidity index",
        unit="1",
        formula=index.charlson,
        inputs=_of(_CHARLSON),
    ),
    Feature(
        "chronic_conditions",
        "Хронических болезней",
        "Long-term conditions",
        unit="1",
        formula=index.some,
        inputs=_of(_CHRONIC),
    ),
    Feature(
        "diagnoses_distinct_5y",
        "Разных диагнозов за 5 лет",
        "Different diagnoses in 5 years",
        d.ANY_DIAGNOSIS,
        "distinct",
        FIVE_YEARS,
    ),
    Feature(
        "diagnoses_1y",
        "Записей о диагнозах за год",
        "Diagnoses recorded in 1 year",
        d.ANY_DIAGNOSIS,
        "count",
        365,
    ),
)
