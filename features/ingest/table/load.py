"""Reading a mapping file: every mistake in plain words, with the line and the key."""

import codecs
from collections.abc import Iterator
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from features.error import Problem
from features.ingest.table import moment
from features.ingest.table.located import BrokenYaml, Key, Located
from features.ingest.table.mapping import Code, Event, Mapping, Style, Table, When

READY = ("omop", "meds")  # mappings that come with the product
LIMIT = 1 << 20  # bytes of a mapping file


class BadMapping(Problem):
    """The mapping cannot be used; the message says where and why."""


def load(said: str | Path) -> Mapping:
    """The mapping in the file `said`, or the ready one of that name.

    Raises:
        BadMapping: there is no such file, or something in it cannot be used.
    """
    path = Path(said)
    if str(said) in READY and not path.is_file():
        return parse((files(__package__) / "ready" / f"{said}.yaml").read_text(encoding="utf-8"), f"{said}")
    try:
        if path.stat().st_size > LIMIT:
            raise BadMapping(f"{path.name}: a mapping file of more than 1 MB is none")
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadMapping(
            f"There is no mapping file {path}; ready ones that need none: {', '.join(READY)}."
        ) from None
    except OSError as error:
        raise BadMapping(f"{path.name}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise BadMapping(f"{path.name}: not UTF-8; save the mapping file as UTF-8") from None
    return parse(text, path.name)


def parse(text: str, name: str) -> Mapping:
    """The mapping that `text` says.

    Raises:
        BadMapping: with one line a mistake.
    """
    try:
        located = Located(text)
    except BrokenYaml as error:
        raise BadMapping(f"{name}, {error}") from None
    try:
        mapping = Mapping.model_validate(located.value)
    except ValidationError as error:
        found = [(_key(e), _words(e)) for e in error.errors()]
    else:
        found = list(_mistakes(mapping))
        if not found:
            return mapping
    lines = [f"{name}, line {located.line(key)}, {_dotted(key)}: {why}" for key, why in found]
    raise BadMapping("\n".join(dict.fromkeys(lines)))


def _key(error: ErrorDetails) -> Key:
    return tuple(error["loc"])


def _dotted(key: Key) -> str:
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in key)
    return text.lstrip(".") or "the file"


def _words(error: ErrorDetails) -> str:
    kind, key = error["type"], error["loc"]
    if kind == "extra_forbidden":
        known = {name for model in (Mapping, Table, Event, Code, When) for name in model.model_fields}
        near = get_close_matches(str(key[-1]), known, 1)
        return f"unknown key “{key[-1]}”" + (f"; did you mean “{near[0]}”?" if near else "")
    if kind == "missing":
        return "is missing"
    if kind == "value_error":
        return error["msg"].removeprefix("Value error, ")
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return "should hold keys and values"
    if kind == "string_pattern_mismatch":
        return "letters, digits, spaces, - and _ are allowed, 31 at most, the first a letter"
    return error["msg"][:1].lower() + error["msg"][1:]


def _mistakes(mapping: Mapping) -> Iterator[tuple[Key, str]]:
    """What pydantic cannot see."""
    yield from _style(mapping, mapping, ())
    names: set[str] = set()
    for number, table in enumerate(mapping.tables):
        key: Key = ("tables", number)
        if table.name in names:
            yield (*key, "name"), f"there are two tables “{table.name}”"
        names.add(table.name)
        yield from _style(table, mapping, key)
        for said in ("time", "known_at"):
            if when := getattr(table, said):
                yield from _dates(when.dates or (), when.zone, (*key, said))
        for place, event in enumerate(table.events):
            if event.time:
                yield from _dates(event.time.dates or (), event.time.zone, (*key, "events", place, "time"))


def _style(style: Style, whole: Style, key: Key) -> Iterator[tuple[Key, str]]:
    yield from _dates(style.dates or (), style.zone, key)
    if style.encoding:
        try:
            usable = codecs.lookup(style.encoding)._is_text_encoding
        except LookupError:
            usable = False
        if not usable:
            yield (
                (*key, "encoding"),
                f"unknown encoding “{style.encoding}”; such as utf-8, windows-1251, koi8-r",
            )
    decimal, thousands = style.decimal or whole.decimal or (".",), style.thousands or whole.thousands
    if thousands and any(mark in thousands for mark in decimal):
        yield (*key, "thousands"), "the decimal mark cannot be the thousands mark too"
    if thousands and any(mark.isdigit() or mark in "+-<>=" for mark in thousands):
        yield (*key, "thousands"), "a thousands mark is a space, a point, a comma or an apostrophe"


def _dates(formats: tuple[str, ...], zone: str | None, key: Key) -> Iterator[tuple[Key, str]]:
    for format in formats:
        if why := moment.mistake(format):
            yield (*key, "dates"), f"“{format}”: {why}"
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            yield (*key, "zone"), f"unknown zone “{zone}”; such as Europe/Moscow, Asia/Yekaterinburg or UTC"
