"""A task file read and checked as a whole: every name known, no circle, windows in the order they depend on.

The language is that of ACES 0.7 (Automatic Cohort Extraction System; Xu et al. 2025, ICLR,
https://eventstreamaces.readthedocs.io): files written for it are read as they are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from models.task.document import document
from models.task.place import Place
from models.task.predicate import SPECIAL, Derived, Plain, Predicate, predicate
from models.task.window import Window, window

_KEYS = ("predicates", "patient_demographics", "trigger", "windows", "description", "metadata")
_SHARED = ("predicates", "patient_demographics", "description", "metadata")


@dataclass(frozen=True)
class Task:
    """`predicates`: those that are used, each after its inputs. `windows`: each after what it refers to."""

    name: str
    trigger: Place
    predicates: Mapping[str, Predicate]
    windows: tuple[Window, ...]

    @property
    def static(self) -> tuple[Predicate, ...]:
        """What every subject must satisfy by the events without a time."""
        return tuple(one for one in self.predicates.values() if one.static)

    @property
    def plain(self) -> tuple[Plain, ...]:
        return tuple(one for one in self.predicates.values() if isinstance(one, Plain))

    @property
    def labelled(self) -> Window | None:
        """The window whose count is the label."""
        return next((one for one in self.windows if one.label), None)

    @property
    def indexed(self) -> Window | None:
        """The window whose end is the prediction time."""
        return next((one for one in self.windows if one.index), None)


def read(path: Path, predicates: Path | None = None) -> Task:
    """Read a task file; definitions in a `predicates` file go before those of the task.

    Raises:
        TaskError: what is wrong, with file and key.
    """
    whole = Place(path.name, "", document(path))
    whole.only(_KEYS)
    given = {one.name: one for one in whole.within("predicates").items()}
    people = {one.name: one for one in whole.within("patient_demographics").items()}
    if predicates is not None:
        other = Place(predicates.name, "", document(predicates))
        other.only(_SHARED)
        given |= {one.name: one for one in other.within("predicates").items()}
        people |= {one.name: one for one in other.within("patient_demographics").items()}
    trigger = whole.within("trigger")
    trigger.text()
    windows = _ordered({one.name: window(one) for one in whole.within("windows").items()})
    asked = list(_asked(trigger, windows))
    known = {name: predicate(place, static=True) for name, place in people.items()}
    for name, place in asked:
        _define(name, place, given, known, ())
    for name, place in asked:
        if name in known and known[name].static:
            place.refuse(
                f"{name} is static: it chooses subjects by what has no time, and cannot be counted in time. "
                "Join it with another predicate by and(…)."
            )
    _single(windows)
    return Task(path.stem, trigger, known, windows)


def _asked(trigger: Place, windows: Iterable[Window]) -> Iterable[tuple[str, Place]]:
    yield trigger.text(), trigger
    for one in windows:
        for bound in (one.start, one.end):
            if bound.event:
                yield bound.event, bound.place
        yield from ((constraint.predicate, constraint.place) for constraint in one.has)
        if one.label:
            if one.label in SPECIAL:
                one.place.within("label").refuse("must be a predicate of the file.")
            yield one.label, one.place.within("label")


def _define(
    name: str, asker: Place, given: Mapping[str, Place], known: dict[str, Predicate], above: tuple[str, ...]
) -> None:
    """Put the predicate, after all that it is made of, into `known`."""
    if name in above:
        asker.refuse(f"the predicates {' → '.join((*above, name))} are made of each other in a circle.")
    if name in known or (name in SPECIAL and not above):
        return
    if name in SPECIAL:
        asker.refuse(f"{name} cannot be part of an expression.")
    if name not in given:
        near = f" Defined are: {', '.join(sorted(given))}." if given else " None is defined."
        asker.refuse(f"there is no predicate {name!r}.{near}")
    found = predicate(given[name])
    if isinstance(found, Derived):
        for part in found.inputs:
            _define(part, found.place.within("expr"), given, known, (*above, name))
    known[name] = found


def _ordered(windows: Mapping[str, Window]) -> tuple[Window, ...]:
    """Each window after that which it refers to, else in the order of the file."""
    for one in windows.values():
        outer = one.outer
        if outer.window is None and outer.reference != "trigger":
            outer.place.refuse(
                f"must refer to `trigger` or another window's end, refers to {outer.reference!r}."
            )
        if outer.window is not None and outer.window not in windows:
            outer.place.refuse(f"there is no window {outer.window!r}. There are: {', '.join(windows)}.")
    done: dict[str, Window] = {}
    while len(done) < len(windows):
        left = [one for name, one in windows.items() if name not in done]
        ready = next((one for one in left if one.outer.window is None or one.outer.window in done), None)
        if ready is None:
            circle = ", ".join(one.name for one in left)
            left[0].outer.place.refuse(
                f"the windows {circle} refer to each other in a circle, never to the trigger."
            )
        done[ready.name] = ready
    return tuple(done.values())


def _single(windows: Iterable[Window]) -> None:
    for what, kept in (
        ("label", [one for one in windows if one.label]),
        ("index_timestamp", [one for one in windows if one.index]),
    ):
        if len(kept) > 1:
            kept[1].place.within(what).refuse(f"only one window can have it; {kept[0].name} has it too.")
