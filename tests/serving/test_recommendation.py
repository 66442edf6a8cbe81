"""What the engine says of people, and what it keeps silent about."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from features import schema
from features.store import MemoryEvents
from models import rule
from serving import columns
from serving.bundle import Bundles
from serving.person import people, visible_events
from serving.problem import SubjectNotFound
from serving.recommendation import Engine


def test_what_is_due_by_today_comes_first_by_priority_then_what_comes_by_day(
    engine: Engine, subjects: list[int], clinic: Any
) -> None:
    today = clinic.now.date()
    for answer in engine.recommend(subjects, clinic.now):
        items = answer.recommendations
        assert len(items) > 3 and all(item.reasons and item.reasons[0].text for item in items)
        now = [item for item in items if item.due <= today]
        assert now == items[: len(now)]
        assert [i.priority for i in now] == sorted(i.priority for i in now)
        later = [(item.due, item.priority) for item in items[len(now) :]]
        assert later == sorted(later)


def test_a_new_patient_is_first_told_of_what_finds_the_most_dangerous_disease(
    engine: Engine, clinic: Any
) -> None:
    (answer,) = engine.recommend([clinic.empty], clinic.now)
    first = [item.examination for item in answer.recommendations[:4]]
    assert first == ["dispensarisation", "faecal_occult_blood", "cervical_cytology", "mammography"]


def test_a_personal_date_stands_still_over_successive_days(
    engine: Engine, subjects: list[int], clinic: Any
) -> None:
    def personal(days: int) -> dict[int | None, date]:
        answers = engine.recommend(subjects, clinic.now + timedelta(days=days))
        return {a.subject_id: i.due for a in answers for i in a.recommendations if i.basis == "model"}

    first, standing = personal(0), 0
    for days in (1, 2, 3, 30):
        today = clinic.now.date() + timedelta(days=days)
        for subject, due in personal(days).items():
            if subject in first:  # else it has come within a year only now
                standing += first[subject] > today
                assert due == max(first[subject], today)
    assert standing > 50


def test_some_personal_dates_come_due_within_thirty_days(
    engine: Engine, subjects: list[int], clinic: Any
) -> None:
    soon = clinic.now.date() + timedelta(days=30)
    found = [
        item
        for answer in engine.recommend(subjects, clinic.now)
        for item in answer.recommendations
        if item.basis == "model"
    ]
    assert 5 < sum(item.due <= soon for item in found) < len(found)
    assert all(item.due >= clinic.now.date() and not item.overdue for item in found)


def test_a_personal_date_is_asked_and_explained_with_what_was_known_at_the_last_examination(
    clinic: Any, bundles: Path, events: pl.DataFrame, subjects: list[int]
) -> None:
    def asked(more: list[Any]) -> Any:
        store = MemoryEvents(pl.concat([own, clinic.frame(more)]))
        engine = Engine(store, Bundles(bundles), rule.rules())
        (answer,) = engine.recommend(subjects[:1], clinic.now)
        return next(item for item in answer.recommendations if item.examination == "lipid_panel")

    own = events.filter(pl.col("subject_id") == subjects[0])
    before = asked([])
    latest = own.filter(pl.col("code") == "LOINC//22748-8").sort("time")
    assert before.last_done == latest["time"][-1].date()
    reason = next(r for r in before.reasons if r.feature == "ldl_cholesterol_last_2y")
    assert reason.value == pytest.approx(latest["numeric_value"][-1])
    # A visit and a drug of yesterday are no examination; a result that only became known is one.
    assert asked([clinic.event(subjects[0], "ATC//C10AA05", 1)]) == before
    late = clinic.event(
        subjects[0], "LOINC//22748-8", 15, 4.4, "mmol/L", known_days_ago=3, source_id="Observation/late"
    )
    after = asked([late])
    assert after.last_done == clinic.now.date() - timedelta(days=15)
    assert next(r.value for r in after.reasons if r.feature == "ldl_cholesterol_last_2y") == pytest.approx(
        4.4
    )


def test_two_sexes_on_record_are_no_sex_and_two_birth_dates_are_said(clinic: Any) -> None:
    rows = [
        clinic.event(9, schema.MALE, None, source_id="Patient/1"),
        clinic.event(9, schema.FEMALE, None, source_id="Patient/2"),
        clinic.born(9, 50),
        clinic.event(9, schema.BIRTH, round(52 * 365.25), source_id="Patient/3"),
    ]
    for order in (rows, rows[::-1]):
        engine = Engine(MemoryEvents(clinic.frame(order)), Bundles(Path("nowhere")), rule.rules())
        (answer,) = engine.recommend([9], clinic.now)
        assert not {"mammography", "psa"} & {r.examination for r in answer.recommendations}
        assert "оба пола" in answer.notes[1] and "дат рождения" in answer.notes[0]
        known = people(visible_events(engine.store.read([9]), clinic.then), rule.rules())[9]
        assert (known.sex, known.birth_date) == (
            None,
            (clinic.then - timedelta(days=round(50 * 365.25))).date(),
        )


def test_a_corrected_sex_or_birth_date_takes_the_place_of_the_old_one(clinic: Any) -> None:
    born = clinic.born(9, 50)
    corrected = clinic.event(9, schema.BIRTH, round(52 * 365.25), known_days_ago=10, source_id=born[-1])
    female = clinic.event(9, schema.FEMALE, None, source_id="Patient/9/sex")
    male = clinic.event(9, schema.MALE, None, known_days_ago=10, source_id="Patient/9/sex")
    store = MemoryEvents(clinic.frame([born, corrected, male, female]))
    known = people(visible_events(store.read([9]), clinic.then), rule.rules())[9]
    assert (known.sex, known.two_sexes, known.two_births) == ("M", False, False)
    assert known.birth_date == (clinic.then - timedelta(days=round(52 * 365.25))).date()


def test_today_is_the_date_in_the_clinics_zone(clinic: Any) -> None:
    rows = [clinic.born(9, 50), clinic.event(9, schema.FEMALE, None)]
    new_year = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)
    due = {}
    for zone in ("Europe/Moscow", "Europe/Lisbon"):
        engine = Engine(
            MemoryEvents(clinic.frame(rows)), Bundles(Path("nowhere")), rule.rules(), zone=ZoneInfo(zone)
        )
        (answer,) = engine.recommend([9], new_year)
        due[zone] = {item.due for item in answer.recommendations}
    assert due == {"Europe/Moscow": {date(2027, 1, 1)}, "Europe/Lisbon": {date(2026, 12, 31)}}


def test_a_subject_gets_the_same_answer_alone_and_in_a_crowd(
    engine: Engine, subjects: list[int], clinic: Any
) -> None:
    crowd = engine.recommend(subjects, clinic.now)
    risks = engine.risks(subjects, clinic.now)
    for at in (0, 17, 101):
        assert engine.recommend([subjects[at]], clinic.now) == [crowd[at]]
        assert engine.risks([subjects[at]], clinic.now) == [risks[at]]


def test_a_personal_date_is_never_later_than_the_calendar_nor_too_soon_after_the_last_one(
    engine: Engine, subjects: list[int], clinic: Any
) -> None:
    alone = Engine(engine.store, Bundles(Path("nowhere")), engine.rules)
    calendar = {a.subject_id: a for a in alone.recommend(subjects, clinic.now)}
    personal = 0
    for answer in engine.recommend(subjects, clinic.now):
        for item in answer.recommendations:
            if item.basis != "model":
                continue
            personal += 1
            dates = {r.examination: r.due for r in calendar[answer.subject_id].recommendations}
            assert item.due < dates[item.examination]
            assert item.last_done is not None and item.due >= item.last_done + timedelta(days=90)
            assert item.probability is not None and item.model is not None and item.model.version == "v1"
    assert personal > 10


def test_probabilities_differ_between_people_and_carry_the_model_and_the_data_time(
    engine: Engine, subjects: list[int], clinic: Any
) -> None:
    answers = engine.risks(subjects, clinic.now)
    found = [r.probability for a in answers for r in a.risks if r.probability is not None]
    assert len(found) > 200 and len(set(found)) > 100 and 0 < min(found) < 0.1 < max(found) < 1
    assert all(a.risks[0].model.version == "v1" and a.data_as_of is not None for a in answers)


def test_a_higher_measured_value_is_named_with_its_own_number_and_unit(
    engine: Engine, subjects: list[int], clinic: Any, events: pl.DataFrame
) -> None:
    (answer,) = engine.risks(subjects[:1], clinic.now, "en")
    reason = next(r for r in answer.risks[0].reasons if r.feature == "hba1c_last_2y")
    mine = events.filter((pl.col("subject_id") == subjects[0]) & (pl.col("code") == "LOINC//4548-4"))
    latest = mine.sort("time")["numeric_value"][-1]
    assert reason.value == pytest.approx(latest) and reason.unit == "%"
    assert f"{latest:.2f}".rstrip("0").rstrip(".") in reason.text
    assert ("raises" in reason.text) == ((reason.contribution or 0) > 0)


def test_without_essential_measurements_there_is_no_number_but_what_to_measure(
    engine: Engine, clinic: Any
) -> None:
    (answer,) = engine.risks([clinic.empty], clinic.now)
    (risk,) = answer.risks
    assert risk.probability is None and risk.reasons == []
    assert risk.not_given is not None and "измерьте" in risk.not_given and "моглобин" in risk.not_given
    (due,) = engine.recommend([clinic.empty], clinic.now)
    lipids = next(r for r in due.recommendations if r.examination == "lipid_panel")
    assert lipids.basis == "rule" and lipids.probability is None and lipids.model is None
    assert any("измерьте" in note for note in due.notes)


def test_a_person_who_already_has_the_outcome_is_told_so_instead_of_a_probability(
    engine: Engine, clinic: Any
) -> None:
    (answer,) = engine.risks([clinic.diabetic], clinic.now)
    assert answer.risks[0].probability is None
    assert answer.risks[0].not_given is not None and "диабет" in answer.risks[0].not_given


def test_nothing_is_recommended_to_the_dead(engine: Engine, clinic: Any) -> None:
    (answer,) = engine.recommend([clinic.dead], clinic.now)
    assert answer.recommendations == [] and answer.notes == ["Пациент умер: рекомендаций нет."]
    assert engine.risks([clinic.dead], clinic.now)[0].risks[0].not_given == "Пациент умер."
    (before,) = engine.recommend([clinic.dead], clinic.now - timedelta(days=60))
    assert before.recommendations != []


def test_a_minor_is_told_that_the_calendar_for_adults_does_not_apply(engine: Engine, clinic: Any) -> None:
    (answer,) = engine.recommend([clinic.minor], clinic.now)
    assert answer.recommendations == [] and "18" in answer.notes[0]


def test_a_missing_birth_date_or_sex_is_said(engine: Engine, clinic: Any) -> None:
    no_birth, no_sex = engine.recommend([clinic.no_birth, clinic.no_sex], clinic.now)
    assert no_birth.recommendations == [] and "дата рождения" in no_birth.notes[0]
    assert no_sex.recommendations != [] and "пол" in no_sex.notes[0]
    assert not {"mammography", "psa"} & {r.examination for r in no_sex.recommendations}


def test_an_unknown_subject_is_refused(engine: Engine, subjects: list[int], clinic: Any) -> None:
    for ask in (engine.recommend, engine.risks):
        with pytest.raises(SubjectNotFound):
            ask([subjects[0], 5], clinic.now)


def test_what_was_not_known_yet_changes_nothing(clinic: Any, bundles: Path, events: pl.DataFrame) -> None:
    subject = 77
    rows = [clinic.born(subject, 50), clinic.event(subject, schema.FEMALE, None)]
    rows += [clinic.event(subject, "LOINC//22748-8", 100, 3.0, "mmol/L")]
    late = clinic.event(subject, "LOINC//22748-8", 20, 6.5, "mmol/L", known_days_ago=-5, source_id="late")
    before, after = (
        Engine(MemoryEvents(clinic.frame(r)), Bundles(bundles), rule.rules()).recommend([subject], clinic.now)
        for r in (rows, [*rows, late])
    )
    assert before == after
    grown = Engine(MemoryEvents(clinic.frame([*rows, late])), Bundles(bundles), rule.rules())
    (known,) = grown.recommend([subject], clinic.now + timedelta(days=6))
    lipids = next(r for r in known.recommendations if r.examination == "lipid_panel")
    assert lipids.last_done == (clinic.now - timedelta(days=20)).date()


def test_a_withdrawn_examination_does_not_count_as_done(clinic: Any) -> None:
    subject = 78
    rows = [clinic.born(subject, 50), clinic.event(subject, schema.FEMALE, None)]
    done = clinic.event(subject, "NMU//A06.20.004", 100, source_id="Procedure/1")
    gone = clinic.event(subject, schema.WITHDRAWN, 100, known_days_ago=2, source_id="Procedure/1")

    def last(rows: list[Any]) -> date | None:
        engine = Engine(MemoryEvents(clinic.frame(rows)), Bundles(Path("nowhere")), rule.rules())
        (answer,) = engine.recommend([subject], clinic.now)
        found = {r.examination: r.last_done for r in answer.recommendations}
        return found.get("mammography", date.max)

    assert last([*rows, done]) == date.max  # done lately: not due within a year
    assert last([*rows, done, gone]) is None


def test_without_models_dates_follow_the_calendar_and_a_note_says_so(
    engine: Engine, subjects: list[int], clinic: Any
) -> None:
    alone = Engine(engine.store, Bundles(Path("nowhere")), engine.rules)
    (answer,) = alone.recommend(subjects[:1], clinic.now)
    assert {r.basis for r in answer.recommendations} == {"rule"}
    assert "Моделей сроков пока нет" in answer.notes[0]
    assert alone.risks(subjects[:1], clinic.now)[0].risks == []


def test_both_languages_say_the_same_with_other_words(
    engine: Engine, subjects: list[int], clinic: Any
) -> None:
    (russian,), (english,) = (
        engine.recommend(subjects[:1], clinic.now, language) for language in ("ru", "en")
    )
    assert [r.due for r in russian.recommendations] == [r.due for r in english.recommendations]
    assert not any(_cyrillic(reason.text) for r in english.recommendations for reason in r.reasons)
    assert all(_cyrillic(reason.text) for r in russian.recommendations for reason in r.reasons)


def _cyrillic(text: str) -> bool:
    return any("а" <= letter <= "я" for letter in text.lower())


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_adulthood_begins_on_the_birthday(clinic: Any, days: int) -> None:
    born = date(2008, 11, 25) + timedelta(days=days)
    birthday = clinic.then.replace(year=born.year, month=born.month, day=born.day)
    rows = [
        (9, birthday, schema.BIRTH, None, None, None, None, "fhir", "b"),
        clinic.event(9, schema.MALE, None),
    ]
    engine = Engine(MemoryEvents(clinic.frame(rows)), Bundles(Path("nowhere")), rule.rules())
    (answer,) = engine.recommend([9], clinic.now)
    assert bool(answer.recommendations) == (days <= 0)


def test_what_is_sent_adds_up_to_the_probability(
    engine: Engine, subjects: list[int], clinic: Any, trained: dict[str, Any]
) -> None:
    shares = []
    for answer in engine.risks(subjects, clinic.now):
        (risk,) = answer.risks
        if risk.probability is None:
            assert risk.base is None and risk.other is None
            continue
        assert risk.base is not None and risk.other is not None and len(risk.reasons) <= 4
        added = risk.base + risk.other + sum(r.contribution or 0 for r in risk.reasons)
        assert added == pytest.approx(np.log(risk.probability / (1 - risk.probability)), abs=1e-6)
        shares.append((risk.base, risk.other))
    # The base is the model's own, the same for all; the rest is what the trees say of each.
    bundle = engine.bundles.poll()["type2_diabetes_2y"]
    base = 0.9 * bundle.explainer.contributions(trained["risk"].rows[:1])[0, -1] - 0.4
    assert {round(b, 9) for b, _ in shares} == {round(float(base), 9)}
    assert len({round(o, 6) for _, o in shares}) > 100


def test_what_is_not_shown_is_what_the_trees_give_to_the_other_features(
    engine: Engine, subjects: list[int], clinic: Any
) -> None:
    bundle = engine.bundles.poll()["type2_diabetes_2y"]
    table = columns.table(engine.store.read(subjects), subjects, clinic.then, bundle.columns)
    trees = 0.9 * bundle.explainer.contributions(columns.rows(table, bundle.columns))
    for row, answer in enumerate(engine.risks(subjects, clinic.now)):
        (risk,) = answer.risks
        if risk.other is None:
            continue
        shown = [bundle.columns.index(r.feature) for r in risk.reasons if r.feature]
        rest = np.delete(trees[row, :-1], shown).sum()
        assert risk.other == pytest.approx(rest, abs=1e-4)


def test_contributions_add_up_to_the_raw_score(bundles: Path, trained: dict[str, Any]) -> None:
    for bundle in Bundles(bundles).poll().values():
        model = trained[bundle.manifest.kind]
        raw = model.booster.predict(model.rows, raw_score=True)
        added = bundle.explainer.contributions(model.rows).sum(axis=1)
        assert np.abs(added - raw).max() < 1e-6
        calibrated = 1 / (
            1 + np.exp(-(bundle.manifest.calibration.slope * raw + bundle.manifest.calibration.intercept))
        )
        assert np.abs(calibrated - bundle.score(model.rows)).max() < 1e-5
