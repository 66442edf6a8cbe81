"""The value of a CDA observation, by its HL7 v3 type."""

from xml.etree.ElementTree import Element

from features.ingest.cda.coding import concept_of
from features.ingest.cda.tree import TYPE
from features.ingest.concept import answer
from features.ingest.value import LARGEST, NOTHING, Value, between, words

CODED = frozenset({"CD", "CE", "CV", "CO", "CS", "SC"})


def value_of(value: Element) -> Value | None:
    """What a `value` element says.

    Returns:
        None if the source says that there is no value; `NOTHING` if there is one that events cannot hold.
    """
    kind = value.get(TYPE) or ""
    if kind in CODED or (not kind and value.get("code")):
        return _coded(value)
    if value.get("nullFlavor"):
        return None
    if kind in ("PQ", "REAL", "INT", "MO") or (not kind and value.get("value")):
        return _quantity(value)
    if kind in ("IVL_PQ", "IVL_INT", "IVL_REAL"):
        return _range(value)
    if kind == "BL":
        said = value.get("value")
        return (None, said, None) if said in ("true", "false") else None
    if kind in ("ST", "ED"):
        text = (value.text or "").strip()
        return words(text) if text and kind == "ST" else NOTHING if text or len(value) else None
    if kind in ("RTO", "RTO_PQ_PQ", "RTO_QTY_QTY"):
        parts = [number(value.find(side)) for side in ("numerator", "denominator")]
        return (None, f"{parts[0]:g}:{parts[1]:g}", None) if None not in parts else NOTHING
    return NOTHING


def _coded(value: Element) -> Value | None:
    said = concept_of(value)
    code = answer(said)
    if code:
        return None, code, None
    text = said.get("text")
    if text:
        return words(text)
    return None if value.get("nullFlavor") or not value.get("code") else NOTHING


def _quantity(value: Element) -> Value | None:
    text = value.get("value")
    if not text:
        return None
    try:
        figure, sign = float(text), None
    except ValueError:
        found, sign, _ = words(text)
        if found is None:
            return NOTHING
        figure = found
    return (figure, sign, unit_of(value)) if abs(figure) < LARGEST else NOTHING


def unit_of(value: Element) -> str | None:
    """The unit of a PQ, or the Russian name of it that СЭМД keep in a translation."""
    unit = value.get("unit")
    if not unit:
        named = value.find("translation")
        unit = named.get("displayName") or named.get("unit") if named is not None else None
    return unit


def number(value: Element | None) -> float | None:
    """The number in an element; None if there is none."""
    try:
        found = float(value.get("value") or "nan") if value is not None else float("nan")
    except ValueError:
        return None
    return found if abs(found) < LARGEST else None


def _range(value: Element) -> Value | None:
    low, high = value.find("low"), value.find("high")
    ends = [(end, number(end)) for end in (low, high)]
    known = [end for end, figure in ends if end is not None and figure is not None]
    if not known:
        center = value.find("center")
        return _quantity(center) if center is not None else None
    closed = known[0].get("inclusive") != "false"
    return between(ends[0][1], ends[1][1], unit_of(known[0]), closed)
