from datetime import date

import pytest

from features.age import age


@pytest.mark.parametrize(
    ("birth", "day", "years"),
    [
        (date(2008, 11, 25), date(2026, 11, 24), 17),
        (date(2008, 11, 25), date(2026, 11, 25), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
    ],
)
def test_an_age_is_whole_on_the_birthday(birth: date, day: date, years: int) -> None:
    assert age(birth, day) == years
