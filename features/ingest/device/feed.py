"""The wearable feed: one row a patient, device and day, as a device cloud exports it.

A day's summary is known only when the day is over: its events lie at 23:59:59, and `known_at` is
when the device was synchronised. A later synchronisation is a correction: same `source_id`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

import polars as pl

from features import schema
from features.codes import RESTING_HEART_RATE, RMSSD, SLEEP, STEPS
from features.ingest import reason
from features.ingest.intake import Intake
from features.ingest.person import EPOCH
from features.ingest.quarantine import Place
from features.ingest.source import Trouble
from features.ingest.tape import LIMIT, Tape
from features.ingest.version import UPDATED, VERSION

TYPE = "wearable day"
COLUMNS = (
    "patient_id",
    "date",
    "device",
    "resting_heart_rate",
    "rmssd",
    "steps",
    "sleep_minutes",
    "wear_minutes",
    "synced_at",
)
BATCH = 4 << 20  # bytes
# column → code, unit, factor, plausible range of the column
MEASURES = {
    "resting_heart_rate": (RESTING_HEART_RATE.codes[0], RESTING_HEART_RATE.unit, 1.0, 25, 200),
    "rmssd": (RMSSD.codes[0], RMSSD.unit, 1.0, 1, 300),
    "steps": (STEPS.codes[0], STEPS.unit, 1.0, 0, 100_000),
    "sleep_minutes": (SLEEP.codes[0], SLEEP.unit, 1 / 60, 0, 1440),
}
# How long it was worn is no measurement by itself; features let only days count that were worn enough.
EVENTS = MEASURES | {"wear_minutes": ("WEARABLE//wear_minutes", "min", 1.0, 0, 1440)}
PLAUSIBLE = {name: m[3:] for name, m in EVENTS.items()}
FIRST_DAY = datetime(1900, 1, 1)  # noqa: DTZ001 - events hold naive UTC, as MEDS asks


@dataclass(frozen=True)
class Batch:
    """A part of a feed: events, and the rows that gave none."""

    events: pl.DataFrame  # `version` is the line
    rows: int
    mapped: int
    empty: int
    bad: list[tuple[int, str, str]]  # line, reason, the row


class Feed:
    """The wearable feed as a format."""

    source = "wearable"
    expected = "a wearable_daily.csv"

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def recognises(self, head: bytes, name: str) -> bool:
        """By its header."""
        header = head.split(b"\n", 1)[0].lower()
        return b"patient_id" in header and b"," in header and any(m.encode() in header for m in MEASURES)

    def read(self, tape: Tape, place: Place) -> Trouble | None:
        """Read one feed."""
        head, latest = tape.buffer[:4096], EPOCH + timedelta(microseconds=self._intake.latest)
        for batch in batches(tape, self._intake.subject, latest):
            if isinstance(batch, str):
                return Trouble(batch, head)
            self._intake.meet(TYPE, batch.rows)
            self._intake.frame(TYPE, batch.events, batch.mapped)
            if batch.empty:
                self._intake.skip(TYPE, reason.NOTHING_MEASURED, batch.empty)
            for line, why, raw in batch.bad:
                self._intake.refuse((*place[:2], line, None), TYPE, None, why, raw)
        return None

    def finish(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is held."""


def batches(tape: Tape, subject: Callable[[str], int], latest: datetime) -> Iterator[Batch | str]:
    """Read a feed part by part; a string is the reason why the whole feed cannot be read.

    Args:
        subject: patient id → `subject_id`.
        latest: UTC, naive; a day that ends after it is in the future.
    """
    header = tape.fill(4096)
    while b"\n" not in header and not tape.ended:
        header = tape.fill(len(header) + 4096)
    cut = header.find(b"\n") + 1 or len(header)
    tape.buffer = header[cut:]
    names = [
        name.strip().strip('"').lower() for name in header[:cut].decode("utf-8-sig", "replace").split(",")
    ]
    if set(COLUMNS) - set(names):
        yield reason.NO_COLUMNS
        return
    line = 1
    while data := tape.fill(BATCH):
        cut = len(data) if tape.ended else data.rfind(b"\n") + 1
        if not cut:
            if len(data) > LIMIT:
                yield reason.CELLS
                return
            tape.fill(len(data) + BATCH)
            continue
        tape.buffer = data[cut:]
        frame = _lines(data[:cut], line)
        line += data[:cut].count(b"\n")
        if frame.height:
            yield _batch(frame, names, subject, latest)


def _lines(data: bytes, line: int) -> pl.DataFrame:
    """One column `raw`, one `line`; blank lines are left out."""
    text = data.decode("utf-8", "replace")
    raw = pl.Series("raw", text.split("\n"), dtype=pl.String).str.strip_chars_end("\r")
    return raw.to_frame().with_row_index("line", line + 1).filter(pl.col("raw").str.strip_chars() != "")


