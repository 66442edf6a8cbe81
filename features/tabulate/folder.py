"""The output folder: nothing of anybody else's is replaced, and what a killed run left is swept."""

import glob
import os
import shutil
from pathlib import Path

from features.tabulate.error import TabulationError
from features.tabulate.load import META


def free(out: Path) -> None:
    """Make `out` ready to be written.

    Raises:
        TabulationError: it holds something that is no tabulation.
    """
    if out.exists() and not (out / META).exists() and (not out.is_dir() or any(out.iterdir())):
        raise TabulationError("The output folder holds something else: name a new or empty one with --out.")
    out.parent.mkdir(parents=True, exist_ok=True)
    for left in out.parent.glob(f".{glob.escape(out.name)}.*"):
        if left.suffix[1:].isdecimal() and not _alive(int(left.suffix[1:])):
            shutil.rmtree(left)  # by a run that was killed


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's
    return True
