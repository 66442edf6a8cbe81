from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Literal

from clinic.notification.choice import arranged, due_items
from clinic.notification.schemas import Item
from serving.schemas import ModelReference, Reason, Recommendation, Recommendations

TODAY = date(2026, 11, 25)
Make = Callable[..., Recommendation]


def items(
    *recommendations: Recommendation, language: Literal["ru", "en"] = "ru", within_days: int = 30
) -> tuple[Item, ...]:
    answer = Recommendations(
        subject_id=1,
        prediction_time=datetime(2026, 11, 25, tzinfo=UTC),
        data_as_of=None,
        language="ru",
        recommendations=list(recommendations),
    )
    return due_items(answer, today=TODAY, within_days=within_days, language=language)


def test_what_is_due_up_to_the_horizon_is_taken(make_recommendation: Make) -> None:
    days = {"yesterday": 24, "today": 25}
    found = items(
        *(make_recommendation(name, due=date(2026, 11, day)) for name, day in days.items()),
        make_recommendation("last day", due=date(2026, 12, 25)),
        make_recommendation("a day later", due=date(2026, 12, 26)),
    )

    assert [item.examination for item in found] == ["yesterday", "today", "last day"]


def test_overdue_comes_first_then_the_personal_and_the_rest_in_the_order_of_serving(
    make_recommendation: Make,
) -> None:
    found = items(
        make_recommendation("b"),
        make_recommendation("a"),
        make_recommendation("personal", basis="model"),
        make_recommendation("late", due=date(2026, 1, 1), overdue=True),
    )

    assert [item.examination for item in found] == ["late", "personal", "b", "a"]


def test_the_overdue_come_first_then_serving_s_priority_decides(make_recommendation: Make) -> None:
    found = items(
        make_recommendation("third", priority=20),
        make_recommendation("second", priority=10),
        make_recommendation("fourth", priority=20, due=date(2026, 12, 20)),
        make_recommendation("late", priority=90, overdue=True),
        make_recommendation("personal", priority=30, basis="model"),
        make_recommendation("later", priority=30),
    )

    assert [item.examination for item in found] == ["late", "second", "third", "fourth", "personal", "later"]


def test_named_first_is_what_was_never_named_then_what_was_named_longest_ago(
    make_recommendation: Make,
) -> None:
    found = items(*(make_recommendation(name) for name in "abcde"))
    days = {"a": "2026-10-02", "b": "2026-09-01", "d": "2026-10-01"}

    def order(places: int) -> str:
        return "".join(item.examination for item in arranged(found, days, places))

    assert order(1) == "cabde"
    assert order(3) == "bcead"
    assert order(9) == "abcde"


def test_an_examination_is_named_once(make_recommendation: Make) -> None:
    found = items(make_recommendation("ecg", title="ЭКГ"), make_recommendation("ecg", title="ещё раз"))

    assert [item.title for item in found] == ["ЭКГ"]


def test_a_rule_is_quoted_but_not_a_sentence_that_holds_a_value(make_recommendation: Make) -> None:
    raised = Reason(text="Глюкоза натощак была 6,4 ммоль/л", value=6.4, unit="mmol/L")
    plain = Reason(text="Раз в два\nгода")

    assert [item.why for item in items(make_recommendation(reasons=[raised, plain]))] == ["Раз в два года"]
    assert [item.why for item in items(make_recommendation(reasons=[raised]))] == [None]


def test_nothing_that_a_model_says_is_quoted(make_recommendation: Make) -> None:
    found = items(
        make_recommendation(
            basis="model",
            probability=0.73,
            model=ModelReference(name="lipid_panel_due", version="1"),
            reasons=[
                Reason(text="ЛПНП 4,9 ммоль/л", feature="ldl_last", value=4.9, contribution=0.8),
                Reason(text="Вероятность отклонения 73 %"),
            ],
        )
    )

    assert [(item.why, item.personal) for item in found] == [(None, True)]


def test_a_reason_in_another_language_than_the_letter_is_left_out(make_recommendation: Make) -> None:
    assert [item.why for item in items(make_recommendation(), language="en")] == [None]
