"""XLSX and Parquet, and the ready mappings of OMOP and MEDS."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]  # it has no types
import polars as pl
import pytest

from features.ingest import Account, NothingReadable, Options, reason
from features.ingest.table.load import load, parse
from features.ingest.table.mapping import Mapping
from features.ingest.table.prepared import prepare

MAPPING = """
decimal: ","
zone: Europe/Moscow
tables:
  - name: labs
    files: ["*.xlsx", "*.parquet"]
    patient: pid
    time: date
    dates: "%d.%m.%Y"
    events:
      - {code: {column: code, vocabulary: LOINC}, value: value, unit: {column: unit}}
"""
SHEET = MAPPING.replace("    patient", "    sheet: Анализы\n    header: 3\n    patient")
Take = Callable[..., Account]


@pytest.fixture
def take(bench: Any) -> Take:
    """Ingest what is in the inputs with a mapping."""

    def run(mapping: str | Mapping, **changes: Any) -> Account:
        said = mapping if isinstance(mapping, Mapping) else parse(mapping, "m.yaml")
        found: Account = bench.ingest(options=Options(tables=prepare(said, bench.inputs)), **changes)
        return found

    return run


def book(rows: list[list[Any]], title: str = "Анализы") -> bytes:
    made = openpyxl.Workbook()
    made.active.title = "Титул"
    sheet = made.create_sheet(title)
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


HEAD: list[list[Any]] = [["Отчёт"], [None], ["pid", "date", "code", "value", "unit"]]


def test_cells_of_excel_are_read_by_their_kind(bench: Any, take: Take) -> None:
    rows: list[list[Any]] = [
        [1, datetime(2024, 6, 5, 10, 30), "4548-4", 6.5, "%"],
        [2.0, datetime(2024, 6, 5), "4548-4", 7, "%"],
        ["3", "05.06.2024", "4548-4", "8,5", "%"],
        [4, date(2024, 6, 5), "4548-4", "много", "%"],
        [],
        [None, None, None, None, None],
        [5, datetime(2024, 6, 5), "4548-4", None, "%"],
    ]
    bench.write("a.xlsx", book([*HEAD, *rows]))

    account = take(SHEET)

    assert (account.mapped, account.ignored, account.quarantined) == (3, 1, 1)
    assert [(item["line"], item["reason"]) for item in bench.items] == [(7, reason.ROW_NUMBER)]
    assert sorted(bench.events.select("time", "numeric_value").rows()) == [
        (datetime(2024, 6, 5, 7, 30), 6.5),
        (datetime(2024, 6, 5, 20, 59, 59), 7.0),
        (datetime(2024, 6, 5, 20, 59, 59), 8.5),
    ]


def test_a_formula_is_what_excel_last_made_of_it(bench: Any, take: Take) -> None:
    raw = book([*HEAD, [1, datetime(2024, 6, 5), "4548-4", "=3+3.5", "%"]])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(
                name,
                old.read(name)
                .replace(b"<f>3+3.5</f><v></v>", b"<f>3+3.5</f><v>6.5</v>")
                .replace(b"<f>3+3.5</f><v />", b"<f>3+3.5</f><v>6.5</v>"),
            )
    bench.write("a.xlsx", out.getvalue())

    take(SHEET)

    assert bench.event("LOINC//4548-4")["numeric_value"] == 6.5


def test_date_and_time_in_two_cells_of_excel_are_one_instant(bench: Any, take: Take) -> None:
    mapping = MAPPING.replace("time: date", "time: [date, at]")
    header = ["pid", "date", "at", "code", "value", "unit"]
    made = openpyxl.Workbook()
    made.active.append(header)
    made.active.append([1, datetime(2024, 6, 5), time(10, 30), "4548-4", 6.5, "%"])
    out = io.BytesIO()
    made.save(out)
    bench.write("a.xlsx", out.getvalue())

    take(mapping)

    assert bench.event("LOINC//4548-4")["time"] == datetime(2024, 6, 5, 7, 30)


def rezipped(raw: bytes, changes: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in {*old.namelist(), *changes}:
            new.writestr(name, changes.get(name, b"") or old.read(name))
    return out.getvalue()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda raw: raw[: len(raw) // 2], reason.BROKEN_ZIP),
        (lambda raw: rezipped(raw, {"xl/sharedStrings.xml": b" " * (65 << 20)}), reason.LARGE_XLSX),
        (lambda raw: rezipped(raw, {"xl/worksheets/sheet2.xml": b"<worksheet"}), reason.BROKEN_XLSX),
        (lambda raw: rezipped(raw, {"xl/workbook.xml": b"<workbook/>"}), None),
    ],
)
def test_a_spoilt_workbook_is_kept_aside_and_the_run_goes_on(
    bench: Any, take: Take, spoil: Callable[[bytes], bytes], why: str | None
) -> None:
    raw = book([*HEAD, [1, datetime(2024, 6, 5), "4548-4", 6.5, "%"]])
    bench.write("a.xlsx", raw)
    bench.write("b.xlsx", spoil(raw))

    account = take(SHEET)

    assert account.mapped == 1
    assert len(bench.reasons) == 1
    assert why is None or bench.reasons == [why]


def test_a_sheet_that_is_not_there_is_said(bench: Any, take: Take) -> None:
    bench.write("a.xlsx", book([*HEAD], "Другой"))

    with pytest.raises(Exception, match="no such sheet"):
        take(SHEET)


def test_entities_and_doctypes_in_a_workbook_bring_nothing_in(bench: Any, take: Take) -> None:
    raw = book([*HEAD, [1, datetime(2024, 6, 5), "4548-4", 6.5, "%"]])
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        sheet = archive.read("xl/worksheets/sheet2.xml")
    doctype = b'<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet'
    evil = sheet.replace(b"<worksheet", doctype, 1).replace(b">%<", b">&x;<")
    assert b"&x;" in evil
    bench.write("a.xlsx", raw)
    bench.write("b.xlsx", rezipped(raw, {"xl/worksheets/sheet2.xml": evil}))

    account = take(SHEET)

    assert account.mapped == 1
    assert "root:" not in str(bench.items)


def test_parquet_is_read_by_its_types(bench: Any, take: Take) -> None:
    frame = pl.DataFrame(
        {
            "pid": [1, 2, None],
            "date": [datetime(2024, 6, 5, 10), None, datetime(2024, 6, 5)],
            "code": ["4548-4"] * 3,
            "value": [6.5, 7.0, 8.0],
            "unit": ["%"] * 3,
        }
    )
    bench.inputs.mkdir(parents=True)
    frame.write_parquet(bench.inputs / "a.parquet")

    account = take(MAPPING)

    assert (account.mapped, account.quarantined) == (1, 2)
    assert bench.event("LOINC//4548-4")["time"] == datetime(2024, 6, 5, 7)
    assert sorted(bench.reasons) == sorted([reason.ROW_TIME, reason.ROW_PATIENT])


def test_a_zoned_instant_and_a_date_of_parquet_are_what_they_are(bench: Any, take: Take) -> None:
    bench.inputs.mkdir(parents=True)
    base = {"pid": ["1"], "code": ["4548-4"], "value": ["6,5"], "unit": ["%"]}
    zoned = pl.Series([datetime(2024, 6, 5, 10)]).dt.replace_time_zone("Asia/Tokyo")
    pl.DataFrame({**base, "date": zoned}).write_parquet(bench.inputs / "a.parquet")
    pl.DataFrame({**base, "date": [date(2024, 6, 6)]}).write_parquet(bench.inputs / "b.parquet")

    take(MAPPING)

    assert bench.events["time"].to_list() == [datetime(2024, 6, 5, 1), datetime(2024, 6, 6, 20, 59, 59)]


def test_a_spoilt_parquet_file_is_kept_aside(bench: Any, take: Take) -> None:
    bench.inputs.mkdir(parents=True)
    base = {"pid": ["1"], "code": ["4548-4"], "value": ["6,5"], "unit": ["%"], "date": [date(2024, 6, 6)]}
    pl.DataFrame(base).write_parquet(bench.inputs / "a.parquet")
    raw = (bench.inputs / "a.parquet").read_bytes()
    bench.write("b.parquet", raw[:-40])
    bench.write("c.parquet", raw[:4] + bytes(len(raw) - 8) + raw[-4:])

    account = take(MAPPING)

    assert account.mapped == 1
    assert bench.reasons == [reason.BROKEN_PARQUET] * 2


OMOP = {
    "concept.csv": "concept_id,concept_name,domain_id,vocabulary_id,concept_class_id,standard_concept,concept_code\n"
    "3004410,HbA1c,Measurement,LOINC,Lab Test,S,4548-4\n201826,T2DM,Condition,SNOMED,,S,44054006\n"
    "45576876,T2DM,Condition,ICD10CM,,,E11.9\n1539403,simva,Drug,RxNorm,,S,36567\n9,X,Unit,Other,,,x\n",
    "person.csv": "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth,gender_source_value\n"
    "1,8507,1970,3,2,M\n2,8532,1980,,,F\n",
    "visit_occurrence.csv": "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_start_datetime\n"
    "10,1,9202,2020-01-05,2020-01-05 09:00:00\n11,2,4444,2020-01-06,\n",
    "condition_occurrence.csv": "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,"
    "condition_start_datetime,condition_source_value,condition_source_concept_id\n"
    "20,1,201826,2020-01-05,,E11.9,45576876\n21,2,0,2020-01-06,,E11.9,45576876\n22,2,0,2020-01-06,,гипертония,0\n",
    "drug_exposure.csv": "drug_exposure_id,person_id,drug_concept_id,drug_exposure_start_date,"
    "drug_exposure_start_datetime,drug_source_value,drug_source_concept_id\n30,1,1539403,2020-02-01,,simva,0\n",
    "measurement.csv": "measurement_id,person_id,measurement_concept_id,measurement_date,measurement_datetime,"
    "operator_concept_id,value_as_number,value_as_concept_id,unit_source_value,measurement_source_value,"
    "measurement_source_concept_id\n40,1,3004410,2020-02-01,2020-02-01 08:00:00,4171756,6.5,0,%,a1c,0\n"
    "41,1,3004410,2020-02-02,,,,9191,,a1c,0\n",
    "observation.csv": "observation_id,person_id,observation_concept_id,observation_date,observation_datetime,"
    "value_as_number,value_as_string,value_as_concept_id,unit_source_value,observation_source_value,"
    "observation_source_concept_id\n50,1,0,2020-02-01,,,Иванов,0,,курит,0\n",
    "procedure_occurrence.csv": "procedure_occurrence_id,person_id,procedure_concept_id,procedure_date,"
    "procedure_datetime,procedure_source_value,procedure_source_concept_id\n60,1,0,2020-02-01,,A05.10.006,0\n",
    "death.csv": "person_id,death_date,death_datetime\n2,2021-05-06,\n",
    "care_site.csv": "care_site_id,care_site_name\n1,x\n",
}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_omop_database_is_read_without_a_word(bench: Any, take: Take, form: str) -> None:
    bench.inputs.mkdir(parents=True)
    for name, text in OMOP.items():
        if form == "csv":
            bench.write(name, text)
        else:
            frame = pl.read_csv(text.encode(), try_parse_dates=True)
            frame.write_parquet(bench.inputs / name.replace(".csv", ".parquet"))

    account = take(load("omop"))

    assert account.quarantined == 0
    assert account.mapped == sum(
        text.count("\n") - 1 for name, text in OMOP.items() if name not in ("concept.csv", "care_site.csv")
    )
    codes = [code for code in bench.codes() if not code.startswith("OTHER//")]
    assert [code for code in codes if not code.startswith("ENCOUNTER//")] == [
        "ICD10CM//E11.9",
        "LOINC//4548-4",
        "LOINC//4548-4",
        "MEDS_BIRTH",
        "MEDS_BIRTH",
        "MEDS_DEATH",
        "RXNORM//36567",
        "SEX//F",
        "SEX//M",
        "SNOMED//44054006",
    ]
    assert "ENCOUNTER//AMB" in codes
    measured = bench.events.filter(pl.col("code") == "LOINC//4548-4").select(
        "numeric_value", "text_value", "unit"
    )
    assert measured.rows() == [(6.5, "<", "%"), (None, "positive", None)]
    assert bench.event("MEDS_DEATH")["time"] == datetime(2021, 5, 6, 23, 59, 59)
    assert not any("Иванов" in str(row) for row in bench.events.rows())
    assert take(load("omop")).new_events == 0


def test_a_meds_dataset_is_read_without_a_word(bench: Any, take: Take) -> None:
    frame = pl.DataFrame(
        {
            "subject_id": [7, 7, 7, 7, 7, 7],
            "time": [None, datetime(1970, 3, 2), *[datetime(2024, 6, 5, 10)] * 4],
            "code": [
                "GENDER//F",
                "MEDS_BIRTH",
                "LOINC//4548-4",
                "LOINC//4548-4",
                "DIAGNOSIS//ICD//10//E119",
                "LAB//x",
            ],
            "numeric_value": [None, None, 6.5, 6.7, None, 1.0],
            "text_value": [None, None, None, None, "Иванов", "negative"],
        },
        schema_overrides={"numeric_value": pl.Float32, "text_value": pl.String},
    )
    (bench.inputs / "data" / "train").mkdir(parents=True)
    (bench.inputs / "metadata").mkdir()
    frame.write_parquet(bench.inputs / "data" / "train" / "0.parquet")
    pl.DataFrame({"code": ["LAB//x"]}).write_parquet(bench.inputs / "metadata" / "codes.parquet")

    account = take(load("meds"))

    assert (account.mapped, account.quarantined) == (6, 0)
    assert set(bench.codes()) >= {"SEX//F", "MEDS_BIRTH", "LOINC//4548-4", "ICD10CM//E11.9"}
    assert bench.events.height == 6
    assert bench.event("SEX//F")["time"] is None
    assert "Иванов" not in bench.events.write_csv()
    assert take(load("meds")).new_events == 0


SHIFT = -64_500  # days that bring the shifted dates of MIMIC into the past


def test_mimic_as_omop_is_read(bench: Any, shared_data: Path, take: Take) -> None:
    bench.inputs.symlink_to(shared_data / "mimic_iv_demo" / "omop")

    account = take(load("omop").model_copy(update={"shift_days": SHIFT}))

    read = {line.type: line.read for line in account.table()}
    assert (read["table condition_occurrence"], read["table drug_exposure"]) == (16_441, 18_229)
    assert {why for why, _, _ in account.reasons("quarantined")} <= {reason.ROW_BIRTH}


@pytest.mark.slow
def test_mimic_as_meds_is_read(bench: Any, shared_data: Path, take: Take) -> None:
    bench.inputs.symlink_to(shared_data / "mimic_iv_demo")

    account = take(
        load("meds").model_copy(update={"shift_days": SHIFT}),
        inputs=bench.inputs / "mimic_iv_demo_meds_events.parquet",
    )

    assert account.resources == 916_166
    assert account.quarantined == 42  # births that lie before 1900 then


def test_a_mapping_that_no_file_fits_is_said_before_anything_is_read(bench: Any, take: Take) -> None:
    bench.write("a.txt", "x")

    with pytest.raises(Exception, match="none of the files"):
        take(load("omop"))
    assert not bench.store.exists()


def test_a_whole_workbook_of_bad_rows_is_not_a_success(bench: Any, take: Take) -> None:
    bench.write("a.xlsx", book([*HEAD, [1, datetime(2024, 6, 5), "4548-4", "x", "%"]]))

    with pytest.raises(NothingReadable):
        take(SHEET)
