"""Windows: spans of time relative to the trigger or to each other, and what must happen within."""

import re
from dataclasses import dataclass
from typing import Literal

from models.task.duration import microseconds
from models.task.place import Place, shown
from models.task.predicate import FIRST, LAST

Side = Literal["start", "end"]
_REFERENCE = re.compile(r"^\w+(\.(start|end))?$")
_RANGE = re.compile(r"^\s*\(?\s*(None|\d*)\s*,\s*(None|\d*)\s*\)?\s*$")
_KEYS = ("start", "end", "start_inclusive", "end_inclusive", "has", "label", "index_timestamp")


@dataclass(frozen=True)
class Bound:
    """One end of a window: at `reference` (`trigger`, `gap.end`, or `start` / `end` for the other end of
    the same window), `offset` microseconds later, or at the nearest `event` after (before, if `backward`) it."""

    place: Place
    reference: str
    offset: int = 0
    event: str | None = None
    backward: bool = False

    @property
    def window(self) -> str | None:
        """The window that it refers to, if another."""
        return self.reference.split(".")[0] if "." in self.reference else None

    @property
    def earlier(self) -> bool:
        """Whether it lies before its reference."""
        return self.backward or self.offset < 0

    @property
    def later(self) -> bool:
        """Whether it lies after its reference."""
        return self.offset > 0 or (self.event is not None and not self.backward)


@dataclass(frozen=True)
class Constraint:
    """From `least` to `most` (None: no bound) of `predicate` in the window."""

    place: Place
    predicate: str
    least: int | None
    most: int | None

    def __str__(self) -> str:
        if self.least is None:
            return f"no {self.predicate}" if self.most == 0 else f"at most {self.most} {self.predicate}"
        if self.most is None:
            return f"at least {self.least} {self.predicate}"
        return f"{self.least} to {self.most} {self.predicate}"


@dataclass(frozen=True)
class Window:
    """`root`: the end that refers to something outside the window; the other refers to it."""

    place: Place
    start: Bound
    end: Bound
    start_inclusive: bool
    end_inclusive: bool
    has: tuple[Constraint, ...]
    label: str | None
    index: Side | None
    root: Side

    @property
    def name(self) -> str:
        return self.place.name

    @property
    def outer(self) -> Bound:
        """The end that refers to something outside."""
        return self.start if self.root == "start" else self.end

    @property
    def inner(self) -> Bound:
        """The end that refers to the other."""
        return self.end if self.root == "start" else self.start


def window(place: Place) -> Window:
    """Read one window."""
    place.only(_KEYS)
    if place.within("start").value is None and place.within("end").value is None:
        place.refuse(
            "it cannot go from the start of the record to its end: `start` or `end` must refer to something."
        )
    start, end = _bound(place.within("start"), "start"), _bound(place.within("end"), "end")
    if (start.reference == "end") == (end.reference == "start"):
        place.refuse("exactly one of `start` and `end` must refer to the other.")
    root: Side = "end" if start.reference == "end" else "start"
    if start.reference == "end" and start.later:
        start.place.refuse("the start of a window cannot come after its end: write `end - …` or `end <- …`.")
    if end.reference == "start" and end.earlier:
        end.place.refuse(
            "the end of a window cannot come before its start: write `start + …` or `start -> …`."
        )
    index = place.within("index_timestamp")
    if index.value not in (None, "start", "end"):
        index.refuse(f"must be start or end, is {shown(index.value)}.")
    label = place.within("label")
    return Window(
        place,
        start,
        end,
        place.within("start_inclusive").flag(),
        place.within("end_inclusive").flag(),
        tuple(_constraint(asked) for asked in place.within("has").items()),
        label.text() if label.value is not None else None,
        index.value,
        root,
    )


def _bound(place: Place, side: Side) -> Bound:
    if place.value is None:
        if side == "start":
            return Bound(place, "end", event=FIRST, backward=True)
        return Bound(place, "start", event=LAST)
    said = place.text()
    if ("->" in said) or ("<-" in said):
        parts = re.split(r"->|<-", said)
        if len(parts) != 2:
            place.refuse(f"one arrow at most, is {shown(said)}.")
        event, backward = parts[1].strip(), "<-" in said
        if (event == LAST and backward) or (event == FIRST and not backward):
            place.refuse("nothing comes before the start of a record or after its end.")
        if not re.fullmatch(r"\w+", event):
            place.refuse(f"after the arrow must come a predicate, is {shown(event)}.")
        return Bound(place, _reference(place, parts[0]), event=event, backward=backward)
    match = re.fullmatch(r"([^+-]*)([+-])([^+-]*)", said)
    if match is None:
        if "+" in said or "-" in said:
            place.refuse(f"one + or - at most, is {shown(said)}.")
        return Bound(place, _reference(place, said))
    try:
        length = microseconds(match[3])
    except ValueError as error:
        place.refuse(f"{shown(match[3].strip())} {error}.")
    return Bound(place, _reference(place, match[1]), length if match[2] == "+" else -length)


def _reference(place: Place, said: str) -> str:
    said = said.strip()
    if not _REFERENCE.match(said):
        place.refuse(
            f"must refer to `trigger`, `start`, `end` or another window's, as gap.end; is {shown(said)}."
        )
    return said


def _constraint(place: Place) -> Constraint:
    match = _RANGE.match(place.value) if isinstance(place.value, str) else None
    if match is None:
        place.refuse(f"must be (least, most), as (1, None) or (None, 0), is {shown(place.value)}.")
    least, most = (int(bound) if bound not in ("None", "") else None for bound in match.groups())
    if least is None and most is None:
        place.refuse("asks for nothing: give at least one of (least, most).")
    if least is not None and most is not None and least > most:
        place.refuse(f"no count can be at least {least} and at most {most}.")
    return Constraint(place, place.name, least, most)
