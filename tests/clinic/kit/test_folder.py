import os
import stat
from pathlib import Path

import pytest

from clinic.kit.folder import private_folder, sweep, write_all_private, write_partial, write_private


def test_a_written_file_is_private_whole_and_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = private_folder(tmp_path / "a" / "b")
        write_private(folder / "letter", b"text")
    finally:
        os.umask(before)

    assert [path.name for path in folder.iterdir()] == ["letter"]
    assert (folder / "letter").read_bytes() == b"text"
    assert stat.S_IMODE((folder / "letter").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_that_cannot_take_its_name_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "letter" / "inside").mkdir(parents=True)

    with pytest.raises(OSError):
        write_private(tmp_path / "letter", b"text")

    assert [path.name for path in tmp_path.iterdir()] == ["letter"]


def test_of_many_files_each_is_written_and_a_failure_is_told(tmp_path: Path) -> None:
    write_all_private({tmp_path / str(i): str(i).encode() for i in range(30)})
    (tmp_path / "taken" / "inside").mkdir(parents=True)

    assert {path.name: path.read_text() for path in tmp_path.glob("[0-9]*")} == {
        str(i): str(i) for i in range(30)
    }
    with pytest.raises(OSError):
        write_all_private({tmp_path / "new": b"", tmp_path / "taken": b""})


def test_what_an_interrupted_writer_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    write_partial(tmp_path / "a.eml", b"half")
    (tmp_path / "b.eml").touch()

    assert sweep(tmp_path) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["b.eml"]
