"""Laboratory tests beyond those of labs.py: which of the usual features each of them has."""

from features import codes
from features.declared.series import series
from features.feature import Feature
from features.group import lab

LAST = "last_2y"

LEUKOCYTES = series(lab.LEUKOCYTES, "Лейкоциты", "Leukocytes", LAST)
PLATELETS = series(lab.PLATELETS, "Тромбоциты", "Platelets", LAST)
NEUTROPHILS = series(lab.NEUTROPHILS, "Нейтрофилы", "Neutrophils", LAST)
LYMPHOCYTES = series(lab.LYMPHOCYTES, "Лимфоциты", "Lymphocytes", LAST)
BLOOD = (
    *series(
        codes.HEMOGLOBIN,
        "Гемоглобин",
        "Haemoglobin",
        "min_2y slope_5y rcv_change_2y days_since_value",
    ),
    *LEUKOCYTES,
    *series(lab.MCV, "Средний объём эритроцита", "Mean corpuscular volume", LAST),
    *series(lab.RDW, "Ширина распределения эритроцитов", "Red cell distribution width", LAST),
    *PLATELETS,
    *NEUTROPHILS,
    *LYMPHOCYTES,
    *series(lab.EOSINOPHILS, "Эозинофилы", "Eosinophils", LAST),
    *series(lab.ESR, "СОЭ", "Erythrocyte sedimentation rate", LAST),
)
AST = series(lab.AST, "АСТ", "AST", LAST)
ALBUMIN = series(lab.ALBUMIN, "Альбумин", "Albumin", LAST)
LIVER = (
    *series(codes.ALT, "АЛТ", "ALT", "max_2y slope_5y rcv_change_2y"),
    *AST,
    *series(lab.GGT, "ГГТ", "GGT", "last_2y slope_5y"),
    *series(lab.ALP, "Щелочная фосфатаза", "Alkaline phosphatase", LAST),
    *series(lab.BILIRUBIN, "Билирубин общий", "Bilirubin, total", LAST),
    *ALBUMIN,
)
UREA = series(lab.UREA, "Мочевина", "Urea", LAST)
KIDNEY = (
    *series(
        codes.CREATININE,
        "Креатинин",
        "Creatinine",
        "mean_5y slope_5y max_2y rcv_change_2y set_point_z_5y days_since_value",
    ),
    *UREA,
    *series(
        lab.URINE_ACR,
        "Альбумин/креатинин мочи",
        "Urine albumin/creatinine",
        "last_2y max_5y slope_5y",
    ),
    *series(lab.URIC_ACID, "Мочевая кислота", "Uric acid", "last_2y slope_5y rcv_change_2y"),
)
SODIUM = series(lab.SODIUM, "Натрий", "Sodium", LAST)
CHLORIDE = series(lab.CHLORIDE, "Хлориды", "Chloride", LAST)
BICARBONATE = series(lab.BICARBONATE, "Бикарбонат", "Bicarbonate", LAST)
CALCIUM = series(lab.CALCIUM, "Кальций", "Calcium", LAST)
ELECTROLYTES = (
    *SODIUM,
    *series(lab.POTASSIUM, "Калий", "Potassium", "last_2y max_2y rcv_change_2y"),
    *CHLORIDE,
    *BICARBONATE,
    *CALCIUM,
)
INSULIN = series(lab.INSULIN, "Инсулин", "Insulin", LAST)
METABOLISM = (
    *series(codes.HBA1C, "Гликированный гемоглобин", "HbA1c", "rcv_change_2y set_point_z_5y"),
    *series(codes.GLUCOSE, "Глюкоза крови", "Blood glucose", "rcv_change_2y set_point_z_5y"),
    *series(codes.TOTAL_CHOLESTEROL, "Общий холестерин", "Total cholesterol", "slope_5y rcv_change_2y"),
    *series(codes.LDL, "Холестерин ЛПНП", "LDL cholesterol", "rcv_change_2y set_point_z_5y"),
    *series(codes.HDL, "Холестерин ЛПВП", "HDL cholesterol", "slope_5y rcv_change_2y"),
    *series(codes.TRIGLYCERIDES, "Триглицериды", "Triglycerides", "slope_5y rcv_change_2y"),
    *series(lab.LIPOPROTEIN_A, "Липопротеин(a)", "Lipoprotein(a)", "last_5y"),
    *series(lab.GLUCOSE_2H, "Глюкоза через 2 часа после нагрузки", "Glucose 2 hours after a load", LAST),
    *INSULIN,
)
HORMONES = (
    *series(lab.TSH, "ТТГ", "Thyrotropin", "last_2y slope_5y rcv_change_2y days_since_value"),
    *series(lab.FREE_T4, "Т4 свободный", "Free thyroxine", LAST),
)
IRON = series(lab.IRON, "Железо", "Iron", LAST)
IRON_BINDING = series(lab.IRON_BINDING, "Железосвязывающая способность", "Iron binding capacity", LAST)
OTHER = (
    *series(lab.CRP, "С-реактивный белок", "C-reactive protein", "last_2y max_2y rcv_change_2y"),
    *series(lab.FERRITIN, "Ферритин", "Ferritin", LAST),
    *IRON,
    *IRON_BINDING,
    *series(lab.B12, "Витамин B12", "Vitamin B12", LAST),
    *series(lab.FOLATE, "Фолат", "Folate", LAST),
    *series(lab.VITAMIN_D, "Витамин D (25-OH)", "Vitamin D (25-OH)", "last_2y days_since_value"),
    *series(lab.INR, "МНО", "INR", LAST),
    *series(lab.FIBRINOGEN, "Фибриноген", "Fibrinogen", LAST),
    *series(lab.D_DIMER, "D-димер", "D-dimer", LAST),
    *series(lab.NT_PROBNP, "NT-proBNP", "NT-proBNP", LAST),
    *series(lab.TROPONIN_I, "Тропонин I", "Troponin I", LAST),
    *series(lab.PSA, "ПСА общий", "PSA, total", "last_2y slope_5y days_since_value"),
)
PANELS: tuple[tuple[Feature, ...], ...] = (
    BLOOD,
    LIVER,
    KIDNEY,
    ELECTROLYTES,
    METABOLISM,
    HORMONES,
    OTHER,
)
FEATURES = tuple(feature for panel in PANELS for feature in panel)
