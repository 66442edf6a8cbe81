"""Which device it was, and which is believed where several measured the same thing at the same time.

A device is known by its stable parts. Names that people give are theirs: only a hash of them leaves here.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from features.ingest.intake import opaque

TABLE = Path(__file__).with_name("priority.yaml")
UNKNOWN = "unknown"
_PART = re.compile(r"(\w+):(.*?)(?=, \w+:|>?$)")
STABLE = ("name", "manufacturer", "model", "hardware")  # not software, which changes; nor the pointer


@dataclass(frozen=True)
class Device:
    """`key`: a hash of the stable parts. `kind`: what it is, a word of priority.yaml."""

    key: str
    kind: str


@dataclass(frozen=True)
class Table:
    """What priority.yaml says."""

    words: tuple[tuple[str, str], ...]  # word, kind; the first that fits holds
    worn: frozenset[str]
    orders: dict[str, dict[str, int]]  # order → kind → rank, 0 for the most believed

    def kind(self, description: str) -> str:
        """What a device is, by its description."""
        text = description.casefold()
        return next((kind for word, kind in self.words if word in text), UNKNOWN)

    def rank(self, order: str, kind: str) -> int:
        """The place of a kind in an order; kinds that are not in it come last."""
        ranks = self.orders[order]
        return ranks.get(kind, len(ranks))


@cache
def table(path: Path = TABLE) -> Table:
    """The table of priorities.

    Raises:
        KeyError, TypeError: the file has another shape; its head says which.
    """
    said = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Table(
        words=tuple((str(word).casefold(), line["kind"]) for line in said["kinds"] for word in line["words"]),
        worn=frozenset(said["worn"]),
        orders={
            name: {kind: rank for rank, kind in enumerate(kinds)} for name, kinds in said["orders"].items()
        },
    )


def device(*stable: str, about: str = "") -> Device:
    """The device with these stable parts; `about`: more words that tell what it is."""
    return Device(opaque("device", *stable), table().kind(" ".join((about, *stable))))


def apple(source: str, description: str) -> Device:
    """The device of an Apple Health record: `sourceName`, and `device` such as
    `<<HKDevice: 0x533ad2350>, name:Apple Watch, manufacturer:Apple Inc., model:Watch, software:9.6.3>`."""
    parts = dict(_PART.findall(description.rstrip(">")))
    stable = [parts.get(name, "") for name in STABLE]
    return Device(
        opaque("device", source, *stable),
        table().kind(" ".join((*stable, source)) if any(stable) else source),
    )
