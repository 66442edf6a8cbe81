"""Where the events of a MEDS data set lie."""

from pathlib import Path

from features.error import Problem


class NoEventFiles(Problem):
    """There is nothing here that could hold events."""


def files(place: Path) -> list[Path]:
    """The Parquet files of events in order of name: `place` itself, or all below its `data/`, or below it;
    hidden ones and metadata are left out.

    Raises:
        NoEventFiles: there are none.
    """
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise NoEventFiles("There is no such file or folder of events.")
    root = place / "data" if (place / "data").is_dir() else place
    found = [
        file
        for file in sorted(root.rglob("*.parquet"))
        if not any(part.startswith((".", "_")) or part == "metadata" for part in file.relative_to(root).parts)
    ]
    if not found:
        raise NoEventFiles("The folder holds no Parquet file of events (data/**/*.parquet or *.parquet).")
    return found
