"""Answers as tables for a terminal."""

import sys
from collections.abc import Sequence
from email import policy
from email.parser import BytesParser
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from features.ingest import Account
from pipelines.doctor import Finding
from pipelines.progress import Phase
from serving.schemas import Recommendations, Risks

WIDTH = 130  # columns of a page that goes to a file or a pipe
SHOWN = 4  # recommendations a patient in the closing table
MARK = {"ok": "[green]ok[/green]", "missing": "[yellow]missing[/yellow]", "broken": "[red]broken[/red]"}


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def columns(title: str, *names: str) -> Table:
    """A table with these columns, to be filled."""
    return _table(title, *names)


def phases(done: Sequence[Phase], seconds: float) -> Table:
    """`seconds`: from the beginning to the end, with what lies between the phases."""
    table = _table("Time", "phase", "seconds")
    for phase in done:
        table.add_row(phase.title, f"{phase.seconds:.1f}")
    table.add_row("in all", f"{seconds:.1f}")
    return table


def account(read: Account) -> Table:
    """Resources by type; the sums are exact."""
    table = _table("Records", "type", "read", "mapped", "ignored", "quarantined")
    for line in read.table():
        numbers = (line.read, line.mapped, line.ignored, line.quarantined)
        table.add_row(line.type, *(f"{number:,}" for number in numbers))
    table.add_row(
        "in all", *(f"{n:,}" for n in (read.resources, read.mapped, read.ignored, read.quarantined))
    )
    return table


def reasons(read: Account, outcome: str) -> Table:
    """Why resources were ignored or quarantined."""
    table = _table(f"Why {outcome}", "reason", "type", "number")
    for reason, kind, number in read.reasons(outcome):
        table.add_row(escape(reason), kind, f"{number:,}")
    return table


def recommendations(
    answers: Sequence[tuple[Recommendations, Risks | None]], shown: int | None = SHOWN
) -> list[Table]:
    """The risks of each patient with the reasons, what is due, soonest first, and what could not be said."""
    risky = _table("Risk", "patient", "of what", "probability", "why")
    due = _table("Due", "patient", "what", "by when", "why")
    notes = _table("Notes", "patients", "what could not be said")
    said: dict[str, list[str]] = {}
    for answer, risks in answers:
        subject = str(answer.subject_id) if answer.subject_id is not None else "this record"
        for risk in risks.risks if risks else ():
            number = f"{risk.probability:.1%}" if risk.probability is not None else "—"
            why = risk.not_given or "; ".join(reason.text for reason in risk.reasons[:2])
            risky.add_row(subject, escape(risk.title), number, escape(why))
        first = subject
        for item in answer.recommendations[:shown]:
            when = f"{item.due:%d.%m.%Y}" + (" (overdue)" if item.overdue else "")
            why = item.reasons[0].text if item.reasons else ""
            due.add_row(first, escape(item.title), when, escape(why))
            first = ""
        if shown is not None and (more := len(answer.recommendations) - shown) > 0:
            due.add_row(first, f"… and {more} more", "", "")
        due.add_section()
        for note in answer.notes:
            said.setdefault(note, []).append(subject)
    for note, subjects in said.items():
        notes.add_row("\n".join(subjects), escape(note))
    return [table for table in (risky, due, notes) if table.row_count]


def letter(path: Path) -> Panel:
    """One letter as its reader sees it."""
    message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    body = message.get_body(("plain",))
    text = body.get_content() if body else ""
    head = "\n".join(f"{name}: {' '.join(str(message[name]).split())}" for name in ("To", "Subject"))
    return Panel(f"{escape(head)}\n\n{escape(text.strip())}", title="a letter", title_align="left", width=100)


def findings(found: Sequence[Finding]) -> Table:
    table = _table("SmartClinic+", "what", "state", "detail")
    for finding in found:
        table.add_row(finding.what, MARK[finding.state], escape(finding.detail))
    return table


def console() -> Console:
    """Standard output; wide enough to read where it is no terminal."""
    return Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)


def show(out: Console, *tables: Table | Panel) -> None:
    """Print them one under another."""
    for table in tables:
        out.print(table)
