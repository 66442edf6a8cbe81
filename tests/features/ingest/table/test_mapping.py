"""Mistakes of a mapping file are told in plain words, with the line and the key."""

from pathlib import Path

import pytest

from features.ingest.table.load import BadMapping, load, parse
from features.ingest.table.mapping import Code, Event, Mapping, Table, When
from features.ingest.table.prepared import mistakes, prepare

GOOD = """tables:
  - name: labs
    files: "*.csv"
    patient: pid
    time: date
    events:
      - code: LOINC//4548-4
        value: value
        unit: "%"
"""


def told(text: str) -> str:
    with pytest.raises(BadMapping) as caught:
        parse(text, "m.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("time: date", "tiem: date", 5, "unknown key “tiem”; did you mean “time”?"),
        ("    patient: pid\n", "", 2, "patient: is missing"),
        ("time: date", "time: {column: date, zone: Europe/Moskva}", 5, "unknown zone “Europe/Moskva”"),
        ("time: date", 'time: {column: date, dates: "%d.%m"}', 5, "no year in it"),
        ("time: date", 'time: {column: date, dates: "%d.%m.%Q"}', 5, "unknown %Q"),
        ("time: date", "time: date\n    encoding: cp99", 6, "unknown encoding “cp99”"),
        ("time: date", "time: date\n    encoding: base64", 6, "unknown encoding “base64”"),
        ("time: date", 'time: date\n    thousands: "."', 6, "the decimal mark cannot be the thousands mark"),
        ("    time: date\n", "", 2, "say `time`"),
        ("name: labs", "name: 1/2", 2, "letters, digits"),
        ('unit: "%"', "unit: {}", 9, "say a unit"),
        ("code: LOINC//4548-4", "code: {column: a, template: b}", 7, "say one of"),
        ("code: LOINC//4548-4", "code: {column: a, lookup: none}", 1, "there is no lookup “none”"),
        ("tables:", "tables: [", 2, "this is no YAML"),
        ("    time: date", "    time: date\n    time: when", 6, "is there twice"),
    ],
)
def test_a_mistake_is_told_with_its_line(old: str, new: str, line: int, words: str) -> None:
    text = told(GOOD.replace(old, new))

    assert f"m.yaml, line {line}" in text
    assert words in text


def test_all_mistakes_are_told_at_once() -> None:
    text = told(GOOD.replace("time:", "tiem:").replace("value:", "vlaue:"))

    assert "tiem" in text
    assert "vlaue" in text


@pytest.mark.parametrize("text", ["", "x", "[]", "tables: x", "tables: []", "tables: [x]", "a: &a [*a]"])
def test_what_is_no_mapping_is_no_crash(text: str) -> None:
    assert told(text)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("LOINC//4548-4", "LOINC//hba1c", "has not the form of LOINC"),
        ("LOINC//4548-4", "LONIC//4548-4", "unknown vocabulary “LONIC”"),
        ("code: LOINC//4548-4", "code: {column: c, vocabulary: X}", "unknown vocabulary “X”"),
        ("code: LOINC//4548-4", "code: hba1c", "is no code"),
        ('unit: "%"', "unit: Иванов", "is no unit"),
        ('unit: "%"', "unit: kg", "does not lead to %"),
    ],
)
def test_codes_and_units_are_judged(old: str, new: str, words: str) -> None:
    assert words in "\n".join(mistakes(parse(GOOD.replace(old, new), "m.yaml")))


def test_a_column_that_no_file_has_is_told_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("pid,data,value\n")

    with pytest.raises(BadMapping, match="there is no column “date”; did you mean “data”"):
        prepare(parse(GOOD, "m.yaml"), tmp_path)


def test_a_column_that_is_there_twice_is_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("pid,date,value,value\n1,2024-01-01,5,6\n")

    with pytest.raises(BadMapping, match="more than once"):
        prepare(parse(GOOD, "m.yaml"), tmp_path)


@pytest.mark.parametrize("name", ["omop", "meds"])
def test_the_ready_mappings_have_no_mistake(name: str) -> None:
    assert not list(mistakes(load(name)))


def test_a_mapping_that_is_not_there_is_told_with_the_ready_ones() -> None:
    with pytest.raises(BadMapping, match="omop, meds"):
        load("nowhere.yaml")


def test_words_of_yaml_are_text() -> None:
    mapping = parse(GOOD.replace("value: value", "value: {column: v, map: {no: N, yes: Y, 08: 8}}"), "m.yaml")

    value = mapping.tables[0].events[0].value
    assert value is not None
    assert value.map == {"no": "N", "yes": "Y", "08": "8"}


def test_the_example_of_the_docs_is_a_mapping_without_a_mistake() -> None:
    page = Path(__file__).parents[4] / "docs" / "ingest_tables.md"
    example = page.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]

    mapping = parse(example, "docs")

    assert [table.name for table in mapping.tables] == ["labs", "examinations"]
    assert not list(mistakes(mapping))


def test_every_key_is_in_the_docs() -> None:
    page = (Path(__file__).parents[4] / "docs" / "ingest_tables.md").read_text(encoding="utf-8")

    keys = {name for model in (Mapping, Table, Event, Code, When) for name in model.model_fields} - {"const"}
    assert not {key for key in keys if key not in page}
