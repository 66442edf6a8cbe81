"""The whole loop: which records, then the flow, then what a person is shown of it."""

import heapq
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines import cluster, origin, outside, phase, stage, table
from pipelines.home import Home
from pipelines.origin import Cohort
from pipelines.progress import Display
from pipelines.records import Records
from pipelines.runner import Concealed
from serving.schemas import Recommendations, Risks

if TYPE_CHECKING:
    from pipelines.refresh import Result  # brings Prefect, which is imported where its time is shown

EXAMPLES = 3


def run(
    home: Home,
    records: Records | None,
    cohort: Cohort | None,
    default: Cohort,
    where: str = cluster.THREADS,
    workers: int = cluster.WORKERS,
) -> None:
    """Run everything and show what came of it.

    Args:
        records: the user's own records; None: what the home holds, or a simulated cohort.
        cohort: the cohort that the user asked for; None: whichever is there, else `default`.
        where, workers: see `cluster.task_runner`.
    """
    begun, display = time.perf_counter(), Display()
    cluster.demand(where)
    inputs = _inputs(home, records, cohort, default, display)
    with display.phase("prefect") as phase:
        phase.note = _prefect()
        from pipelines.refresh import refresh

        runner = cluster.task_runner(where, workers)
    try:
        result = refresh.with_options(task_runner=runner)(home.root, inputs.sealed() if inputs else None)
    except Concealed as concealed:
        raise concealed.cause or concealed from None
    result.phases[:0] = display.phases
    _show(home, result, time.perf_counter() - begun)


def _prefect() -> str:
    """Start Prefect's server for this run, or find the one that the user named."""
    outside.PREFECT.demand()
    from prefect import get_client

    with get_client(sync_client=True) as client:
        client.hello()
    return outside.PREFECT.url or "its server, for this run"


def _inputs(
    home: Home, records: Records | None, cohort: Cohort | None, default: Cohort, display: Display
) -> Records | None:
    held = origin.read(home)
    if records is not None:
        stage.admissible(home, records.path)
        if held is not None and held.kind == "simulated":
            display.say("The simulated patients leave: they are never mixed with real ones.")
        return records
    if held is not None and held.kind == "records" and cohort is None:
        display.say(
            "This folder holds records of your own: the run goes on with them. "
            "The simulated cohort needs a folder of its own: SMARTCLINIC_HOME=var-demo."
        )
        return None
    if held is None or cohort not in (None, held.cohort) or not home.records.exists():
        phase.simulate(home, cohort or default, display)
    else:
        display.say(f"The simulated cohort in {home.records} is there already.")
    return Records(home.records)


def _show(home: Home, result: "Result", seconds: float) -> None:
    console = table.console()
    if result.account:
        table.show(console, table.account(result.account))
        if result.account.quarantined:
            table.show(console, table.reasons(result.account, "quarantined"))
    table.show(console, *table.recommendations(list(_examples(home))))
    letters = sorted(home.mailbox.glob("*.eml"))
    written = result.reminders.letters
    if letters:
        table.show(console, table.letter(next(filter(_russian, written or letters), letters[0])))
        console.print(f"Letters: {len(written):,} new, {len(letters):,} in all, in {home.mailbox}\n")
    else:
        withheld = ", ".join(f"{reason.value}: {n:,}" for reason, n in result.reminders.suppressed.items())
        console.print(f"No letter was written ({withheld or 'nobody is on record'}).\n")
    table.show(console, table.phases(result.phases, seconds))


def _russian(letter: Path) -> bool:
    return b"Content-Language: ru" in letter.read_bytes()


def _examples(home: Home) -> Iterator[tuple[Recommendations, Risks]]:
    """The patients at the highest risk, or, where no risk could be said, those with the most due."""
    with (
        (home.scores / stage.RECOMMENDATIONS).open(encoding="utf-8") as recommended,
        (home.scores / stage.RISKS).open(encoding="utf-8") as risks,
    ):
        pairs = (
            (Recommendations.model_validate_json(line), Risks.model_validate_json(other))
            for line, other in zip(recommended, risks, strict=True)
        )
        yield from heapq.nlargest(EXAMPLES, pairs, key=_weight)


def _weight(pair: tuple[Recommendations, Risks]) -> tuple[bool, float, int]:
    answer, risks = pair
    highest = max((risk.probability for risk in risks.risks if risk.probability is not None), default=0.0)
    return bool(answer.recommendations), highest, len(answer.recommendations)
