"""Apple Health's export.xml to samples: each batch of records at once, column by column."""

from collections.abc import Iterator, Sequence
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from features.ingest import reason
from features.ingest.device.apple_type import SLEEP, STAGES, TYPES
from features.ingest.device.apple_xml import Attributes, Refused, elements
from features.ingest.device.clock import NEVER, instants
from features.ingest.device.measure import MEASURES, NUMBER
from features.ingest.device.priority import apple, table
from features.ingest.device.samples import Samples
from features.ingest.device.scale import UNKNOWN, factor
from features.ingest.intake import Intake
from features.ingest.quarantine import Place
from features.ingest.source import Trouble
from features.ingest.tape import Tape

RECORD = "Apple Health Record"
BATCH = 20_000
_PERCENT = np.array([m.unit == "%" for m in MEASURES])
_SATURATION, _SATURATION_WORN = NUMBER["saturation"], NUMBER["saturation_worn"]
_GLUCOSE, _GLUCOSE_SENSOR = NUMBER["glucose"], NUMBER["glucose_sensor"]


class Apple:
    """Reads exports of one person."""

    def __init__(self, intake: Intake, samples: Samples) -> None:
        self._intake, self._samples = intake, samples
        self._scales = _Scales()

    def read(self, tape: Tape, place: Place) -> Trouble | None:
        """Read one export; see `Format.read`."""
        patient = self._intake.options.patient
        if not patient:
            return Trouble(reason.WHOSE_DATA)
        subject = self._intake.subject(patient)
        self._numbers = _Numbers(self._samples, subject)
        self._item = 0
        held: list[Attributes] = []
        try:
            for records, others in elements(tape):
                held += records
                for name, attributes in others:
                    self._other(name, attributes, place, subject)
                if len(held) >= BATCH:
                    self._records(held, place, subject)
                    held = []
            return None
        except Refused as error:
            return Trouble(str(error))
        finally:
            self._records(held, place, subject)

    def _other(self, name: str, attributes: Attributes, place: Place, subject: int) -> None:
        kind = f"Apple Health {name}"
        self._intake.meet(kind)
        if name == "Correlation":
            self._intake.skip(kind, reason.EXPORT_PART)
        elif name == "Workout":
            said = dict(zip(attributes[::2], attributes[1::2], strict=True))
            said |= {"value": said.get("duration", ""), "unit": said.get("durationUnit", "")}
            measures = [NUMBER["workout"]]
            self._item += 1
            columns: dict[str, Sequence[str]] = {key: (value,) for key, value in said.items()}
            self._take(kind, columns, measures, np.array([self._item]), [attributes], place, subject)
        else:
            self._intake.skip(kind, reason.SAMPLE_OTHER_TYPE)

    def _records(self, records: list[Attributes], place: Place, subject: int) -> None:
        """Count records, and take those of one layout (which attributes, in which order) at a time."""
        self._intake.meet(RECORD, len(records))
        items = np.arange(self._item + 1, self._item + 1 + len(records))
        self._item += len(records)
        for columns, rows in _columns(records):
            whole = len(rows) == len(records)
            group = records if whole else [records[row] for row in rows]
            self._typed(columns, group, items if whole else items[rows], place, subject)

    def _typed(
        self,
        columns: dict[str, Sequence[str]],
        group: list[Attributes],
        items: npt.NDArray[np.int64],
        place: Place,
        subject: int,
    ) -> None:
        """Leave out the types that are not used."""
        types = columns.get("type", ("",) * len(group))
        measures = list(map(TYPES.get, types))
        used = [measure is not None for measure in measures]
        count = sum(used)
        if count < len(group):
            self._intake.skip(RECORD, reason.SAMPLE_OTHER_TYPE, len(group) - count)
            columns = {name: tuple(compress(values, used)) for name, values in columns.items()}
            group, items = list(compress(group, used)), items[used]
        if not count:
            return
        numbers = [measure for measure in measures if measure is not None]
        self._take(RECORD, columns, numbers, items, group, place, subject)

    def _take(
        self,
        kind: str,
        columns: dict[str, Sequence[str]],
        numbers: list[int],
        items: npt.NDArray[np.int64],
        group: list[Attributes],
        place: Place,
        subject: int,
    ) -> None:
        empty = ("",) * len(group)
        values = columns.get("value", empty)
        measure = np.array(numbers)
        value = pl.Series(values).cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy(writable=True)
        units = columns.get("unit", empty)
        scale, offset = np.array(list(map(self._scales.__getitem__, zip(numbers, units, strict=True)))).T
        value = value * scale + offset
        asleep = measure == SLEEP
        if asleep.any():
            stages = [STAGES.get(values[row], -1) for row in np.flatnonzero(asleep).tolist()]
            measure[asleep], value[asleep] = stages, 0.0
            value[measure < 0] = np.nan  # a stage that we do not know
            measure[measure < 0] = NUMBER["asleep"]
        shares = _PERCENT[measure] & (value <= 1)  # Apple writes 98 % as 0.98
        value[shares] *= 100
        device = np.array(
            list(
                map(
                    self._numbers.__getitem__,
                    zip(columns.get("sourceName", empty), columns.get("device", empty), strict=True),
                )
            )
        )
        on_body, sensor = self._numbers.worn[device], self._numbers.sensor[device]
        measure[(measure == _SATURATION) & on_body] = _SATURATION_WORN
        measure[(measure == _GLUCOSE) & sensor] = _GLUCOSE_SENSOR
        start, offsets = instants(columns.get("startDate", empty))
        ends = columns.get("endDate", empty)
        end = start if ends == columns.get("startDate") else instants(ends)[0]
        created, _ = instants(columns.get("creationDate", empty))
        known = np.where((created == NEVER) | (created > self._intake.now), end, np.maximum(created, end))
        frame = pl.DataFrame(
            {
                "subject": pl.repeat(subject, len(group), dtype=pl.Int64, eager=True),
                "measure": pl.Series(measure.astype(np.uint8)),
                "start": start,
                "end": end,
                "offset": offsets.astype(np.int32),
                "value": value,
                "device": device.astype(np.uint32),
                "known": np.minimum(known, self._intake.now),
                "item": items.astype(np.uint32),
                "counts": pl.repeat(1, len(group), dtype=pl.UInt8, eager=True),
            }
        )
        self._samples.take(kind, place, frame, lambda row: _raw(group[row]))


