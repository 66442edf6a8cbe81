"""Names of codes from the registers that a clinic provides."""

import gzip
import os
from pathlib import Path

import pytest

from features import dictionary, register
from features.register import RegisterError

SHARED = Path(os.environ.get("SMARTCLINIC_SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data")


def written(folder: Path, text: str, name: str = "register.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_ministrys_register_is_read_and_a_name_in_use_goes_before_an_old_one(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "ID;REC_CODE;MKB_CODE;MKB_NAME;ID_PARENT;ADDL_CODE;ACTUAL;DATE\n"
        '1;01;"I";"КЛАСС";;;1;\n2;01;"А00.0";"Холера, вызванная\u00a0вибрионом";1;;1;\n3;01;A00.0;Старое;1;;0;\n',
    )

    assert register.names(path) == {"ICD10//A00.0": "Холера, вызванная вибрионом"}


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("code,name\nA10BA02,Метформин\nC10AA05,Аторвастатин\n", "ATC//A10BA02", "Метформин"),
        ("code,name\nE11.9,Диабет\nI10,Гипертензия\n", "ICD10//E11.9", "Диабет"),
        ('"LOINC_NUM","LONG_COMMON_NAME"\n"718-7","Hemoglobin"\n', "LOINC//718-7", "Hemoglobin"),
        ("S_CODE\tNAME\nA06.09.006\tФлюорография\n", "NMU//A06.09.006", "Флюорография"),
    ],
)
def test_a_register_is_told_by_its_columns_or_by_its_codes(
    tmp_path: Path, text: str, code: str, name: str
) -> None:
    assert register.names(written(tmp_path, text))[code] == name


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a,b\n1,2\n", "column of codes"),
        ("", "column of codes"),
        ("code,name\nIvanov,1\nPetrov,2\n", "none of ATC"),
        ("mkb_code,name\nx,y\n", "no row"),
    ],
)
def test_what_is_no_register_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(RegisterError, match=why):
        register.names(written(tmp_path, text))


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RegisterError, match="UTF-8"):
        register.names(tmp_path / "x.csv")


def test_a_register_of_the_user_names_codes_that_ours_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dictionary, "NAMES", dict(dictionary.NAMES))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress("code,name\nG43.9,Мигрень\nI10,Гипертензия\n".encode()))
    written(tmp_path, "not a register", "notes.txt")

    dictionary.extend(register.folder(tmp_path))

    assert dictionary.NAMES["ICD10//G43.9"] == "Мигрень"
    assert dictionary.NAMES["ICD10//I10"] == "Гипертензия"
    assert dictionary.NAMES["ATC//A10BA02"] == "Метформин"
    assert register.folder(tmp_path / "nowhere") == ()


def test_our_own_names_are_those_of_the_published_register() -> None:
    path = next((SHARED / "ref_mkb10_ru").glob("mkb10_minzdrav*"), None)
    if path is None:
        pytest.skip("the register is not here")
    published = register.names(path)

    assert len(published) > 14_000
    assert {f"ICD10//{code}" for code in dictionary.DIAGNOSES} <= set(published)
