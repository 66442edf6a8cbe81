"""Samples as readers hand them over: the columns, and which of them cannot be true."""

import numpy as np
import polars as pl

from features.ingest import reason
from features.ingest.device.clock import NEVER
from features.ingest.device.measure import MEASURES

# Times in microseconds since 1970 in UTC.
SAMPLE = pl.Schema(
    {
        "subject": pl.Int64(),
        "measure": pl.UInt8(),  # place in MEASURES
        "start": pl.Int64(),
        "end": pl.Int64(),  # as start, for what was measured at one moment
        "offset": pl.Int32(),  # of the local clock, seconds east of UTC
        "value": pl.Float64(),  # in the unit of the measure; NaN: no number; ∞: its unit is not known
        "device": pl.UInt32(),  # as `Samples.device` numbered it
        "known": pl.Int64(),  # when the device's cloud got it
        "item": pl.UInt32(),  # which record of the stream, from 1
        "counts": pl.UInt8(),  # 1; 0 for a further sample of the same record
    }
)
EARLIEST = 946_684_800_000_000  # 2000-01-01: no wearable is older; clocks that were not set say 1970 or 1989
DAY = 86_400_000_000
LONGEST = 26 * 3_600_000_000  # of one sample, microseconds; a local day may have 25 hours
_LOW = np.array([m.low for m in MEASURES])
_HIGH = np.array([m.high for m in MEASURES])
_CHECKS = (
    reason.SAMPLE_NO_TIME,
    reason.SAMPLE_CLOCK,
    reason.FUTURE,
    reason.SAMPLE_BACKWARDS,
    reason.SAMPLE_LONG,
    reason.SAMPLE_VALUE,
    reason.SAMPLE_UNIT,
)


def wrong(samples: pl.DataFrame, latest: int) -> dict[int, str]:
    """Row → why it cannot be true, for those of which this holds.

    Args:
        latest: what ends after it lies in the future.
    """
    start, end = samples["start"].to_numpy(), samples["end"].to_numpy()
    measure, value = samples["measure"].to_numpy(), samples["value"].to_numpy()
    low, high = _LOW[measure], _HIGH[measure]
    with np.errstate(invalid="ignore"):  # a missing value is no number
        outside = (value < low) | (value > high)
    checks = (
        (start == NEVER) | (end == NEVER),
        start < EARLIEST,
        end > latest,
        end < start,
        end - start > LONGEST,
        np.isnan(value),
        np.isinf(value),
        outside,
    )
    bad = np.zeros(len(start), dtype=bool)
    for check in checks:
        bad |= check
    found: dict[int, str] = {}
    for row in np.flatnonzero(bad).tolist():
        which = next(number for number, check in enumerate(checks) if check[row])
        found[row] = _CHECKS[which] if which < len(_CHECKS) else outside_of(int(measure[row]))
    return found


def outside_of(measure: int) -> str:
    """The reason for a value that no body has."""
    found = MEASURES[measure]
    unit = "" if found.unit in ("1", "/d") else f" {found.unit}"
    return reason.SAMPLE_IMPLAUSIBLE.format(found.name.replace("_", " "), found.low, found.high, unit)