class _Numbers(dict[tuple[str, str], int]):
    """`(sourceName, device)` → number of the device; `worn` and `sensor` by number."""

    def __init__(self, samples: Samples, subject: int) -> None:
        super().__init__()
        self._samples, self._subject = samples, subject
        self.worn, self.sensor = np.zeros(0, dtype=bool), np.zeros(0, dtype=bool)

    def __missing__(self, key: tuple[str, str]) -> int:
        device = apple(*key)
        number = self[key] = self._samples.device(device, self._subject)
        if number >= len(self.worn):
            more = number + 1 - len(self.worn)
            self.worn = np.append(self.worn, np.zeros(more, dtype=bool))
            self.sensor = np.append(self.sensor, np.zeros(more, dtype=bool))
        self.worn[number] = device.kind in table().worn
        self.sensor[number] = device.kind == "cgm"
        return number


class _Scales(dict[tuple[int, str], tuple[float, float]]):
    """`(measure, unit)` → how to come to the unit of the measure, or `UNKNOWN`."""

    def __missing__(self, key: tuple[int, str]) -> tuple[float, float]:
        found = (1.0, 0.0) if key[0] == SLEEP else factor(*key) or UNKNOWN
        if len(self) < 10_000:  # a hostile file may hold as many units as records
            self[key] = found
        return found


def _columns(records: list[Attributes]) -> Iterator[tuple[dict[str, Sequence[str]], Sequence[int]]]:
    """`(attribute → values, which records)`, one for each layout; nearly all are of a few."""
    sizes = list(map(len, records))
    for size in sorted(set(sizes)):
        rows: Sequence[int] = range(len(records))
        group = records
        if sizes.count(size) < len(records):
            rows = [row for row, found in enumerate(sizes) if found == size]
            group = [records[row] for row in rows]
        cells = list(zip(*group, strict=True))
        names = group[0][::2]
        if all(cells[2 * n].count(name) == len(group) for n, name in enumerate(names)):
            yield dict(zip(names, cells[1::2], strict=True)), rows
            continue
        layouts: dict[tuple[str, ...], list[int]] = {}
        for place, attributes in enumerate(group):
            layouts.setdefault(tuple(attributes[::2]), []).append(place)
        for layout, places in layouts.items():
            values = list(zip(*[group[place][1::2] for place in places], strict=True))
            yield dict(zip(layout, values, strict=True)), [rows[place] for place in places]


def _raw(attributes: Attributes) -> dict[str, Any]:
    return dict(zip(attributes[::2], attributes[1::2], strict=True))
