"""The units and prefixes of UCUM, read from the official table (ucum-essence) as published.

The table comes with the package `ucumvert`, whose own code is not used: it takes `10+3/ul` for a unit,
loses the 4 of `4.s/m`, and has another mercury column than UCUM (see docs/units_and_codes.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

_SPACE = "{http://unitsofmeasure.org/ucum-essence}"


@dataclass(frozen=True)
class Prefix:
    code: str
    name: str
    factor: Fraction


@dataclass(frozen=True)
class Atom:
    """A unit that is no product of others: a base unit (`unit` empty), or `value` times `unit`.

    `curve` names the function of a unit that is no multiple, such as a degree Celsius. An arbitrary
    unit (`[CFU]`) is a base of its own: UCUM lets it be compared with nothing else.
    """

    code: str
    name: str
    metric: bool
    value: Fraction
    unit: str
    curve: str | None = None


@cache
def prefixes() -> Mapping[str, Prefix]:
    return {
        item.get("Code", ""): Prefix(
            item.get("Code", ""), _text(item, "name"), Fraction(_child(item, "value").get("value", ""))
        )
        for item in _essence().findall(f"{_SPACE}prefix")
    }


@cache
def atoms() -> Mapping[str, Atom]:
    root = _essence()
    found = {
        item.get("Code", ""): Atom(item.get("Code", ""), _text(item, "name"), True, Fraction(1), "")
        for item in root.findall(f"{_SPACE}base-unit")
    }
    arbitrary = {i.get("Code") for i in root.findall(f"{_SPACE}unit") if i.get("isArbitrary") == "yes"}
    for item in root.findall(f"{_SPACE}unit"):
        code, metric, value = item.get("Code", ""), item.get("isMetric") == "yes", _child(item, "value")
        name = _text(item, "name")
        function = value.find(f"{_SPACE}function")
        if code in arbitrary and value.get("Unit") not in arbitrary:
            found[code] = Atom(code, name, metric, Fraction(1), "")
        elif function is not None:
            number, unit = Fraction(function.get("value", "1")), function.get("Unit", "1")
            found[code] = Atom(code, name, metric, number, unit, function.get("name"))
        else:
            found[code] = Atom(code, name, metric, Fraction(value.get("value", "")), value.get("Unit", "1"))
    return found


@cache
def _essence() -> ElementTree.Element:
    spec = find_spec("ucumvert")  # found, not imported: it would bring pint with it
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("the table of units is missing: pip install ucumvert")
    return ElementTree.parse(Path(spec.origin).parent / "vendor" / "ucum-essence.xml").getroot()


def _child(item: ElementTree.Element, name: str) -> ElementTree.Element:
    found = item.find(f"{_SPACE}{name}")
    if found is None:
        raise ValueError(f"ucum-essence: {item.get('Code')} has no {name}")
    return found


def _text(item: ElementTree.Element, name: str) -> str:
    return (_child(item, name).text or "").strip()
