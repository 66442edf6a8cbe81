"""The dictionary that the records speak: codes, names, units, as the clinic writes them."""

from dataclasses import dataclass

LOINC = "http://loinc.org"
ICD10 = "urn:oid:1.2.643.5.1.13.13.11.1005"
NMU = "urn:oid:1.2.643.5.1.13.13.11.1070"
ATC = "http://www.whocc.no/atc"
CVX = "http://hl7.org/fhir/sid/cvx"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"


@dataclass(frozen=True)
class Measure:
    """A quantity: LOINC code, names, unit as printed and in UCUM, decimals of the report."""

    code: str
    display: str
    text: str
    unit: str
    ucum: str
    decimals: int
    laboratory: bool = True


MEASURES = {
    "hba1c": Measure(
        "4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "Гликированный гемоглобин", "%", "%", 1
    ),
    "glucose": Measure(
        "14771-0",
        "Fasting glucose [Moles/volume] in Serum or Plasma",
        "Глюкоза натощак",
        "ммоль/л",
        "mmol/L",
        1,
    ),
    "total_cholesterol": Measure(
        "14647-2", "Cholesterol [Moles/volume] in Serum or Plasma", "Холестерин общий", "ммоль/л", "mmol/L", 1
    ),
    "ldl": Measure(
        "22748-8",
        "Cholesterol in LDL [Moles/volume] in Serum or Plasma",
        "Холестерин ЛПНП",
        "ммоль/л",
        "mmol/L",
        2,
    ),
    "hdl": Measure(
        "14646-4",
        "Cholesterol in HDL [Moles/volume] in Serum or Plasma",
        "Холестерин ЛПВП",
        "ммоль/л",
        "mmol/L",
        2,
    ),
    "triglycerides": Measure(
        "14927-8", "Triglyceride [Moles/volume] in Serum or Plasma", "Триглицериды", "ммоль/л", "mmol/L", 2
    ),
    "creatinine": Measure(
        "14682-9", "Creatinine [Moles/volume] in Serum or Plasma", "Креатинин", "мкмоль/л", "umol/L", 0
    ),
    "alt": Measure(
        "1742-6",
        "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma",
        "АЛТ",
        "Ед/л",
        "U/L",
        0,
    ),
    "hemoglobin": Measure("718-7", "Hemoglobin [Mass/volume] in Blood", "Гемоглобин", "г/л", "g/L", 0),
    "psa": Measure(
        "2857-1",
        "Prostate specific Ag [Mass/volume] in Serum or Plasma",
        "ПСА общий",
        "нг/мл",
        "ng/mL",
        2,
    ),
    "pulse": Measure("8867-4", "Heart rate", "Пульс", "уд/мин", "/min", 0, False),
    "height": Measure("8302-2", "Body height", "Рост", "см", "cm", 0, False),
    "weight": Measure("29463-7", "Body weight", "Масса тела", "кг", "kg", 1, False),
    "bmi": Measure(
        "39156-5", "Body mass index (BMI) [Ratio]", "Индекс массы тела", "кг/м²", "kg/m2", 1, False
    ),
    "waist": Measure(
        "8280-0", "Waist Circumference at umbilicus by Tape measure", "Окружность талии", "см", "cm", 0, False
    ),
}

# МКБ-10, names of the Ministry of Health's register.
DIAGNOSES = {
    "E03.9": "Гипотиреоз неуточненный",
    "E11.9": "Инсулиннезависимый сахарный диабет без осложнений",
    "E66.0": "Ожирение, обусловленное избыточным поступлением энергетических ресурсов",
    "E78.0": "Чистая гиперхолестеринемия",
    "E78.2": "Смешанная гиперлипидемия",
    "I10": "Эссенциальная [первичная] гипертензия",
    "I20.8": "Другие формы стенокардии",
    "I25.1": "Атеросклеротическая болезнь сердца",
    "I48.9": "Фибрилляция и трепетание предсердий неуточненное",
    "I63.9": "Инфаркт мозга неуточненный",
    "I83.9": "Варикозное расширение вен нижних конечностей без язвы или воспаления",
    "J06.9": "Острая инфекция верхних дыхательных путей неуточненная",
    "J20.9": "Острый бронхит неуточненный",
    "J45.9": "Астма неуточненная",
    "K21.9": "Гастроэзофагеальный рефлюкс без эзофагита",
    "K29.5": "Хронический гастрит неуточненный",
    "L23.9": "Аллергический контактный дерматит, причина не уточнена",
    "M17.0": "Первичный гонартроз двусторонний",
    "M42.1": "Остеохондроз позвоночника у взрослых",
    "M54.5": "Боль внизу спины",
    "N18.3": "Хроническая болезнь почки, стадия 3",
    "N30.0": "Острый цистит",
    "R73.0": "Отклонения результатов нормы теста на толерантность к глюкозе",
    "Z83.3": "В семейном анамнезе сахарный диабет",
}

DRUGS = {
    "A02BC01": "Омепразол",
    "A10BA02": "Метформин",
    "A10BB09": "Гликлазид",
    "A10BK03": "Эмпаглифлозин",
    "B01AC06": "Ацетилсалициловая кислота",
    "C03BA11": "Индапамид",
    "C07AB07": "Бисопролол",
    "C08CA01": "Амлодипин",
    "C09AA05": "Рамиприл",
    "C09CA01": "Лозартан",
    "C10AA05": "Аторвастатин",
    "C10AA07": "Розувастатин",
    "H02AB06": "Преднизолон",
    "H03AA01": "Левотироксин натрия",
    "J01CA04": "Амоксициллин",
    "J01XX01": "Фосфомицин",
    "M01AE01": "Ибупрофен",
    "R03BA02": "Будесонид",
}

# Номенклатура медицинских услуг (order 804н of 13.10.2017).
SERVICES = {
    "A02.26.015": "Офтальмотонометрия",
    "A03.16.001": "Эзофагогастродуоденоскопия",
    "A05.10.006": "Регистрация электрокардиограммы",
    "A06.09.006": "Флюорография легких",
    "A06.20.004": "Маммография",
    "A08.20.017": "Цитологическое исследование микропрепарата шейки матки",
    "A09.19.001": "Исследование кала на скрытую кровь",
    "B01.047.001": "Прием (осмотр, консультация) врача-терапевта первичный",
    "B01.047.002": "Прием (осмотр, консультация) врача-терапевта повторный",
    "B01.058.001": "Прием (осмотр, консультация) врача-эндокринолога первичный",
    "B03.016.003": "Общий (клинический) анализ крови развернутый",
    "B04.001.002": "Профилактический прием (осмотр, консультация) врача-акушера-гинеколога",
    "B04.047.002": "Профилактический прием (осмотр, консультация) врача-терапевта",
}

# Smoking: SNOMED CT answers to LOINC 72166-2, by person.NEVER, FORMER, CURRENT.
SMOKING = (
    ("266919005", "Never smoked tobacco"),
    ("8517006", "Ex-smoker"),
    ("449868002", "Smokes tobacco daily"),
)
CLINICS = ("Клиника на Садовой", "Клиника у парка", "Клиника на набережной")
