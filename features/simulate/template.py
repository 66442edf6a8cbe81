"""FHIR resources written by the million: a JSON skeleton whose holes are filled by columns."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

_HOLE = re.compile(r'"#(\w+)"|\$(\w+)')


@dataclass(frozen=True)
class Template:
    """One resource type's JSON text, cut at its holes."""

    kind: str
    parts: tuple[pl.Expr, ...]

    def render(self, rows: pl.DataFrame) -> pl.Series:
        """One line of JSON for each row. Every hole is a column without nulls.

        Columns hold closed-vocabulary or made-up text that needs no escaping in JSON.
        """
        return rows.select(line=pl.concat_str(self.parts)).to_series()


def template(resource: Mapping[str, Any]) -> Template:
    """Make a template. In strings `$name` stands for a column; the whole string `#name` stands for
    a column of ready JSON (a number, an object)."""
    text = orjson.dumps(resource).decode()
    parts: list[pl.Expr] = []
    at = 0
    for hole in _HOLE.finditer(text):
        parts.append(pl.lit(text[at : hole.start()]))
        parts.append(pl.col(hole[1] or hole[2]).cast(pl.String))
        at = hole.end()
    parts.append(pl.lit(text[at:]))
    return Template(resource["resourceType"], tuple(parts))


def coding(system: str, code: str, display: str, text: str | None = None) -> dict[str, Any]:
    """A CodeableConcept with one coding."""
    return {"coding": [{"system": system, "code": code, "display": display}], "text": text or display}


def local(column: str) -> pl.Expr:
    """A column of local clinic time (UTC+3) as FHIR dateTime text, under the same name."""
    return pl.col(column).dt.strftime("%Y-%m-%dT%H:%M:%S+03:00")
