"""The phases as a person sees them: each with a bar, a time and one line of what came of it."""

from functools import partial

from clinic.notification.schemas import Outcome
from features.ingest import Account
from features.shards import ParquetEvents
from features.simulate import Summary
from models import registry
from models.train import Refused, Trained
from pipelines import stage
from pipelines.home import Home
from pipelines.origin import Cohort
from pipelines.progress import Display
from pipelines.records import Records
from pipelines.runner import Runner


def simulate(home: Home, cohort: Cohort, display: Display) -> Summary:
    """A simulated cohort in place of an earlier one."""
    with display.phase("simulate") as phase:
        summary = stage.simulate(home, cohort, phase.advance)
        phase.note = f"{cohort.patients:,} patients, {cohort.years} years, until {cohort.until}"
    return summary


def ingest(home: Home, records: Records, display: Display, runner: Runner) -> Account:
    """Records to events; the account is exact."""
    with display.phase("ingest") as phase:
        if records.mapping and records.path.exists():
            stage.told(home, records)  # a mistake is said before anything is changed
        stage.admit(home, records.path)

        def advance(done: int, total: int) -> None:
            phase.advance(done >> 20, total >> 20)  # megabytes

        account = runner.call(lambda: stage.read_records(home, records, advance), "read")
        shards = range(ParquetEvents(home.events).count)
        account.new_events = sum(runner.map(lambda shard: stage.merge(home, shard), shards, "merge"))
        stage.unstage(home)
    account.merging = phase.seconds - account.seconds
    display.say(
        f"{account.resources:,} resources read = {account.mapped:,} mapped + {account.ignored:,} ignored "
        f"+ {account.quarantined:,} quarantined; {account.per_second:,.0f} a second; "
        f"{account.new_events:,} new events"
    )
    if account.units_refused:
        display.say(f"{account.units_refused:,} values are in a unit that is not known: they are not used")
    if account.codes_folded:
        display.say(
            f"{account.codes_folded:,} diagnosis codes were typed with Cyrillic letters (С50 for C50): they "
            "are read as Latin ones; tell the sender"
        )
    if account.quarantined:
        display.say(f"the quarantined ones, each with its reason: {home.quarantine}")
    if home.unknown_codes.exists():
        display.say(f"tests whose names are not known, to be reviewed: {home.unknown_codes}")
    return account


def build(home: Home, display: Display, runner: Runner) -> dict[str, int]:
    """Events to feature tables, shard by shard."""
    with display.phase("build") as phase:
        shards = ParquetEvents(home.events).shard_ids()
        end = stage.data_end(home)
        parts = runner.map(lambda shard: stage.shard_tables(home, shard, end), shards, "build")
        rows = stage.write_tables(home, parts)
        phase.note = ", ".join(f"{name}: {count:,} rows" for name, count in rows.items())
    return rows


def train(home: Home, display: Display, runner: Runner, only: str | None = None) -> list[Trained | Refused]:
    """Tables to published models; a model that cannot be trained honestly is refused with the reason."""
    names = [only] if only else list(registry.models())
    results: list[Trained | Refused] = []
    with display.phase("train") as phase:
        for name in names:
            work = partial(stage.train, home, name, phase.advance)
            results.append(runner.call(work, f"train {name}"))
        published = sum(isinstance(result, Trained) for result in results)
        phase.note = f"{published} of {len(names)} models published"
    for result in results:
        display.say(_told(result))
    return results


def _told(result: Trained | Refused) -> str:
    if isinstance(result, Refused):
        return f"not published: {result.reason}"
    said = result.manifest
    figures = said.metrics
    again = "" if result.new else " (the same as before)"
    return (
        f"{said.name} {said.version}{again}: AUROC {figures['auroc']:.2f}, calibration slope "
        f"{figures['calibration_slope']:.2f} ± {figures['calibration_slope_se']:.2f} "
        f"on {figures['events']:.0f} held-out events; parity {said.parity:.1e}"
    )


def index(home: Home, display: Display, runner: Runner) -> int:
    """Events to the index of similar cases."""
    with display.phase("index") as phase:
        count = runner.call(lambda: stage.index(home), "index")
        phase.note = f"{count:,} cases"
    return count


def score(home: Home, display: Display, runner: Runner) -> int:
    """Recommendations and risks of everybody, as of now."""
    with display.phase("score") as phase:
        count = runner.call(lambda: stage.score(home, phase.advance), "score")
        phase.note = f"{count:,} patients, {count / max(phase.elapsed, 1e-9):,.0f} a second"
    return count


def remind(home: Home, display: Display, runner: Runner, within_days: int = 30) -> Outcome:
    """What is due to letters in the mailbox folder."""
    with display.phase("remind") as phase:
        outcome = runner.call(lambda: stage.remind(home, phase.advance, within_days), "remind")
        withheld = ", ".join(f"{reason.value} {count:,}" for reason, count in outcome.suppressed.items())
        phase.note = f"{outcome.written:,} letters written" + (f"; none for: {withheld}" if withheld else "")
    if stage.anonymous():
        display.say(
            "the letters name no real clinic: set SMARTCLINIC_CLINIC_NAME, _PHONE, _URL and _SENDER before use"
        )
    return outcome
