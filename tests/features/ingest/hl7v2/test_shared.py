"""The public collection of messages: every file is read or kept aside with a reason, as the docs say."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from features.ingest import NothingReadable, reason
from features.ingest.hl7v2.escape import Marks
from features.ingest.hl7v2.segment import MAPPERS

DOCS = Path(__file__).resolve().parents[4] / "docs" / "ingest_hl7v2.md"


def line(bench: Any, path: Path) -> str:
    """What becomes of one file in an empty home, as a row of the table in the docs."""
    try:
        account = bench.ingest(path)
    except NothingReadable as error:
        account = error.account
    kinds = sorted(kind.removeprefix("HL7 v2 ") for kind in account.read if "^" in kind or "(" in kind)
    mapped = _listed({kind: n for (kind, what, _), n in account.outcomes.items() if what == "mapped"})
    whole = [why for (kind, what, why) in account.outcomes if what == "ignored" and "^" in kind]
    aside: Counter[str] = Counter()
    for (kind, what, why), number in account.outcomes.items():
        if what == "quarantined":
            aside[f"{kind.removeprefix('HL7 v2 ')}: {why}"] += number
    kept = "; ".join(f"{n} {why}" if n > 1 else why for why, n in sorted(aside.items()))
    ignored = "; ".join(sorted(whole))
    said = kept or (ignored if not mapped else "")
    return f"| {path.stem} | {', '.join(kinds)} | {mapped or '–'} | {said.replace('|', '¦') or '–'} |"


def _listed(mapped: dict[str, int]) -> str:
    names = {kind.removeprefix("HL7 v2 "): n for kind, n in mapped.items() if "^" not in kind}
    return ", ".join(f"{name} {n}" if n > 1 else name for name, n in sorted(names.items()))


def table(bench_at: Callable[[Path], Any], root: Path, folder: Path) -> list[str]:
    """The rows of all files."""
    return [line(bench_at(root / path.stem), path) for path in sorted(folder.rglob("*.hl7"))]


def test_every_file_becomes_what_the_docs_say(
    bench_at: Callable[[Path], Any], tmp_path: Path, shared_data: Path
) -> None:
    rows = table(bench_at, tmp_path, shared_data / "hl7v2")
    said = DOCS.read_text(encoding="utf-8").splitlines()
    assert len(rows) == 109
    assert [row for row in rows if row not in said] == []


def test_all_files_together_are_read_once_and_exactly(bench: Any, shared_data: Path) -> None:
    account = bench.ingest(shared_data / "hl7v2")
    assert account.balanced
    messages = sum(n for kind, n in account.read.items() if "^" in kind)
    assert messages == 108  # and one whose header cannot be read
    assert bench.ingest(shared_data / "hl7v2").new_events == 0


def test_every_reason_is_one_of_the_closed_list(bench: Any, shared_data: Path) -> None:
    bench.ingest(shared_data / "hl7v2")
    known = {value for name, value in vars(reason).items() if name.isupper()}
    assert set(bench.reasons) <= known


@pytest.mark.parametrize("name", sorted(MAPPERS))
def test_every_segment_that_is_read_is_in_the_docs(name: str) -> None:
    assert f"| {name} " in DOCS.read_text(encoding="utf-8")


def test_the_standard_marks_are_those_of_the_docs() -> None:
    assert "".join(Marks()[1:5]) in DOCS.read_text(encoding="utf-8")
