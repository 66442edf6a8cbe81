"""From events to answers: features, models, calendar rules and reasons for any number of subjects."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

import polars as pl

from features import schema
from features.store import EventStore
from models import rule
from models.manifest import Text
from models.rule import Rule
from serving import answer, columns, note, scoring
from serving.bundle import Bundle, Bundles
from serving.case import Access
from serving.dating import WITHIN_DAYS, Dated, by_calendar, personal
from serving.library import Library
from serving.metric import Observe, timed
from serving.person import Person, people, visible_events
from serving.problem import SubjectNotFound, say
from serving.profile import Profile, profiles
from serving.schemas import (
    Language,
    Readiness,
    Recommendations,
    Risks,
    SimilarCases,
)
from serving.scoring import Scored

CHUNK = 2_500  # subjects at a time, so that memory stays bounded


@dataclass(frozen=True)
class Chunk:
    """Subjects, and what every model says of them, by name of the model."""

    subject_ids: Sequence[int]
    persons: Sequence[Person]
    scored: Mapping[str, Scored]
    now: datetime
    today: date


class Engine:
    """Answers for subjects of a store, and for records that came along with the request.

    `observe` is told the seconds of each stage. `zone` says which day it is; None: the machine's own.
    Safe to call from several threads.
    """

    def __init__(
        self,
        store: EventStore,
        bundles: Bundles,
        rules: Sequence[Rule],
        library: Library | None = None,
        observe: Observe = lambda stage, seconds: None,
        zone: tzinfo | None = None,
    ) -> None:
        self.store, self.bundles, self.library = store, bundles, library
        self.rules = tuple(rules)
        self.observe, self.zone = observe, zone
        self._warm = False
        self._titles = {r.examination: r.title for r in reversed(self.rules)}
        self._priority = {r.examination: r.priority for r in reversed(self.rules)}

    def recommend(
        self, subject_ids: Sequence[int], prediction_time: datetime, language: Language = "ru"
    ) -> list[Recommendations]:
        """What is due for each subject, in the order asked.

        Args:
            prediction_time: an instant with a zone, or UTC without one.

        Raises:
            SubjectNotFound: a subject has no event at all.
        """
        timing = self._timing()
        return [
            one
            for ids in _parts(subject_ids)
            for one in self._recommendations(
                self._chunk(self._read(ids), ids, timing, _utc(prediction_time)), language
            )
        ]

    def recommend_events(
        self, events: pl.DataFrame, prediction_time: datetime, language: Language = "ru"
    ) -> Recommendations:
        """What is due for the one subject of `events`, who need not be in the store."""
        # A Patient without birth date and sex is no event: then nobody's number does.
        (subject,) = events["subject_id"].unique().to_list() or [0]
        timing = self._timing()
        chunk = self._chunk(events, [subject], timing, _utc(prediction_time))
        (found,) = self._recommendations(chunk, language)
        return found.model_copy(update={"subject_id": None})

    def risks(
        self, subject_ids: Sequence[int], prediction_time: datetime, language: Language = "ru"
    ) -> list[Risks]:
        """Every risk model's probability for each subject, or why there is none.

        Raises:
            SubjectNotFound: a subject has no event at all.
        """
        risky = {n: b for n, b in self.bundles.poll().items() if b.manifest.kind == "risk"}
        return [
            one
            for ids in _parts(subject_ids)
            for one in self._risks(self._chunk(self._read(ids), ids, risky, _utc(prediction_time)), language)
        ]

    def similar(
        self,
        subject_id: int,
        prediction_time: datetime,
        access: Access,
        language: Language = "ru",
        limit: int = 10,
    ) -> SimilarCases:
        """Cases of other patients like this subject at `prediction_time`, as far as `access` reaches.

        Raises:
            SubjectNotFound: the subject has no event at all.
        """
        now = _utc(prediction_time)
        events = self._read([subject_id])
        cases = None
        if self.library is not None:
            self.library.poll()
            names = self.library.features
            with timed(self.observe, "features"):
                profile = profiles(visible_events(events, now)).get(subject_id, Profile())
                values = columns.rows(columns.table(events, [subject_id], now, names), names)[0]
            with timed(self.observe, "cases"):
                state = dict(zip(names, values.tolist(), strict=True))
                cases = self.library.search(subject_id, profile, state, access, limit)
        said = [note.NOT_INDEXED] if cases is None else [note.NO_CASES] if not cases else []
        as_of = self.library.as_of if self.library is not None else None
        if cases and as_of is not None and now < as_of:
            said.append(note.later_cases(as_of.date()))
        return SimilarCases(
            subject_id=subject_id,
            prediction_time=now.replace(tzinfo=UTC),
            cases=cases or [],
            notes=[say(text, language) for text in said],
        )

    def warm(self) -> None:
        """Load everything that is published and go through one answer, so that the first caller does
        not wait for it."""
        self.bundles.poll(wait=True)
        if self.library is not None:
            self.library.warm()
        born = datetime(1970, 1, 1)  # noqa: DTZ001 - events hold UTC without a zone mark
        nobody = pl.DataFrame(
            {"subject_id": [1], "time": [born], "code": [schema.BIRTH]}, schema_overrides=schema.EVENT
        )
        missing = [
            pl.lit(None, dtype).alias(name) for name, dtype in schema.EVENT.items() if name not in nobody
        ]
        self.recommend_events(nobody.with_columns(missing), datetime.now(UTC))
        self._warm = True

    def readiness(self) -> Readiness:
        """Whether everything that is published is loaded, with what is and what is not."""
        self.bundles.poll()
        refused = {name: why for name, why in self.bundles.refused.items() if name not in self.versions()}
        notes = [] if self._warm else ["loading"]
        if self.library is not None and self.library.refused:
            notes.append(self.library.refused)
        return Readiness(
            ready=self._warm and not refused and (self.library is None or self.library.ready),
            models=self.versions(),
            refused=dict(self.bundles.refused),
            cases=self.library.version if self.library else None,
            notes=notes,
        )

    def versions(self) -> dict[str, str]:
        """Versions of the models that are served now."""
        return {name: bundle.manifest.version for name, bundle in self.bundles.loaded.items()}

    def close(self) -> None:
        """Let go of the index of cases and of the loader."""
        self.bundles.close()
        if self.library is not None:
            self.library.close()

    # From events to scores

    def _timing(self) -> dict[str, Bundle]:
        return {name: bundle for name, bundle in self.bundles.poll().items() if bundle.manifest.timing}

    def _read(self, subject_ids: Sequence[int]) -> pl.DataFrame:
        with timed(self.observe, "store"):
            events = self.store.read(subject_ids)
        if events["subject_id"].n_unique() < len(set(subject_ids)):
            raise SubjectNotFound
        return events

    def _chunk(
        self, events: pl.DataFrame, subject_ids: Sequence[int], models: Mapping[str, Bundle], now: datetime
    ) -> Chunk:
        wanted = {
            name
            for bundle in models.values()
            for name in (*bundle.columns, *bundle.manifest.essential, *bundle.manifest.excluded)
        }
        today = now.replace(tzinfo=UTC).astimezone(self.zone).date()
        with timed(self.observe, "features"):
            known = people(visible_events(events, now), self.rules)
            persons = [known.get(subject, Person()) for subject in subject_ids]
            since = {
                bundle.manifest.name: [
                    person.after(bundle.manifest.timing.examination, now) for person in persons
                ]
                for bundle in models.values()
                if bundle.manifest.timing
            }
            earlier = [[moment or now for moment in moments] for moments in since.values()]
            table, tables = columns.tables(events, subject_ids, now, earlier, wanted)
            then = dict(zip(since, tables, strict=True))
        with timed(self.observe, "models"):
            scored = {
                name: scoring.timing(bundle, table, then[name], since[name], persons, today)
                if name in since
                else scoring.risk(bundle, table, persons, today)
                for name, bundle in models.items()
            }
        return Chunk(subject_ids, persons, scored, now, today)

    # From scores to words

    def _risks(self, chunk: Chunk, language: Language) -> list[Risks]:
        with timed(self.observe, "explain"):
            by_model = [answer.assessments(scored, language) for scored in chunk.scored.values()]
        return [
            Risks(
                subject_id=subject,
                prediction_time=chunk.now.replace(tzinfo=UTC),
                data_as_of=_zoned(chunk.persons[row].data_as_of),
                language=language,
                risks=[assessments[row] for assessments in by_model],
            )
            for row, subject in enumerate(chunk.subject_ids)
        ]

    def _recommendations(self, chunk: Chunk, language: Language) -> list[Recommendations]:
        timing = {
            s.bundle.manifest.timing.examination: s for s in chunk.scored.values() if s.bundle.manifest.timing
        }
        dated = [self._dated(chunk, timing, row) for row in range(len(chunk.subject_ids))]
        with timed(self.observe, "explain"):
            explained = dict(answer.explained(timing, dated, language))
        found = []
        for row, subject in enumerate(chunk.subject_ids):
            person = chunk.persons[row]
            notes = note.on(person, chunk.today, models=bool(timing))
            if person.adult(chunk.today):
                notes += [
                    Text(
                        ru=f"{s.bundle.manifest.title.ru}: {why.ru}",
                        en=f"{s.bundle.manifest.title.en}: {why.en}",
                    )
                    for s in timing.values()
                    if (why := s.silence[row]) is not None
                ]
            found.append(
                Recommendations(
                    subject_id=subject,
                    prediction_time=chunk.now.replace(tzinfo=UTC),
                    data_as_of=_zoned(person.data_as_of),
                    language=language,
                    recommendations=[
                        answer.recommendation(
                            item,
                            self._titles.get(item.examination),
                            timing.get(item.examination),
                            explained.get((row, item.examination), []),
                            self._importance(item),
                            language,
                        )
                        for item in sorted(dated[row], key=lambda item: self._order(item, chunk.today))
                    ],
                    notes=[say(text, language) for text in notes],
                )
            )
        return found

    def _importance(self, item: Dated) -> int:
        return self._priority.get(item.examination, rule.DEFAULT_PRIORITY)

    def _order(self, item: Dated, today: date) -> tuple[bool, int, date, int, str]:
        """What is due by today first, the most important of it first; then by day."""
        later, importance = item.due > today, self._importance(item)
        return later, 0 if later else importance, item.due, importance, item.examination

    def _dated(self, chunk: Chunk, timing: Mapping[str, Scored], row: int) -> list[Dated]:
        """Every examination that is due for one subject, the calendar and the models put together."""
        person, today = chunk.persons[row], chunk.today
        if person.birth_date is None or not person.adult(today):
            return []
        calendar = {
            item.examination: item
            for item in rule.due(
                self.rules,
                birth_date=person.birth_date,
                sex=person.sex,
                done=person.done,
                today=today,
                death_date=person.death_date,
                within_days=WITHIN_DAYS,
            )
        }
        found = {name: by_calendar(item) for name, item in calendar.items()}
        for name, scored in timing.items():
            at, bounds, known = scored.position.get(row), scored.bundle.manifest.timing, scored.since[row]
            if at is None or bounds is None or known is None:
                continue
            item = personal(
                bounds,
                scored.probability[at],
                calendar.get(name),
                person.done[name],
                known.date(),
                today,
            )
            if item is not None:
                found[name] = item
        return list(found.values())


def _parts(subject_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(subject_ids), CHUNK):
        yield subject_ids[start : start + CHUNK]


def _utc(instant: datetime) -> datetime:
    """As events have it: UTC without a zone mark."""
    return instant if instant.tzinfo is None else instant.astimezone(UTC).replace(tzinfo=None)


def _zoned(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.replace(tzinfo=UTC)
