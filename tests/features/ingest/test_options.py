"""What the user says about files: read once, refused in plain words."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from features.ingest.local_code import TableError
from features.ingest.options import Options, OptionsError, options


def test_without_a_file_the_default_holds(tmp_path: Path) -> None:
    default = Options(patient="p1", zone=ZoneInfo("Asia/Omsk"))

    assert options(tmp_path / "ingest.yaml", default) == default


def test_a_file_says_zone_charsets_and_local_codes(tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text(
        "sender,code,name,unit,loinc,confidence,checked_by,comment\nLAB,HGB,,,718-7,1,Петрова,\n", "utf-8"
    )
    path = tmp_path / "ingest.yaml"
    path.write_text(
        "zone: Europe/Samara\ncharsets:\n  LAB: windows-1251\nlocal_codes: codes.csv\n", encoding="utf-8"
    )

    found = options(path, Options(patient="p1"))

    assert (found.patient, found.zone) == ("p1", ZoneInfo("Europe/Samara"))
    assert found.charsets == {"LAB": "windows-1251"}
    assert found.codes.find("LAB", "HGB", None, None) == "LOINC//718-7"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("zone: Moon/Crater", "zone: 'Moon/Crater' is no zone"),
        ("charsets:\n  LAB: cyrillic-1", "'cyrillic-1' is no encoding"),
        ("charsets: windows-1251", "expected lines such as"),
        ("zones: Europe/Moscow", "unknown zones; known are"),
        ("- zone", "expected `key: value` lines"),
        ("zone: [", "cannot be read as YAML"),
    ],
)
def test_a_bad_file_is_refused_with_what_to_do(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "ingest.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(OptionsError, match=said):
        options(path)


def test_a_table_of_codes_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "ingest.yaml"
    path.write_text("local_codes: nowhere.csv", encoding="utf-8")

    with pytest.raises(TableError, match=r"nowhere\.csv"):
        options(path)
