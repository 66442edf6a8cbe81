"""The official functional tests of UCUM, all of them, and a set of our own that always runs."""

import os
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from features.ucum.expression import NotUcum, display, parse
from features.ucum.measure import convert, measure

SHARED = Path(os.environ.get("SMARTCLINIC_SHARED_DATA") or Path(__file__).parents[4] / "shared" / "data")
OFFICIAL = SHARED / "ref_ucum" / "UcumFunctionalTests.xml"


def cases(kind: str) -> Iterator[dict[str, str]]:
    if not OFFICIAL.exists():
        pytest.skip("the official cases are not here")
    found = ElementTree.parse(OFFICIAL).getroot().find(kind)
    assert found is not None
    yield from (dict(case.attrib) for case in found if case.tag == "case")


def valid(unit: str) -> bool:
    try:
        measure(unit)
    except NotUcum:
        return False
    return True


def as_printed(value: float, printed: str) -> bool:
    """Whether a value rounds to the figure that was printed, its digits being significant."""
    digits = printed.lower().split("e")[0].replace("-", "").replace(".", "").lstrip("0")
    return float(f"{value:.{max(len(digits) - 1, 0)}e}") == pytest.approx(float(printed), rel=1e-9)


def test_every_official_unit_is_told_valid_or_not() -> None:
    found = {case["id"]: (valid(case["unit"]), case["valid"] == "true") for case in cases("validation")}

    assert len(found) > 500
    assert not {name for name, (ours, theirs) in found.items() if ours != theirs}


def test_every_official_conversion_is_exact() -> None:
    checked = 0
    for case in cases("conversion"):
        ours = convert(float(case["value"]), case["srcUnit"], case["dstUnit"])
        assert ours is not None and as_printed(ours, case["outcome"]), case
        checked += 1
    assert checked == 30


@pytest.mark.parametrize(("kind", "sign"), [("division", "/"), ("multiplication", ".")])
def test_every_official_product_and_quotient_is_exact(kind: str, sign: str) -> None:
    for case in cases(kind):
        one, two = float(case["v1"]), float(case["v2"])
        value = one / two if sign == "/" else one * two
        ours = convert(value, f"({case['u1']}){sign}({case['u2']})", case["uRes"])
        assert ours is not None and as_printed(ours, case["vRes"]), case


def test_every_official_unit_is_named() -> None:
    for case in cases("displayNameGeneration"):
        assert display(parse(case["unit"])).casefold() == case["display"].casefold()


@pytest.mark.parametrize(
    "unit",
    [
        "",
        "1",
        "m",
        "mm[Hg]",
        "10*3/uL",
        "10*-3",
        "/m",
        "{steps}",
        "mL/min/{1.73_m2}",
        "g.m/s2",
        "kg(m.s)",
        "m[H2O]",
        "B[10.nV]",
        "[m/s2/Hz^(1/2)]",
        "%",
        "mg%",
        "/(24.h)",
        "dar",
        "cd",
        "da[Hg]",
    ],
)
def test_the_grammar_of_ucum_is_kept(unit: str) -> None:
    assert valid(unit) == (unit not in ("kg(m.s)", "da[Hg]"))


@pytest.mark.parametrize(
    "unit",
    [
        "m/",
        "10+3/ul",
        "rad2{錠}",
        "{a}rad2",
        "iU",
        "g/12h",
        "m..s",
        "(m",
        "m)",
        "mg/dL ",
        "MG/DL",
        "мг",
        "[in",
        "10*999999",
        "0.m",
        "m/0",
        "Cel/s",
        "Cel2",
        "m" * 300,
    ],
)
def test_what_is_no_unit_is_refused(unit: str) -> None:
    assert not valid(unit)


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (37.0, "Cel", "[degF]", 98.6),
        (98.6, "[degF]", "Cel", 37.0),
        (0.0, "K", "Cel", -273.15),
        (7.4, "[pH]", "nmol/L", 39.81),
        (20.0, "dB", "1", 100.0),
        (1.0, "[lb_av]", "kg", 0.45359237),
        (1.0, "atm", "mm[Hg]", 760.0),
        (1.0, "U", "nkat", 16.6667),
        (1.0, "s/m.mg", "s.m-1.mg", 1.0),
    ],
)
def test_values_are_converted(value: float, source: str, target: str, expected: float) -> None:
    assert convert(value, source, target) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(("source", "target"), [("m", "s"), ("[iU]", "U"), ("[CFU]", "1"), ("[hp'_X]", "1")])
def test_what_measures_something_else_is_not_converted(source: str, target: str) -> None:
    assert convert(1.0, source, target) is None


def test_a_logarithm_of_nothing_has_no_value() -> None:
    assert convert(0.0, "1", "B") is None
