"""Does a test turn red when a guard of the feature engine is wrong? Every mutant of its modules
(benchmarks/mutant.py) is put into a copy of the tree and the engine's tests are run on it.

A mutant that cannot be told from the original is listed with its reason in
benchmarks/mutation_equivalent.toml; one that is listed and is killed or gone is named too.

    python -m benchmarks.mutation                    all; an hour on one core
    python -m benchmarks.mutation --sample 40        some, drawn by --seed; written with --write alone
    python -m benchmarks.mutation --only day.py      those of modules with this in their path
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from benchmarks import report
from benchmarks.mutant import Mutant, mutants

ROOT = Path(__file__).parents[1]
EQUIVALENT = Path(__file__).with_name("mutation_equivalent.toml")
MODULES = (
    *sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "features" / "aggregate").glob("*.py")),
    *(
        f"features/{name}.py"
        for name in ("anniversary", "build", "clock", "day", "fact", "feature", "formula", "numbering")
    ),
    *(f"features/{name}.py" for name in ("placement", "plan", "recipe", "view", "visible", "window")),
)
# Nearly all mutants die by the quick ones.
QUICK = ("test_window", "test_set_point", "test_clock", "test_declaration", "test_formula", "test_build")
SLOW = ("test_aggregate",)
LIMIT = 240  # seconds; a mutant that takes longer hangs
COMPILED = ".compiled"
SETTINGS = "[pytest]\naddopts = --import-mode=importlib\nfilterwarnings = error\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, help="so many mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="modules with this in their path")
    parser.add_argument("--write", action="store_true", help="write the figures of a sample too")
    parser.add_argument("--jobs", type=int, default=1, help="at the same time")
    asked = parser.parse_args()

    every = [m for path in MODULES if asked.only in path for m in mutants(path, (ROOT / path).read_text())]
    reasons: dict[str, str] = tomllib.loads(EQUIVALENT.read_text())["equivalent"]
    chosen = every
    if asked.sample is not None:
        chosen = random.Random(asked.seed).sample(every, min(asked.sample, len(every)))
    start = time.monotonic()
    survivors = run([m for m in chosen if m.name not in reasons], asked.jobs)
    listed = [m for m in chosen if m.name in reasons]
    figures = {
        "mutants": len(every),
        "tried": len(chosen),
        "killed": len(chosen) - len(survivors) - len(listed),
        "survived": len(survivors),
        "equivalent": len(listed),
        "minutes": round((time.monotonic() - start) / 60, 1),
    }
    for name, figure in figures.items():
        print(f"{name:12} {figure:>8,}")
    for mutant in survivors:
        print(f"survived  {mutant.name}")
    for name in sorted(set(reasons) - {m.name for m in every}) if not asked.only else []:
        print(f"listed but gone  {name}")
    if asked.write or (asked.sample is None and not asked.only):
        report.write("mutation", figures)


def run(chosen: Sequence[Mutant], jobs: int) -> list[Mutant]:
    """The mutants that no test tells from the original.

    Raises:
        SystemExit: the tests are red without any mutant.
    """
    with _trees(jobs) as trees:
        for _ in range(jobs):
            tree = trees.get()
            if not _red_or_green(tree):
                sys.exit("the tests are red before anything is changed")
            (tree / COMPILED).touch()
            trees.put(tree)
        total = len(chosen)

        def one(numbered: tuple[int, Mutant]) -> bool:
            number, mutant = numbered
            tree = trees.get()
            try:
                green = _survives(tree, mutant)
            finally:
                trees.put(tree)
            print(f"{number + 1}/{total} {'SURVIVED' if green else 'killed'} {mutant.name}", flush=True)
            return green

        with ThreadPoolExecutor(jobs) as pool:
            return [m for m, green in zip(chosen, pool.map(one, enumerate(chosen)), strict=True) if green]


@contextmanager
def _trees(jobs: int) -> Iterator["SimpleQueue[Path]"]:
    """Copies of what the tests need, one for each job."""
    with tempfile.TemporaryDirectory() as folder:
        trees: SimpleQueue[Path] = SimpleQueue()
        for job in range(jobs):
            tree = Path(folder) / str(job)
            ignore = shutil.ignore_patterns("__pycache__", ".hypothesis")
            shutil.copytree(ROOT / "features", tree / "features", ignore=ignore)
            (tree / "tests" / "features").mkdir(parents=True)
            for name in (*QUICK, *SLOW):
                shutil.copy(ROOT / "tests" / "features" / f"{name}.py", tree / "tests" / "features")
            (tree / "pytest.ini").write_text(SETTINGS)
            trees.put(tree)
        yield trees


def _survives(tree: Path, mutant: Mutant) -> bool:
    path = tree / mutant.name.split()[0]
    original = path.read_text()
    path.write_text(mutant.text)
    try:
        return _red_or_green(tree)
    finally:
        path.write_text(original)


def _red_or_green(tree: Path) -> bool:
    """Whether all tests pass on the tree; the slow ones are asked only if the quick ones see nothing."""
    return all(_passes(tree, names) for names in (QUICK, SLOW))


def _passes(tree: Path, names: Sequence[str]) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider"]
    command += ["-p", "_hypothesis_pytestplugin", "--hypothesis-seed=1"]
    command += [f"tests/features/{name}.py" for name in names]
    # Only the first run, on the original, keeps bytecode: a mutant must not be taken for another one.
    compiled = (tree / COMPILED).exists()
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree),
        "PYTHONDONTWRITEBYTECODE": "1" if compiled else "",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "POLARS_MAX_THREADS": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(tree / ".hypothesis"),
    }
    try:
        done = subprocess.run(
            command, cwd=tree, env=environment, capture_output=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


if __name__ == "__main__":
    main()
