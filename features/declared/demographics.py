"""Who the person is."""

from features import schema
from features.codes import CodeGroup
from features.feature import Feature
from features.formula import male

BIRTH = CodeGroup("birth", (schema.BIRTH,))
FEMALE_FACT = CodeGroup("female", (schema.FEMALE,))
MALE_FACT = CodeGroup("male", (schema.MALE,))

_FEMALE = Feature("female_fact", "Записан женский пол", "Recorded as female", FEMALE_FACT, "any")
_MALE = Feature("male_fact", "Записан мужской пол", "Recorded as male", MALE_FACT, "any")

AGE = Feature("age", "Возраст", "Age", BIRTH, "years_since_last")
MALE = Feature("male", "Мужской пол", "Male sex", unit="1", formula=male, inputs=(_FEMALE, _MALE))

FEATURES = (AGE, MALE)
