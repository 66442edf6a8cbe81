"""Which events a prediction time may see: the bitemporal rule, as two instants per event.

An event may be used at T if its `time` ≤ T and its `known_at` ≤ T. Of one record (subject_id,
source_id) only the latest version that may be used counts; the events of one `known_at` are one
version (the components of a panel). A WITHDRAWN event is an empty version, and empties the version
that was learned at the same instant. So each event is seen at every T with since ≤ T < until.
"""

from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.schema import INSTANT, WITHDRAWN

Instants = NDArray[np.int64]

ALWAYS = np.int64(-(2**62))  # stands for a null time: before everything
NEVER = np.int64(2**62)


def instants(column: pl.Series) -> Instants:
    """Microseconds since 1970; null is `ALWAYS`."""
    # numpy's not-a-time is the smallest integer.
    found: Instants = np.maximum(column.to_numpy().view(np.int64), ALWAYS)
    return found


def current(events: pl.DataFrame, at: datetime | None = None) -> pl.DataFrame:
    """The events that count at the prediction time `at` (UTC without a mark), in their order.

    Without `at`: of each record the version that stands in the end, whatever its time. No withdrawals.
    """
    withdrawn = (events.get_column("code") == WITHDRAWN).to_numpy()
    since, until = seen(
        events.get_column("subject_id").to_numpy(),
        instants(events.get_column("time")),
        instants(events.get_column("known_at")),
        events.get_column("source_id"),
        withdrawn,
    )
    if at is None:
        return events.filter((until == NEVER) & ~withdrawn)
    now = int(pl.Series([at], dtype=INSTANT).to_physical()[0])
    return events.filter((since <= now) & (now < until) & ~withdrawn)


def seen(
    subject: NDArray[np.int64],
    time: Instants,
    known_at: Instants,
    source_id: pl.Series,
    withdrawn: NDArray[np.bool_],
) -> tuple[Instants, Instants]:
    """The half-open span [since, until) of prediction times that see each event."""
    since = np.maximum(time, known_at)
    until = np.full(len(since), NEVER)
    rows = _with_versions(subject, known_at, source_id, withdrawn)
    if len(rows):
        record = _records(subject[rows], source_id.gather(rows))
        until[rows] = _until(record, known_at[rows], since[rows], withdrawn[rows])
    return since, until


def _with_versions(
    subject: NDArray[np.int64], known_at: Instants, source_id: pl.Series, withdrawn: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """Rows of records that may have several versions. Nearly always none: corrections are rare, so
    this looks at hashes alone and leaves exactness to `_records`."""
    key = source_id.hash().to_numpy() ^ (subject.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    # Whoever is alone in a box of the hash has one version; only the others are looked at.
    boxes = np.uint64(2 ** max(8, (4 * len(key)).bit_length()) - 1)
    box = (key & boxes).astype(np.intp)
    among = np.flatnonzero(np.bincount(box)[box] > 1)
    key, known_at, withdrawn = key[among], known_at[among], withdrawn[among]
    order = np.argsort(key)
    key, known_at = key[order], known_at[order]
    same = key[1:] == key[:-1]  # among events of one record, two versions meet somewhere side by side
    several = key[1:][same & (known_at[1:] != known_at[:-1])]
    suspects = np.concatenate([several, key[withdrawn[order]]])
    if not len(suspects):
        return np.empty(0, np.intp)
    rows = np.sort(among[order[np.isin(key, suspects)]])
    return rows[source_id.gather(rows).is_not_null().to_numpy()] if source_id.null_count() else rows


def _records(subject: NDArray[np.int64], source_id: pl.Series) -> NDArray[np.int64]:
    """A number for each record, from 0."""
    source = source_id.cast(pl.Categorical(pl.Categories.random())).to_physical().to_numpy()
    who = np.unique(subject, return_inverse=True)[1]
    pair = who * (int(source.max()) + 1) + source.astype(np.int64)
    return np.unique(pair, return_inverse=True)[1].astype(np.int64)


def _until(
    record: NDArray[np.int64], known_at: Instants, since: Instants, withdrawn: NDArray[np.bool_]
) -> Instants:
    """For each event, when a later version of its record, or its withdrawal, takes its place."""
    order = np.lexsort((known_at, record))
    record, known_at, since = record[order], known_at[order], since[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (record[1:] != record[:-1]) | (known_at[1:] != known_at[:-1])
    version = np.cumsum(new) - 1
    of_record = record[new]

    appears = np.full(len(of_record), NEVER)
    np.minimum.at(appears, version, since)
    emptied = np.full(len(of_record), NEVER)
    np.minimum.at(emptied, version[withdrawn[order]], since[withdrawn[order]])

    # The earliest appearance among later versions: a running minimum from the end. Each record's
    # ranks lie below those of the records after it, so the minimum starts anew at every record.
    instant, rank = np.unique(appears, return_inverse=True)
    base = of_record * len(instant)
    least = np.minimum.accumulate((base + rank)[::-1])[::-1]
    until = np.full(len(of_record), NEVER)
    follows = np.flatnonzero(of_record[1:] == of_record[:-1])
    until[follows] = instant[(least - base)[follows + 1]]

    out = np.empty(len(order), np.int64)
    out[order] = np.minimum(until, emptied)[version]
    return out
