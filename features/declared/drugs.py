"""What has been prescribed in the last year."""

from features import codes, index
from features.codes import CodeGroup
from features.feature import Feature
from features.group import drug as d

YEAR = 365


def _taken(group: CodeGroup, ru: str, en: str, days: int = YEAR) -> Feature:
    return Feature(f"{group.name}_1y", f"{ru} за год", f"{en} in 1 year", group, "any", days)


_MORE = (
    (d.ANTICOAGULANTS, "Антикоагулянты", "Anticoagulants"),
    (d.ANTIPLATELETS, "Антиагреганты", "Antiplatelets"),
    (d.BETA_BLOCKERS, "Бета-блокаторы", "Beta blockers"),
    (d.ACE_INHIBITORS, "Ингибиторы АПФ", "ACE inhibitors"),
    (d.ANGIOTENSIN_BLOCKERS, "Сартаны", "Angiotensin receptor blockers"),
    (d.CALCIUM_BLOCKERS, "Антагонисты кальция", "Calcium channel blockers"),
    (d.DIURETICS, "Диуретики", "Diuretics"),
    (d.LOOP_DIURETICS, "Петлевые диуретики", "Loop diuretics"),
    (d.ALDOSTERONE_ANTAGONISTS, "Антагонисты альдостерона", "Aldosterone antagonists"),
    (d.NITRATES, "Нитраты", "Nitrates"),
    (d.INSULIN, "Инсулин", "Insulin"),
    (d.METFORMIN, "Метформин", "Metformin"),
    (d.SGLT2, "Глифлозины", "SGLT2 inhibitors"),
    (d.GLP1, "Агонисты ГПП-1", "GLP-1 agonists"),
    (d.DPP4, "Глиптины", "DPP-4 inhibitors"),
    (d.SULFONYLUREAS, "Препараты сульфонилмочевины", "Sulfonylureas"),
    (d.THYROID_HORMONES, "Гормоны щитовидной железы", "Thyroid hormones"),
    (d.CONTRACEPTIVES, "Гормональные контрацептивы", "Hormonal contraceptives"),
    (d.NSAIDS, "НПВП", "NSAIDs"),
    (d.OPIOIDS, "Опиоиды", "Opioids"),
    (d.ANTIDEPRESSANTS, "Антидепрессанты", "Antidepressants"),
    (d.ANTIPSYCHOTICS, "Антипсихотики", "Antipsychotics"),
    (d.SEDATIVES, "Седативные и снотворные", "Sedatives and hypnotics"),
    (d.ANTIEPILEPTICS, "Противоэпилептические", "Antiepileptics"),
    (d.PROTON_PUMP, "Ингибиторы протонной помпы", "Proton pump inhibitors"),
    (d.URATE_LOWERING, "Препараты от подагры", "Urate-lowering drugs"),
    (d.BRONCHODILATORS, "Бронхолитики", "Bronchodilators"),
    (d.INHALED_STEROIDS, "Ингаляционные глюкокортикоиды", "Inhaled glucocorticoids"),
    (d.ANTIBIOTICS, "Антибиотики", "Antibiotics"),
    (d.IMMUNOSUPPRESSANTS, "Иммунодепрессанты", "Immunosuppressants"),
)
_DISTINCT_90D = Feature(
    "drugs_distinct_90d",
    "Разных препаратов за 90 дней",
    "Different drugs in 90 days",
    d.ANY_DRUG,
    "distinct",
    90,
)
_HOW_MANY = (
    _DISTINCT_90D,
    Feature(
        "drugs_distinct_1y",
        "Разных препаратов за год",
        "Different drugs in 1 year",
        d.ANY_DRUG,
        "distinct",
        YEAR,
    ),
    Feature("prescriptions_1y", "Назначений за год", "Prescriptions in 1 year", d.ANY_DRUG, "count", YEAR),
    Feature(
        "polypharmacy_90d",
        "Пять и более препаратов за 90 дней",
        "Five or more drugs in 90 days",
        unit="1",
        formula=index.five_or_more,
        inputs=(_DISTINCT_90D,),
    ),
    Feature(
        "drug_main_groups_1y",
        "Основных групп препаратов (АТХ) за год",
        "Main groups of drugs (ATC) in 1 year",
        unit="1",
        formula=index.some,
        inputs=tuple(_taken(group, group.name, f"any of {group.name}") for group in d.MAIN_GROUPS),
    ),
)

FEATURES = (
    Feature("statins_1y", "Статины за год", "Statins in 1 year", codes.STATINS, "any", YEAR),
    Feature(
        "antihypertensives_1y",
        "Препараты от давления за год",
        "Blood pressure drugs in 1 year",
        codes.ANTIHYPERTENSIVES,
        "any",
        YEAR,
    ),
    Feature(
        "glucose_lowering_drugs_1y",
        "Сахароснижающие препараты за год",
        "Glucose-lowering drugs in 1 year",
        codes.GLUCOSE_LOWERING,
        "any",
        YEAR,
    ),
    Feature(
        "glucocorticoids_1y",
        "Глюкокортикоиды за год",
        "Glucocorticoids in 1 year",
        codes.GLUCOCORTICOIDS,
        "any",
        YEAR,
    ),
    *(_taken(*declared) for declared in _MORE),
    *_HOW_MANY,
)
