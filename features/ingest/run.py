"""From a folder of records to the event store: read and stage, then merge shard by shard."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from features.error import Problem
from features.ingest.account import QUARANTINED, Account
from features.ingest.concept import folding
from features.ingest.format import FORMATS, Format
from features.ingest.intake import Consents, Intake, People
from features.ingest.options import Options
from features.ingest.quarantine import Quarantine
from features.ingest.source import files
from features.ingest.staging import Staging, merge_shard
from features.ingest.walk import Walk
from features.shards import SHARDS, shard_count

Progress = Callable[[int, int], None]  # bytes read, bytes in all


class NothingReadable(Problem):
    """Not one resource could be read. The message says what was found and what is expected."""

    def __init__(self, message: str, account: Account) -> None:
        super().__init__(message)
        self.account = account


def ingest(
    inputs: Path,
    *,
    store: Path,
    staging: Path,
    subject: Callable[[str], int],
    people: People,
    consents: Consents,
    quarantine: Path,
    now: datetime,
    namespace: str = "",
    options: Options | None = None,
    shards: int = SHARDS,
    progress: Progress | None = None,
) -> Account:
    """Read everything at `inputs` into the event store at `store`. Twice is once.

    Raises:
        NothingReadable: not one resource could be read; the store is as it was.
    """
    count = shard_count(store, shards)
    account = read(
        inputs,
        staging=staging,
        shards=count,
        subject=subject,
        people=people,
        consents=consents,
        quarantine=quarantine,
        now=now,
        namespace=namespace,
        options=options,
        progress=progress,
    )
    begun = time.perf_counter()
    account.new_events = sum(merge_shard(store, staging, shard) for shard in range(count))
    account.merging = time.perf_counter() - begun
    return account


def read(
    inputs: Path,
    *,
    staging: Path,
    shards: int,
    subject: Callable[[str], int],
    people: People,
    consents: Consents,
    quarantine: Path,
    now: datetime,
    namespace: str = "",
    options: Options | None = None,
    progress: Progress | None = None,
) -> Account:
    """Read a file or folder of records and stage its events by shard, in bounded memory.

    Args:
        subject: patient id → `subject_id`, a 63-bit pseudonym.
        people, consents: receive batches; the same person may come again.
        now: UTC, naive.
        namespace: a name of the source, for two sources may give one patient id to two people: `subject`
            and `people` then get `namespace|id`. Records of another server than the first that an
            absolute address names are quarantined.
        options: what the user says about the files.

    Raises:
        NothingReadable: not one resource could be read.
    """
    begun = time.perf_counter()
    kept = Quarantine(quarantine)
    staged = Staging(staging, shards, now)
    intake = Intake(
        subject,
        now,
        kept.keep,
        namespace=namespace,
        options=options,
        staging=staged,
        people=people,
        consents=consents,
    )
    formats = [format(intake) for format in FORMATS]
    walk = Walk(intake, formats)
    found = list(files(inputs))
    sizes = [0 if trouble else path.stat().st_size for path, trouble in found]
    done, whole = 0, sum(sizes)
    with _no_collection(), folding() as folded, closing(walk):
        for (path, trouble), size in zip(found, sizes, strict=True):
            name = str(path.absolute())
            kept.begin(name)
            used = done

            def advance(count: int) -> None:
                nonlocal used
                used += count
                if progress:
                    progress(used, whole)

            walk.file(path, name, trouble, advance)
            done += size
        walk.finish()
    kept.settle()
    account = intake.account
    account.codes_folded = folded.count
    account.seconds = time.perf_counter() - begun
    if not account.mapped and not account.ignored:
        raise NothingReadable(_nothing(account, formats), account)
    staged.done(account)
    return account


@contextmanager
def _no_collection() -> Iterator[None]:
    """JSON has no cycles: the collector would only walk millions of dicts in vain."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _nothing(account: Account, formats: Sequence[Format]) -> str:
    expected = f"expected: {', '.join(f.expected for f in formats)}, also .gz and .zip of these"
    if not account.files and not account.unreadable:
        return f"nothing to read: the folder holds no files; {expected}"
    reasons: dict[str, int] = {}
    for why, _, number in account.reasons(QUARANTINED):
        reasons[why] = reasons.get(why, 0) + number
    listed = "; ".join(f"{why} ({n})" for why, n in list(reasons.items())[:5])
    files = account.files + account.unreadable
    found = f"{files} file{'' if files == 1 else 's'} found" + (
        f": {listed}" if listed else ", no resource in them"
    )
    return f"nothing could be read: {found}; {expected}"
