"""What the engine says of people, and what it keeps silent about."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from features import schema
from features.store import MemoryEvents
from models import rule
from serving.bundle import Bundles
from serving.problem import SubjectNotFound
from serving.recommendation import Engine


def test_what_is_due_comes_soonest_first_with_a_reason_each(
    engine: Engine, subjects: list[int], clinic: Any
) -> None:
    for answer in engine.recommend(subjects, clinic.now):
        days = [item.due for item in answer.recommendations]
        assert days == sorted(days) and len(days) > 3
        assert all(item.reasons and item.reasons[0].text for item in answer.recommendations)


def test_a_subject_gets_the_same_answer_alone_and_in_a_crowd(
    engine: Engine, subjects: list[int], clinic: Any
) -> None:
    crowd = engine.recommend(subjects, clinic.now)
    risks = engine.risks(subjects, clinic.now)
    for at in (0, 17, 101):
        assert engine.recommend([subjects[at]], clinic.now) == [crowd[at]]
        assert engine.risks([subjects[at]], clinic.now) == [risks[at]]


def test_a_pass_over_everybody_says_what_single_requests_say(
    engine: Engine, subjects: list[int], clinic: Any
) -> None:
    swept = {answer.subject_id: answer for part in engine.recommend_all(clinic.now) for answer in part}
    assert sorted(i for i in swept if i) == engine.store.subjects().to_list()
    assert swept[subjects[5]] == engine.recommend([subjects[5]], clinic.now)[0]


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
