"""When what a statement says happened."""

from xml.etree.ElementTree import Element

from features.ingest import reason
from features.ingest.cda.setting import Setting
from features.ingest.cda.statement import Statement
from features.ingest.hl7v2.stamp import moment
from features.ingest.reason import Unusable


def interval(time: Element | None) -> tuple[str, str]:
    """The begin and the end of a TS or IVL_TS, as far as they are said; empty ones are not."""
    if time is None:
        return "", ""
    own = _said(time)
    if own:
        return own, own
    low, high = _said(time.find("low")), _said(time.find("high"))
    middle = _said(time.find("center"))
    return (low, high) if low or high else (middle, middle)


def _said(time: Element | None) -> str:
    """A time; zeros alone stand for none."""
    text = (time.get("value") or "").strip() if time is not None else ""
    return text if text.strip("0") else ""


def _first(said: Statement, pick: int) -> str:
    """The time of a statement, or else of what it stands in."""
    for element in (said.element, *reversed(said.around)):
        for time in element.findall("effectiveTime"):
            ends = interval(time)
            found = ends[pick] or ends[1 - pick]
            if found:
                return found
    return ""


def end_of(said: Statement, setting: Setting) -> int:
    """When it was done: what took a while counts at its end.

    Raises:
        Unusable: it has no time; that of the document is none of what happened before.
    """
    text = _first(said, 1)
    if not text:
        raise Unusable(reason.NO_TIME)
    return moment(text, setting.zone, setting.latest, setting.known)


def begin_of(said: Statement, setting: Setting) -> int:
    """When it began, or else since when the document says it."""
    text = _first(said, 0)
    return moment(text, setting.zone, setting.latest, setting.known) if text else setting.known


def told_at(said: Statement, setting: Setting) -> int:
    """When it was said: that of the author, or else of the document."""
    author = said.element.find("author/time")
    text = author.get("value") if author is not None else None
    return moment(text, setting.zone, setting.latest, setting.known) if text else setting.known
