"""A laboratory's own names: found by the table, or queued; never guessed."""

import csv
from pathlib import Path

import pytest

from features.ingest.local_code import LocalCodes, TableError

HEAD = "sender,code,name,unit,loinc,confidence,checked_by,comment\n"


def table(folder: Path, *rows: str) -> LocalCodes:
    path = folder / "local_codes.csv"
    path.write_text(HEAD + "\n".join(rows), encoding="utf-8")
    return LocalCodes.load(path)


def test_a_code_of_a_sender_is_found_and_another_sender_does_not_share_it(tmp_path: Path) -> None:
    known = table(tmp_path, "LAB1,101,,,718-7,1,Петрова,")

    assert known.find("LAB1", "101", "Hb", "g/L") == "LOINC//718-7"
    assert known.find(" lab1 ", "101", None, None) == "LOINC//718-7"
    assert known.find("LAB2", "101", "X", "g/L") is None
    assert known.find(None, "101", "X", "g/L") is None


def test_a_name_is_found_whatever_its_case_and_spaces(tmp_path: Path) -> None:
    known = table(tmp_path, "*,,Гемоглобин общий,,718-7,1,Петрова,")

    assert known.find("LAB2", "X9", "  ГЕМОГЛОБИН  общий ", "г/л") == "LOINC//718-7"
    assert known.find(None, None, "гемоглобин вен", "г/л") is None


def test_a_row_with_a_unit_holds_for_that_unit_alone_and_goes_before_one_without(tmp_path: Path) -> None:
    known = table(tmp_path, "LAB,,NEUT,%,770-8,1,x,", "LAB,,NEUT,10*9/L,751-8,1,x,")

    assert known.find("LAB", None, "NEUT", "%") == "LOINC//770-8"
    assert known.find("LAB", None, "neut", "10*9/L") == "LOINC//751-8"
    assert known.find("LAB", None, "NEUT", None) is None


def test_the_sender_s_own_row_goes_before_the_one_for_all(tmp_path: Path) -> None:
    known = table(tmp_path, "*,,Glucose,,2345-7,1,x,", "LAB,,Glucose,,2339-0,1,x,")

    assert known.find("LAB", None, "Glucose", None) == "LOINC//2339-0"
    assert known.find("OTHER", None, "Glucose", None) == "LOINC//2345-7"


@pytest.mark.parametrize(
    "row", ["LAB,1,,,718-7,0.5,Петрова,", "LAB,1,,,718-7,1,,", "LAB,1,,,718-7,,Петрова,"]
)
def test_an_unsure_or_unchecked_row_is_not_used(tmp_path: Path, row: str) -> None:
    known = table(tmp_path, row)

    assert known.find("LAB", "1", None, None) is None
    assert list(known.unknown().values()) == [1]


