"""Predicates: what is counted. Plain ones look at single events, derived ones join others by and / or."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from models.task.place import Place, shown

ANY, FIRST, LAST = "_ANY_EVENT", "_RECORD_START", "_RECORD_END"
SPECIAL = (ANY, FIRST, LAST)
_OWN = (
    "code",
    "value_min",
    "value_max",
    "value_min_inclusive",
    "value_max_inclusive",
    "static",
    "other_cols",
)
Scalar = str | int | float | bool


@dataclass(frozen=True)
class Plain:
    """Events of these codes within these bounds. One of `codes` (exact) and `regex` (found anywhere in the
    code) is set. `columns`: other columns and what they must equal. `static`: asked of the events without
    a time, of each subject once."""

    place: Place
    codes: tuple[str, ...]
    regex: str | None
    least: float | None
    least_inclusive: bool
    most: float | None
    most_inclusive: bool
    columns: Mapping[str, Scalar]
    static: bool

    def of_code(self, codes: pl.Series) -> pl.Series:
        """Which of these codes are meant."""
        return codes.is_in(list(self.codes)) if self.regex is None else codes.str.contains(self.regex)

    def of_rest(self) -> pl.Expr | None:
        """What is asked besides the code; null means no. None: nothing."""
        # Not a number is no value: polars would put it above every bound.
        value = pl.col("numeric_value").fill_nan(None)
        asked = []
        if self.least is not None:
            asked.append(value >= self.least if self.least_inclusive else value > self.least)
        if self.most is not None:
            asked.append(value <= self.most if self.most_inclusive else value < self.most)
        asked.extend(pl.col(column) == wanted for column, wanted in self.columns.items())
        return pl.all_horizontal(asked) if asked else None

    @property
    def read(self) -> set[str]:
        """Columns that it looks at besides the code."""
        valued = self.least is not None or self.most is not None
        return {*self.columns, *(["numeric_value"] if valued else [])}


@dataclass(frozen=True)
class Derived:
    """True where all (`every`) or any of the inputs hold at one moment."""

    place: Place
    every: bool
    inputs: tuple[str, ...]
    static: bool


Predicate = Plain | Derived


def predicate(place: Place, static: bool = False) -> Predicate:
    """Read one predicate; `static`: it is one of `patient_demographics`."""
    if place.value is None or not isinstance(place.value, dict):
        place.refuse(f"must hold `code` or `expr`, is {shown(place.value)}.")
    if "expr" in place.mapping():
        if static:
            place.refuse("a patient demographic cannot be made of others by `expr`.")
        return _derived(place)
    codes, regex = _codes(place.within("code"))
    least, most = _bound(place.within("value_min")), _bound(place.within("value_max"))
    if least is not None and most is not None and least > most:
        place.refuse("value_min is above value_max: no value can lie between.")
    return Plain(
        place,
        codes,
        regex,
        least,
        _flag(place.within("value_min_inclusive")),
        most,
        _flag(place.within("value_max_inclusive")),
        _columns(place),
        static or _flag(place.within("static")),
    )


def _derived(place: Place) -> Derived:
    place.only(("expr", "static"))
    asked = place.within("expr")
    said = asked.text()
    for word in ("and", "or"):
        if said.startswith(f"{word}(") and said.endswith(")"):
            inputs = tuple(name.strip() for name in said[len(word) + 1 : -1].split(","))
            if len(inputs) < 2 or not all(inputs):
                asked.refuse("needs at least two predicates, with commas between.")
            return Derived(place, word == "and", inputs, _flag(place.within("static")))
    asked.refuse(f"must be and(one, another) or or(one, another), is {shown(said)}.")


def _codes(place: Place) -> tuple[tuple[str, ...], str | None]:
    if isinstance(place.value, str) and place.value:
        return (place.value,), None
    if not isinstance(place.value, dict):
        place.refuse(f"must be text (put a number in quotes), regex: or any:, is {shown(place.value)}.")
    place.only(("regex", "any"))
    if len(place.mapping()) != 1:
        place.refuse("must have one of regex: and any:.")
    asked = next(place.items())
    if asked.name == "any":
        codes = asked.value
        if not isinstance(codes, list) or not codes or not all(isinstance(code, str) for code in codes):
            asked.refuse(f"must be a list of codes as text, is {shown(codes)}.")
        return tuple(codes), None
    regex = asked.text()
    try:
        pl.Series([""]).str.contains(regex)
    except pl.exceptions.PolarsError:
        asked.refuse(f"is no regular expression: {shown(regex)}.")
    return (), asked.value


def _bound(place: Place) -> float | None:
    if place.value is None:
        return None
    if (
        isinstance(place.value, bool)
        or not isinstance(place.value, int | float)
        or place.value != place.value
    ):
        place.refuse(f"must be a number, is {shown(place.value)}.")
    return place.value


def _flag(place: Place) -> bool:
    return False if place.value is None else place.flag()


def _columns(place: Place) -> dict[str, Scalar]:
    """Keys that are no keys of a predicate are columns of the data, as ACES has it."""
    own = {key: place.within(key) for key in place.mapping() if key not in _OWN}
    named = place.within("other_cols")
    asked = own | {key: named.within(key) for key in named.mapping()}
    for column in asked.values():
        if not isinstance(column.value, str | int | float):
            column.refuse(f"must be the text or number that the column equals, is {shown(column.value)}.")
    return {name: column.value for name, column in asked.items()}