def _batch(lines: pl.DataFrame, names: list[str], subject: Callable[[str], int], latest: datetime) -> Batch:
    cells = pl.col("raw").str.split_exact(",", len(names) - 1).struct.rename_fields(names)
    table = (
        lines.with_columns(cells.alias("cells"))
        .unnest("cells")
        .with_columns(pl.col(COLUMNS).str.strip_chars().str.strip_chars('"').replace("", None))
        .with_columns(
            day=pl.col("date").str.to_date("%Y-%m-%d", strict=False),
            known_at=_instant(pl.col("synced_at")),
            **{f"number_{name}": pl.col(name).cast(pl.Float64, strict=False) for name in PLAUSIBLE},
        )
        .with_columns(time=pl.col("day").cast(schema.INSTANT) + pl.duration(hours=23, minutes=59, seconds=59))
        .with_columns(why=_why(len(names), latest))
    )
    bad = table.filter(pl.col("why").is_not_null()).select("line", "why", "raw").rows()
    good = table.filter(pl.col("why").is_null())
    measured = pl.any_horizontal(pl.col(f"number_{name}").is_not_null() for name in MEASURES)
    full = good.filter(measured)
    return Batch(
        events=_events(full, subject),
        rows=table.height,
        mapped=full.height,
        empty=good.height - full.height,
        bad=bad,
    )


def _instant(text: pl.Expr) -> pl.Expr:
    """An ISO instant; the zone is `Z` or an offset, and UTC if it is missing."""
    zoned = pl.when(text.str.contains(r"(Z|[+-]\d\d:?\d\d)$")).then(text).otherwise(text + "Z")
    return zoned.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False).dt.replace_time_zone(
        None
    )


def _why(width: int, latest: datetime) -> pl.Expr:
    """Why a row is bad; null for a good one."""
    checks: list[tuple[pl.Expr, str]] = [
        (pl.col("raw").str.count_matches(",", literal=True) != width - 1, reason.CELLS),
        (pl.col("patient_id").is_null(), reason.NO_PATIENT),
        (pl.col("day").is_null(), reason.NOT_A_DATE),
        (pl.col("known_at").is_null(), reason.NOT_AN_INSTANT),
        (pl.col("time") < FIRST_DAY, reason.TOO_OLD),
        ((pl.col("time") > latest) | (pl.col("known_at") > latest), reason.FUTURE),
    ]
    for name, (low, high) in PLAUSIBLE.items():
        number = pl.col(f"number_{name}")
        wrong = pl.col(name).is_not_null() & ~number.is_between(low, high).fill_null(False)
        checks.append((wrong, reason.IMPLAUSIBLE.format(name, low, high)))
    return pl.coalesce(pl.when(wrong).then(pl.lit(why)) for wrong, why in checks)


def _events(rows: pl.DataFrame, subject: Callable[[str], int]) -> pl.DataFrame:
    patients = rows["patient_id"].unique()
    subjects = pl.Series("subject_id", [subject(id) for id in patients], dtype=pl.Int64)
    rows = rows.with_columns(
        pl.col("device").fill_null(""),
        subject_id=pl.col("patient_id").replace_strict(patients, subjects, return_dtype=pl.Int64),
    )
    devices = rows.select("device", "subject_id").unique()
    names = pl.Series("name", [_device(*row) for row in devices.iter_rows()], dtype=pl.String)
    base = rows.join(
        devices.with_columns(names), on=["device", "subject_id"], how="left", maintain_order="left"
    ).select(
        *[pl.col(f"number_{name}") for name in EVENTS],
        "subject_id",
        "time",
        "known_at",
        version="line",
        source_id=pl.concat_str("name", pl.lit("/"), "date"),
    )
    parts = [
        base.filter(pl.col(f"number_{name}").is_not_null()).select(
            "subject_id",
            "time",
            code=pl.lit(code),
            numeric_value=(pl.col(f"number_{name}") * factor).cast(pl.Float32),
            text_value=pl.lit(None, pl.String),
            unit=pl.lit(unit, pl.String),
            known_at="known_at",
            source_id="source_id",
            **{UPDATED: pl.lit(None, schema.INSTANT), VERSION: pl.col("version").cast(pl.Int64)},
        )
        for name, (code, unit, factor, _, _) in EVENTS.items()
    ]
    return pl.concat(parts)


def _device(name: str, subject: int) -> str:
    """What stands for a device: people give theirs names of their own."""
    return f"device-{blake2b(f'{name}|{subject}'.encode(), digest_size=8).hexdigest()}"
