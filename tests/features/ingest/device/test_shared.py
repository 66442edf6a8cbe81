"""Wearables data of others: all of it read, left out or kept aside with a reason, none of it lost."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from features.ingest import Options, reason

if TYPE_CHECKING:
    from tests.features.ingest.conftest import Bench

SHARED = Path(os.environ.get("SMARTCLINIC_SHARED_DATA") or Path(__file__).parents[5] / "shared" / "data")
WEARABLES = SHARED / "wearables"
pytestmark = pytest.mark.skipif(not WEARABLES.is_dir(), reason="the data of others is not here")
ME = Options(patient="p1")


@pytest.mark.parametrize(
    ("folder", "options", "mapped"),
    [
        ("apple_health", ME, 30),
        ("fitbit_mturk", Options(), 1273),
        ("garmin_fit", ME, 2260),
        ("open_mhealth", ME, 29),
        ("shanghai/raw_samples", ME, 2788),
    ],
)
def test_every_item_of_a_folder_has_an_outcome(
    bench: Bench, folder: str, options: Options, mapped: int
) -> None:
    account = bench.ingest(WEARABLES / folder, options=options)

    assert account.mapped >= mapped
    again = bench.ingest(WEARABLES / folder, options=options)
    assert again.new_events == 0
    assert again.mapped == account.mapped


def test_no_damaged_fit_file_is_read(bench: Bench) -> None:
    account = bench.ingest(WEARABLES / "garmin_fit", options=ME)

    found = {(why, count) for why, kind, count in account.reasons("quarantined") if kind == "(unreadable)"}
    assert found == {(reason.FIT_CHECKSUM, 2), (reason.FIT_SHORT, 1)}


def test_days_of_fitbit_are_those_that_it_states(bench: Bench) -> None:
    bench.ingest(WEARABLES / "fitbit_mturk")

    steps = bench.events.filter(bench.events["code"] == "LOINC//41950-7")
    assert steps.height == steps.select("subject_id", "time").n_unique()
    assert int(steps["numeric_value"].max()) == 36_019  # type: ignore[arg-type]  # a column of numbers