def test_what_is_unknown_is_queued_with_its_count_and_can_be_moved_into_the_table(tmp_path: Path) -> None:
    known = table(tmp_path)
    for _ in range(3):
        assert known.find("LAB", "77", "Альбумин", "г/л") is None
    known.find("LAB", "78", "Белок", None)
    known.find("LAB", None, None, "г/л")

    assert known.queue(tmp_path / "home" / "review.csv") == 2
    with (tmp_path / "home" / "review.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))

    said = [(r["seen"], r["sender"], r["code"], r["name"], r["unit"]) for r in rows]
    assert said == [("3", "LAB", "77", "Альбумин", "г/л"), ("1", "LAB", "78", "Белок", "")]
    rows[0] |= {"loinc": "1751-7", "confidence": "1", "checked_by": "x"}
    with (tmp_path / "local.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerow(rows[0])
    assert LocalCodes.load(tmp_path / "local.csv").find("LAB", "77", "Альбумин", "г/л") == "LOINC//1751-7"


def test_an_empty_queue_writes_nothing(tmp_path: Path) -> None:
    assert LocalCodes().queue(tmp_path / "review.csv") == 0
    assert not (tmp_path / "review.csv").exists()


def test_the_queue_holds_no_number_of_a_person_and_no_formula_of_a_spreadsheet(tmp_path: Path) -> None:
    known = LocalCodes()
    known.find("LAB", "1", "=HYPERLINK(1) +7 9161234567", "г/л")
    known.queue(tmp_path / "review.csv")

    text = (tmp_path / "review.csv").read_text(encoding="utf-8-sig")
    assert "9161234567" not in text
    assert "'=HYPERLINK(1)" in text


def test_the_table_may_be_yaml_and_a_code_of_another_vocabulary(tmp_path: Path) -> None:
    path = tmp_path / "codes.yaml"
    path.write_text(
        "- {sender: LAB, code: 12, loinc: NMU//A05.10.006, confidence: 1, checked_by: Петрова}\n",
        encoding="utf-8",
    )

    assert LocalCodes.load(path).find("LAB", "12", None, None) == "NMU//A05.10.006"


def test_a_table_saved_by_a_russian_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    text = HEAD.replace(",", ";") + "LAB;5;Калий;;2823-3;0,9;Петрова;\n"
    path.write_text(text, encoding="utf-8-sig")

    assert LocalCodes.load(path).find("LAB", "5", "Калий", "ммоль/л") == "LOINC//2823-3"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("LAB,1,,,718,1,x,", "row 2: '718' is no LOINC code"),
        ("LAB,,,,718-7,1,x,", "row 2: say the sender's code or name"),
        ("LAB,1,,,718-7,2,x,", "row 2: `confidence`"),
        ("LAB,1,,,718-7,sure,x,", "row 2: `confidence`"),
        ("LAB,1,,,718-7,1,x,\nLAB,1,,,2345-7,1,x,", "two codes"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path: Path, row: str, why: str) -> None:
    with pytest.raises(TableError, match=why):
        table(tmp_path, row)


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00x")
    (tmp_path / "b.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (tmp_path / "c.yaml").write_text("a: 1", encoding="utf-8")
    for name, why in (
        ("a.csv", "UTF-8"),
        ("b.csv", "no column loinc"),
        ("c.yaml", "list of rows"),
        ("d.csv", "read"),
    ):
        with pytest.raises(TableError, match=why):
            LocalCodes.load(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "unit", "code"),
    [
        ("Холестерин общий", "ммоль/л", "LOINC//2093-3"),
        ("ОБЩИЙ  ХОЛЕСТЕРИН", "mg/dL", "LOINC//2093-3"),
        ("Т4 (свободный)", "пмоль/л", "LOINC//14920-3"),
        ("HbA1c", "ммоль/моль", "LOINC//4548-4"),
        ("Тромбоциты", "тыс/мкл", "LOINC//777-3"),
        ("Лейкоциты (WBC)", "10^9/л", "LOINC//6690-2"),
        ("Д-димер", "мкг/мл FEU", "LOINC//48065-7"),
    ],
)
def test_a_whole_known_name_with_a_unit_that_fits_is_used_and_still_listed(
    tmp_path: Path, name: str, unit: str, code: str
) -> None:
    known = LocalCodes()

    assert known.find("LAB", "1", name, unit) == code
    known.queue(tmp_path / "review.csv")
    assert "used already" in (tmp_path / "review.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Глюкоза", "ммоль/л"),  # of blood or of urine?
        ("Лейкоциты", "кл/мкл"),
        ("Лейкоциты (WBC)", "%"),
        ("Холестерин общий", None),
        ("Холестерин общий", "г/л FEU"),
        ("Д-димер", "мкг/мл"),  # FEU or DDU?
        ("Билирубин в моче", "мкмоль/л"),
        ("Холестерин общиЙ x", "ммоль/л"),
    ],
)
def test_a_name_that_leaves_something_open_is_queued_and_not_used(name: str, unit: str | None) -> None:
    known = LocalCodes()

    assert known.find("LAB", "1", name, unit) is None
    assert len(known.unknown()) == 1


def test_a_similar_name_is_suggested_and_one_of_another_specimen_or_unit_is_not(tmp_path: Path) -> None:
    known = LocalCodes()
    known.find("LAB", "1", "Холестерин общий (сыв.)", "ммоль/л")
    known.find("LAB", "2", "Креатинин", "мкмоль/л")
    known.find("LAB", "3", "Холестерин общий в моче", "ммоль/л")
    known.find("LAB", "4", "Холестерин общий", "шт")
    known.queue(tmp_path / "review.csv")

    with (tmp_path / "review.csv").open(encoding="utf-8-sig") as file:
        rows = {r["code"]: (r["loinc"], float(r["confidence"] or 0)) for r in csv.DictReader(file)}
    assert rows["1"][0] == "2093-3" and 0.6 < rows["1"][1] < 0.95
    assert rows["2"] == ("2160-0", 0.85)
    assert rows["3"] == ("", 0.0)
    assert rows["4"] == ("", 0.0)


def test_a_test_that_is_none_of_ours_is_neither_used_nor_queued_again(tmp_path: Path) -> None:
    known = table(tmp_path, "LAB,1,,,-,,,не анализ")

    assert known.find("LAB", "1", "Тромбоциты", "тыс/мкл") is None
    assert not known.unknown()
