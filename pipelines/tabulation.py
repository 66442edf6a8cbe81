"""`smartclinic tabulate`: its options turned into a call of tabulate(), and its account into a table."""

import re
from pathlib import Path

from rich import box
from rich.table import Table

from features.tabulate import Account, TabulationError, tabulate
from pipelines.progress import Display

_UNIT = {"MB": 10**6, "GB": 10**9, "MIB": 2**20, "GIB": 2**30}
_FATES = {
    "counted": "counted: seen by at least one row",
    "unseen": "after every prediction time, or in no window",
    "other_subjects": "of patients who are not in the index",
    "no_column": "of codes below --min-count, or of no family asked for",
    "no_code": "without a code or a subject",
    "withdrawals": "withdrawals of other events",
}


def size(text: str) -> int:
    """Bytes of `2GB`, `800MB`, `1.5GiB`.

    Raises:
        TabulationError: it is no amount of memory.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?I?B)", text.strip().upper())
    if match is None or match[2] not in _UNIT:
        raise TabulationError(f"--memory {text!r} is no amount of memory: say 800MB or 2GB.")
    return int(float(match[1]) * _UNIT[match[2]])


def run(
    data: Path,
    index: Path,
    out: Path,
    windows: str,
    aggregates: str,
    min_count: int,
    memory: str,
    like: Path | None,
    time_unit: str | None,
    display: Display,
) -> Account:
    """Tabulate with a bar."""
    with display.phase("tabulate") as phase:
        account = tabulate(
            data,
            index,
            out,
            over=windows.split(","),
            aggregates=aggregates.split(","),
            min_count=min_count,
            memory=size(memory),
            like=like,
            time_unit=time_unit,
            advance=phase.advance,
        )
        phase.note = (
            f"{account.rows:,} rows × {account.columns:,} columns, {account.entries:,} entries: {out}"
        )
    return account


def fates(account: Account) -> Table:
    """What became of the events; the sum is exact."""
    shown = Table("what became of them", "number", title="Events", title_justify="left", box=box.SIMPLE_HEAD)
    for name, said in _FATES.items():
        if number := getattr(account.events, name):
            shown.add_row(said, f"{number:,}")
    shown.add_row("read", f"{account.events.read:,}")
    return shown
