"""Published coefficients, as data files beside the equations."""

import csv
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "coefficients"


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of `coefficients/<name>.csv`, as text by column."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
