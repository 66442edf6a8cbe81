"""A mapping made ready for a read: checked against the files, with the tables that it looks codes up in."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from features import codes
from features.codes import CodeGroup
from features.ingest import reason
from features.ingest.blob import blobs
from features.ingest.source import Trouble, files
from features.ingest.table import coding
from features.ingest.table.coding import Lookup
from features.ingest.table.load import BadMapping
from features.ingest.table.lookup import LookupTable
from features.ingest.table.mapping import Mapping as Said
from features.ingest.table.opened import NoTable, opened
from features.ingest.table.pattern import fits
from features.ingest.table.plan import Plan, plans
from features.ingest.tape import Tape
from features.ingest.ucum import REFUSED, kept
from features.unit import factors


@dataclass(frozen=True)
class Prepared:
    """What the table reader is given."""

    plans: Sequence[Plan]
    looked_up: Sequence[str] = ()  # patterns of files
    ignored: Sequence[str] = ()
    lookups: Mapping[str, Lookup] = field(default_factory=dict)

    def knows(self, name: str) -> bool:
        """Whether the mapping names the file."""
        tables = (pattern for plan in self.plans for pattern in plan.table.files)
        return fits(name, (*tables, *self.looked_up, *self.ignored))


def prepare(said: Said, inputs: Path) -> Prepared:
    """Check a mapping against the files at `inputs` before the first row is read.

    A file that alone lacks something is kept aside when it is read; what all files of a table lack is a
    mistake of the mapping.

    Raises:
        BadMapping: with one line a mistake.
    """
    found = list(mistakes(said))
    if found:
        raise BadMapping("\n".join(found))
    ready = plans(said)
    tables = {name: LookupTable(lookup) for name, lookup in said.lookups.items()}
    good: set[str] = set()
    bad: dict[str, str] = {}
    met = False
    for name, tape in _streams(inputs):
        for lookup in tables.values():
            if fits(name, lookup.said.files):
                lookup.read(tape)
                break
        else:
            candidates = [plan for plan in ready if fits(name, plan.table.files)]
            if candidates and not fits(name, said.ignore):
                met = True
                with ExitStack() as held:
                    try:
                        good.add(opened(tape, name, ready, held).plan.table.name)
                    except NoTable as error:
                        for plan in [error.plan] if error.plan else candidates:
                            bad.setdefault(plan.table.name, _told(error, plan))
    if not met:
        raise BadMapping(
            "none of the files is one that the mapping names under `files`: "
            + "; ".join(f"{p.table.name}: {', '.join(p.table.files)}" for p in ready)
        )
    if not good:
        raise BadMapping("\n".join(bad.values()))
    return Prepared(
        ready,
        tuple(pattern for lookup in said.lookups.values() for pattern in lookup.files),
        said.ignore,
        {name: table.ready() for name, table in tables.items()},
    )


def _streams(inputs: Path) -> Iterator[tuple[str, Tape]]:
    for path, trouble in files(inputs):
        if trouble:
            continue
        for blob in blobs(path, lambda count: None):
            if not isinstance(blob.content, Trouble):
                yield blob.member or str(path.absolute()), blob.content


def _told(error: NoTable, plan: Plan) -> str:
    if str(error) != reason.TABLE_COLUMNS:
        return f"table {plan.table.name}: {error}"
    lines = []
    for name in error.missing:
        if name in error.names:
            lines.append(f"the header has the column “{name}” more than once")
            continue
        near = get_close_matches(name, [n for n in error.names if n], 1)
        lines.append(f"there is no column “{name}”" + (f"; did you mean “{near[0]}”?" if near else ""))
    return f"table {plan.table.name}: " + "; ".join(lines or [str(error)])


def mistakes(said: Said) -> Iterator[str]:
    """What is wrong with the codes and units that a mapping itself says."""
    for table in said.tables:
        for number, event in enumerate(table.events, 1):
            where = f"table {table.name}, events[{number}]"
            constants = []
            for code in event.code:
                if code.vocabulary is not None and code.vocabulary not in coding.SYSTEMS:
                    known = ", ".join(sorted(coding.SYSTEMS))
                    yield f"{where}, code: unknown vocabulary “{code.vocabulary}”; there are {known}"
                told = [code.const] if code.const is not None else [v for v in (code.map or {}).values() if v]
                constants += told
                for text in told:
                    if why := coding.mistake(text):
                        yield f"{where}, code: {why}"
            units = [event.unit.const] if event.unit and event.unit.const is not None else []
            units += list((event.unit.map or {}).values()) if event.unit else []
            for unit in units:
                if why := unit_mistake(unit, constants if len(constants) == 1 else []):
                    yield f"{where}, unit: {why}"


def unit_mistake(unit: str, of: Sequence[str]) -> str | None:
    """Why a unit cannot be used, alone or with these codes; None if it can."""
    if kept(unit) == REFUSED:
        return f"“{unit}” is no unit that is known: write it as UCUM, such as mmol/L, or in Russian, ммоль/л"
    for code in of:
        for group in vars(codes).values():
            if (
                isinstance(group, CodeGroup)
                and group.unit
                and code in group.codes
                and unit not in factors(group)
            ):
                return f"“{unit}” does not lead to {group.unit}, in which {group.name} is judged"
    return None
