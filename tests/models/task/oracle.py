"""A task by its definition, in plain Python, one row after another: what the fast way must equal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isnan
from typing import Any

Event = Mapping[str, Any]


@dataclass(frozen=True)
class End:
    """One end of a window. `to`: nothing (at the reference), a length of time, or a predicate."""

    reference: str  # trigger, NAME.start, NAME.end; for the inner end: the other end
    to: timedelta | str | None = None
    backward: bool = False

    def text(self) -> str:
        """As a task file has it."""
        if self.to is None:
            return self.reference
        if isinstance(self.to, str):
            return f"{self.reference} {'<-' if self.backward else '->'} {self.to}"
        seconds = int(self.to.total_seconds())
        return f"{self.reference} {'-' if seconds < 0 else '+'} {abs(seconds) // 60} min"


@dataclass(frozen=True)
class Span:
    name: str
    root: str  # start or end: which refers outside
    outer: End
    inner: End
    closed: tuple[bool, bool]
    has: Mapping[str, tuple[int | None, int | None]]
    label: str | None = None
    index: str | None = None

    def yaml(self) -> dict[str, Any]:
        """As a task file has it."""
        start, end = (self.outer, self.inner) if self.root == "start" else (self.inner, self.outer)
        said = {
            "start": start.text(),
            "end": end.text(),
            "start_inclusive": self.closed[0],
            "end_inclusive": self.closed[1],
            "has": {name: f"({least}, {most})" for name, (least, most) in self.has.items()},
        }
        if self.label:
            said["label"] = self.label
        if self.index:
            said["index_timestamp"] = self.index
        return said


def matches(plain: Mapping[str, Any], event: Event) -> bool:
    """Whether one event satisfies a plain predicate, given as in a task file."""
    if event["code"] not in plain["code"]["any"]:
        return False
    value = event["numeric_value"]
    for key, above in (("value_min", True), ("value_max", False)):
        if (bound := plain.get(key)) is None:
            continue
        if value is None or isnan(value):
            return False
        within = value > bound if above else value < bound
        if not within and not (value == bound and plain.get(f"{key}_inclusive", False)):
            return False
    return all(event[column] == wanted for column, wanted in plain.items() if column == "unit")


def number(name: str, at: datetime | None, events: Sequence[Event], predicates: Mapping[str, Any]) -> int:
    """How often a predicate holds at one moment (None: among what has no time)."""
    times = sorted({event["time"] for event in events if event["time"] is not None})
    if name == "_ANY_EVENT":
        return 1
    if name in ("_RECORD_START", "_RECORD_END"):
        return int(at == times[0 if name == "_RECORD_START" else -1])
    asked = predicates[name]
    if "expr" in asked:
        word, inside = asked["expr"][:-1].split("(")
        held = [
            number(part, None if predicates[part].get("static") else at, events, predicates) > 0
            for part in inside.split(", ")
        ]
        return int(all(held) if word == "and" else any(held))
    return sum(event["time"] == at and matches(asked, event) for event in events)


def rows(
    events: Sequence[Event], predicates: Mapping[str, Any], trigger: str, spans: Sequence[Span]
) -> list[tuple[int, datetime, datetime, int | None]]:
    """(subject, prediction time, trigger, label) of each row; `spans` each after what it refers to."""
    found = []
    for subject in sorted({event["subject_id"] for event in events}):
        own = [event for event in events if event["subject_id"] == subject]
        times = sorted({event["time"] for event in own if event["time"] is not None})
        static = [name for name, asked in predicates.items() if asked.get("static")]
        if not all(number(name, None, own, predicates) > 0 for name in static):
            continue
        for moment in times:
            if number(trigger, moment, own, predicates) > 0:
                row = _row(own, predicates, moment, times, spans)
                if row is not None:
                    found.append((subject, row[0], moment, row[1]))
    return sorted(found, key=lambda row: row[:3])


def _row(
    own: Sequence[Event],
    predicates: Mapping[str, Any],
    moment: datetime,
    times: Sequence[datetime],
    spans: Sequence[Span],
) -> tuple[datetime, int | None] | None:
    ends = {"trigger": moment}
    prediction_time, label = moment, None
    for span in spans:
        other = "end" if span.root == "start" else "start"
        same = span.closed[1] if span.root == "start" else span.closed[0]
        for side, end, reference, at_it in (
            (span.root, span.outer, span.outer.reference, False),
            (other, span.inner, f"{span.name}.{span.root}", same),
        ):
            at = _end(end, ends[reference], at_it, own, predicates, times)
            if at is None:
                return None
            ends[f"{span.name}.{side}"] = at
        start, stop = ends[f"{span.name}.start"], ends[f"{span.name}.end"]
        inside = [
            time
            for time in times
            if (time > start or (time == start and span.closed[0]))
            and (time < stop or (time == stop and span.closed[1]))
        ]
        for name, (least, most) in span.has.items():
            many = sum(number(name, time, own, predicates) for time in inside)
            if (least is not None and many < least) or (most is not None and many > most):
                return None
        if span.label:
            label = sum(number(span.label, time, own, predicates) for time in inside)
        if span.index:
            prediction_time = ends[f"{span.name}.{span.index}"]
    return prediction_time, label


def _end(
    end: End,
    reference: datetime,
    at_it: bool,
    own: Sequence[Event],
    predicates: Mapping[str, Any],
    times: Sequence[datetime],
) -> datetime | None:
    if end.to is None:
        return reference
    if isinstance(end.to, timedelta):
        return reference + end.to
    happened = [time for time in times if number(end.to, time, own, predicates) > 0]
    if end.backward:
        before = [time for time in happened if time < reference or (at_it and time == reference)]
        return max(before, default=None)
    after = [time for time in happened if time > reference or (at_it and time == reference)]
    return min(after, default=None)
