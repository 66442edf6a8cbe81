"""Names that agree in gender, and contacts that reach nobody."""

from dataclasses import dataclass

import numpy as np

_SURNAMES = (
    "Иванов Смирнов Кузнецов Попов Васильев Петров Соколов Михайлов Новиков Фёдоров Морозов Волков "
    "Алексеев Лебедев Семёнов Егоров Павлов Козлов Степанов Николаев Орлов Андреев Макаров Никитин "
    "Захаров Зайцев Соловьёв Борисов Яковлев Григорьев Романов Воробьёв Сергеев Кузьмин Фролов "
    "Александров Дмитриев Королёв Гусев Киселёв Ильин Максимов Поляков Сорокин Виноградов Ковалёв "
    "Белов Медведев Антонов Тарасов Жуков Баранов Филиппов Комаров Давыдов Беляев Герасимов Богданов "
    "Осипов Сидоров Матвеев Титов Марков Миронов Крылов Куликов Карпов Власов Мельников Денисов "
    "Гаврилов Тихонов Казаков Афанасьев Данилов Савельев Тимофеев Фомин Чернов Абрамов Мартынов "
    "Ефимов Федотов Щербаков Назаров Калинин Исаев Чернышёв Быков Маслов Родионов Коновалов Лазарев "
    "Голубев Гончаров Шестаков Юдин Царёв Эминов Островский Вишневский Белинский Троицкий Жуковский "
    "Толстой Луговой Шевченко Бондаренко Коваленко Ткаченко Кравчук Савчук Гаджиев Хабибуллин Мусин"
)
SURNAMES = tuple(_SURNAMES.split())

# Given name: patronymic of a son, of a daughter.
FATHERS = {
    "Александр": ("Александрович", "Александровна"),
    "Алексей": ("Алексеевич", "Алексеевна"),
    "Анатолий": ("Анатольевич", "Анатольевна"),
    "Андрей": ("Андреевич", "Андреевна"),
    "Антон": ("Антонович", "Антоновна"),
    "Борис": ("Борисович", "Борисовна"),
    "Вадим": ("Вадимович", "Вадимовна"),
    "Валерий": ("Валерьевич", "Валерьевна"),
    "Василий": ("Васильевич", "Васильевна"),
    "Виктор": ("Викторович", "Викторовна"),
    "Владимир": ("Владимирович", "Владимировна"),
    "Геннадий": ("Геннадьевич", "Геннадьевна"),
    "Григорий": ("Григорьевич", "Григорьевна"),
    "Денис": ("Денисович", "Денисовна"),
    "Дмитрий": ("Дмитриевич", "Дмитриевна"),
    "Евгений": ("Евгеньевич", "Евгеньевна"),
    "Иван": ("Иванович", "Ивановна"),
    "Игорь": ("Игоревич", "Игоревна"),
    "Илья": ("Ильич", "Ильинична"),
    "Константин": ("Константинович", "Константиновна"),
    "Лев": ("Львович", "Львовна"),
    "Леонид": ("Леонидович", "Леонидовна"),
    "Максим": ("Максимович", "Максимовна"),
    "Марат": ("Маратович", "Маратовна"),
    "Михаил": ("Михайлович", "Михайловна"),
    "Никита": ("Никитич", "Никитична"),
    "Николай": ("Николаевич", "Николаевна"),
    "Олег": ("Олегович", "Олеговна"),
    "Павел": ("Павлович", "Павловна"),
    "Пётр": ("Петрович", "Петровна"),
    "Роман": ("Романович", "Романовна"),
    "Руслан": ("Русланович", "Руслановна"),
    "Сергей": ("Сергеевич", "Сергеевна"),
    "Степан": ("Степанович", "Степановна"),
    "Юрий": ("Юрьевич", "Юрьевна"),
}
_WOMEN = (
    "Александра Алина Алла Анастасия Анна Валентина Валерия Вера Виктория Галина Дарья Диана Евгения "
    "Екатерина Елена Елизавета Жанна Зинаида Зоя Ирина Карина Кристина Ксения Лариса Лидия Людмила "
    "Маргарита Марина Мария Надежда Наталья Нина Оксана Ольга Полина Раиса Светлана София Тамара "
    "Татьяна Юлия Яна"
)
WOMEN = tuple(_WOMEN.split())
# People from abroad keep their passport's spelling and have no patronymic.
FOREIGN = {
    True: (("Smith", "John"), ("Müller", "Thomas"), ("Rossi", "Marco"), ("Chen", "Wei"), ("Singh", "Arjun")),
    False: (
        ("Brown", "Emily"),
        ("Schmidt", "Anna"),
        ("Dubois", "Claire"),
        ("Wang", "Li"),
        ("Silva", "Maria"),
    ),
}
CITIES = ("Москва", "Москва", "Москва", "Химки", "Мытищи")

# As in Russian passports (ICAO 9303); ь is dropped.
_LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяü"
_AS_LATIN = "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch ie y - e iu ia u"
_LATIN = dict(zip(_LETTERS, _AS_LATIN.split(), strict=True)) | {"ь": ""}


@dataclass(frozen=True)
class Name:
    """`patronymic` is empty for those who have none."""

    family: str
    given: str
    patronymic: str

    @property
    def email(self) -> str:
        """Mailbox name before the @, ASCII."""
        return f"{latin(self.given)}.{latin(self.family)}"


def name(rng: np.random.Generator, male: bool, foreign: bool) -> Name:
    """One name that agrees in gender."""
    if foreign:
        family, given = FOREIGN[male][int(rng.integers(len(FOREIGN[male])))]
        return Name(family, given, "")
    fathers = list(FATHERS)
    surname = SURNAMES[int(rng.integers(len(SURNAMES)))]
    father = fathers[int(rng.integers(len(fathers)))]
    if male:
        return Name(surname, fathers[int(rng.integers(len(fathers)))], FATHERS[father][0])
    return Name(feminine(surname), WOMEN[int(rng.integers(len(WOMEN)))], FATHERS[father][1])


def feminine(surname: str) -> str:
    """The form that a woman bears: Иванова, Островская, Толстая, Шевченко, Кравчук."""
    if surname.endswith(("ий", "ой", "ый")):
        return surname[:-2] + "ая"
    if surname.endswith(("ов", "ев", "ёв", "ин", "ын")):
        return surname + "а"
    return surname


def latin(text: str) -> str:
    """ASCII letters for Russian ones."""
    return "".join(_LATIN.get(letter, letter) for letter in text.lower())
