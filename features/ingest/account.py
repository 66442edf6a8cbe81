"""The account of a read: every resource is mapped, ignored or quarantined, and the sum is exact."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MAPPED, IGNORED, QUARANTINED = "mapped", "ignored", "quarantined"


@dataclass(frozen=True)
class Line:
    """One resource type in the account."""

    type: str
    read: int
    mapped: int
    ignored: int
    quarantined: int


@dataclass
class Account:
    """Sums of one or more reads. Holds types, reasons and numbers; never names of files or people.

    `read` is counted where documents, entries and rows are met, and `outcomes` where each is done with,
    so that `balanced` fails if one of them was lost on the way.
    """

    read: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # type, outcome, reason
    events: int = 0  # staged, duplicates among them
    new_events: int = 0  # added to the store
    persons: int = 0
    consents: int = 0
    files: int = 0
    unreadable: int = 0
    units_refused: int = 0  # events whose unit is none that we know, so that it was left out
    codes_folded: int = 0  # МКБ-10 codes typed with Cyrillic letters that look Latin
    seconds: float = 0.0  # reading
    merging: float = 0.0  # seconds of merging into the store

    @property
    def resources(self) -> int:
        """Resources and feed rows met."""
        return sum(self.read.values())

    def total(self, outcome: str, type: str | None = None) -> int:
        """How many resources (of one type) ended as `outcome`."""
        return sum(n for (t, o, _), n in self.outcomes.items() if o == outcome and type in (None, t))

    @property
    def mapped(self) -> int:
        """Became events, persons or consents."""
        return self.total(MAPPED)

    @property
    def ignored(self) -> int:
        """Understood, and of no use here."""
        return self.total(IGNORED)

    @property
    def quarantined(self) -> int:
        """Not understood; kept with the reason."""
        return self.total(QUARANTINED)

    @property
    def per_second(self) -> float:
        """Resources a second, reading and merging."""
        spent = self.seconds + self.merging
        return self.resources / spent if spent else 0.0

    @property
    def balanced(self) -> bool:
        """Whether read = mapped + ignored + quarantined holds for every type."""
        return all(line.read == line.mapped + line.ignored + line.quarantined for line in self.table())

    def table(self) -> list[Line]:
        """One line a type, the most frequent first."""
        types = set(self.read) | {type for type, _, _ in self.outcomes}
        lines = [
            Line(t, self.read[t], self.total(MAPPED, t), self.total(IGNORED, t), self.total(QUARANTINED, t))
            for t in types
        ]
        return sorted(lines, key=lambda line: (-line.read, line.type))

    def reasons(self, outcome: str) -> list[tuple[str, str, int]]:
        """`(reason, type, number)` of what was ignored or quarantined, the most frequent first."""
        found = [(why, t, n) for (t, o, why), n in self.outcomes.items() if o == outcome]
        return sorted(found, key=lambda row: (-row[2], row[0], row[1]))

    def __add__(self, other: "Account") -> "Account":
        return Account(
            read=self.read + other.read,
            outcomes=self.outcomes + other.outcomes,
            **{name: getattr(self, name) + getattr(other, name) for name in _NUMBERS},
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `from_json` reads them back."""
        return {
            **{name: getattr(self, name) for name in _NUMBERS},
            "read": dict(sorted(self.read.items())),
            "outcomes": [[*key, n] for key, n in sorted(self.outcomes.items())],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Account":
        """The account that `to_json` wrote."""
        return cls(
            read=Counter(value["read"]),
            outcomes=Counter({(t, o, why): n for t, o, why, n in value["outcomes"]}),
            **{name: value.get(name, 0) for name in _NUMBERS},
        )


_NUMBERS = (
    "events",
    "new_events",
    "persons",
    "consents",
    "files",
    "unreadable",
    "units_refused",
    "codes_folded",
    "seconds",
    "merging",
)


def total(accounts: Iterable[Account]) -> Account:
    """The sum of several accounts."""
    return sum(accounts, Account())
