"""MEDS-Tab 0.2.0, the field's tool for the same task: its own environment, its three commands, and its
matrices by name. Nothing of it comes into the environment of this repository."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import polars as pl
from numpy.typing import NDArray

WANTED = ("meds-tab==0.2.0", "polars==1.35.2")  # with a newer polars it does not start
HOME = Path(__file__).resolve().parent.parent / "var" / "meds-tab"
AGGREGATES = ("static/present", "code/count", "value/count", "value/sum", "value/min", "value/max")
WINDOWS = ("30d", "365d", "full")
# A process begins with the peak memory of the one that starts it: so a small one starts what is measured.
_START = """
import json, os, sys
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(process, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime]))
"""
_SUFFIX = {"static": "/static/present", "code": "/code", "value": "/value"}


@dataclass(frozen=True)
class Cost:
    """`cpu`: seconds of all cores, which other work on the machine hardly changes. `peak`: bytes of the
    largest process."""

    seconds: float
    cpu: float
    peak: int


def environment() -> Path:
    """The folder of its commands; installed on first use (minutes). `MEDS_TAB_ENV` names another
    environment that has it."""
    home = Path(os.environ.get("MEDS_TAB_ENV") or HOME)
    if not (home / "bin" / "meds-tab-describe").exists():
        print(f"Installing {' and '.join(WANTED)} into {home} …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        pip = [str(home / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "-q", "install"]
        subprocess.run([*pip, *WANTED], check=True, stderr=subprocess.DEVNULL)
    return home / "bin"


def measured(*commands: list[str], log: Path) -> Cost:
    """Run commands one after another; their times together, and the peak of the largest."""
    begun, peak, cpu = perf_counter(), 0, 0.0
    for command in commands:
        with log.open("ab") as out:
            done = subprocess.run(
                [sys.executable, "-S", "-c", _START, *command], stdout=subprocess.PIPE, stderr=out, check=True
            )
        *said, last = done.stdout.decode().splitlines()
        code, largest, spent = json.loads(last)
        if code:
            raise SystemExit(f"{command[0]} failed: see {log}\n" + "\n".join(said))
        peak = max(peak, largest)
        cpu += spent
    return Cost(perf_counter() - begun, cpu, peak)


def run(commands: Path, data: Path, labels: Path, out: Path, min_count: int) -> Cost:
    """Tabulate the rows of `labels` (a folder of shards, as it wants them) into `out`."""
    paths = [f"input_dir={data / 'data'}", f"output_dir={out}"]
    options = [
        "do_overwrite=False",
        f"input_label_dir={labels}",
        f"tabularization.min_code_inclusion_count={min_count}",
        f"tabularization.window_sizes=[{','.join(WINDOWS)}]",
        f"tabularization.aggs=[{','.join(AGGREGATES)}]",
    ]
    series = ["--multirun", "worker=range(0,1)", "hydra/launcher=joblib"]
    return measured(
        [str(commands / "meds-tab-describe"), *paths],
        [str(commands / "meds-tab-tabularize-static"), *paths, *options],
        [str(commands / "meds-tab-tabularize-time-series"), *series, *paths, *options],
        log=out.with_suffix(".log"),
    )


def rows(out: Path, wanted: NDArray[np.int64]) -> list[dict[tuple[str, str, str | None], float]]:
    """Its entries in these rows: (code, aggregate, window) → value. It stores no zeros."""
    features = sorted(pl.read_parquet(out / "metadata" / "codes.parquet")["code"].to_list())
    found: list[dict[tuple[str, str, str | None], float]] = [{} for _ in wanted]
    order = np.argsort(wanted)
    for aggregate in AGGREGATES:
        family = aggregate.split("/")[0]
        ending = _SUFFIX[family]
        codes = [name.removesuffix(ending) for name in features if name.endswith(ending)]
        for window in ("none",) if family == "static" else WINDOWS:
            data, row, column = np.load(out / "tabularize" / "train" / "0" / window / f"{aggregate}.npz")[
                "array"
            ]
            place = np.minimum(np.searchsorted(wanted[order], row), len(wanted) - 1)
            for at in np.flatnonzero(wanted[order][place] == row).tolist():
                key = (codes[int(column[at])], aggregate, None if window == "none" else window)
                found[int(order[place[at]])][key] = float(data[at])
    return found
