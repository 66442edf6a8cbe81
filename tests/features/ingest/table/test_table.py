"""Tables through a mapping, end to end: rows to events, bad rows aside with the reason and the line."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import polars as pl
import pytest

from features import visible
from features.ingest import Account, NothingReadable, Options, reason
from features.ingest.local_code import LocalCode, LocalCodes
from features.ingest.table.load import parse
from features.ingest.table.prepared import prepare

LONG = """
dates: ["%d.%m.%Y %H:%M", "%d.%m.%Y"]
tables:
  - name: labs
    files: "*.csv"
    patient: pid
    time: date
    zone: Europe/Moscow
    events:
      - code: {column: code, vocabulary: LOINC}
        value: value
        unit: {column: unit}
"""
RECORD = LONG.replace(
    "    time: date\n", "    time: date\n    record: id\n    known_at: {column: known, optional: true}\n"
)
HEADER = "pid,date,code,value,unit\n"
GOOD = "1,05.06.2024 10:00,4548-4,6.5,%\n"
Take = Callable[..., Account]


@pytest.fixture
def take(bench: Any) -> Take:
    """Ingest what is in the inputs with a mapping."""

    def run(mapping: str = LONG, codes: LocalCodes | None = None, **changes: Any) -> Account:
        prepared = prepare(parse(mapping, "m.yaml"), bench.inputs)
        options = Options(tables=prepared, codes=codes or LocalCodes())
        found: Account = bench.ingest(options=options, **changes)
        return found

    return run


def test_a_row_becomes_an_event_in_utc(bench: Any, take: Take) -> None:
    bench.write("labs.csv", HEADER + GOOD)

    account = take()

    event = bench.event("LOINC//4548-4")
    assert account.mapped == 1
    assert event["time"] == event["known_at"] == datetime(2024, 6, 5, 7)
    assert (event["numeric_value"], event["unit"], event["source"]) == (6.5, "%", "table")
    assert event["source_id"].startswith("table/")


def test_a_date_alone_is_the_end_of_that_day_in_its_zone(bench: Any, take: Take) -> None:
    bench.write("labs.csv", HEADER + "1,05.06.2024,4548-4,6.5,%\n")

    take()

    assert bench.event("LOINC//4548-4")["time"] == datetime(2024, 6, 5, 20, 59, 59)


def test_today_is_no_later_than_now(bench: Any, take: Take) -> None:
    bench.write("labs.csv", HEADER + "1,25.11.2026,4548-4,6.5,%\n")

    take()

    assert bench.event("LOINC//4548-4")["time"] == datetime(2026, 11, 25, 12)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("1,31.02.2024,4548-4,6.5,%", reason.ROW_DATE),
        ("1,,4548-4,6.5,%", reason.ROW_TIME),
        ("1,05.06.2030,4548-4,6.5,%", reason.FUTURE),
        ("1,05.06.1899,4548-4,6.5,%", reason.TOO_OLD),
        ("1,05.06.2024,4548-4,высокий,%", reason.ROW_NUMBER),
        (",05.06.2024,4548-4,6.5,%", reason.ROW_PATIENT),
        ("1,05.06.2024,,6.5,%", reason.NO_CODE),
        ("1,05.06.2024,4548-4,6.5", reason.CELLS),
        ("1,05.06.2024,4548-4,6,5,%", reason.CELLS),
        ('1,"05.06.2024,4548-4,6.5,%', reason.ROW_QUOTE),
        ("1,27.03.2011 02:30,4548-4,6.5,%", reason.ROW_CLOCK),
    ],
)
def test_a_bad_row_is_kept_aside_with_its_line_and_the_others_are_read(
    bench: Any, take: Take, row: str, why: str
) -> None:
    bench.write("labs.csv", f"{HEADER}{GOOD}{row}\n{GOOD.replace('1,', '2,', 1)}")

    account = take()

    assert (account.mapped, account.quarantined) == (2, 1)
    assert [(item["reason"], item["line"], item["raw"]) for item in bench.items] == [(why, 3, row)]


def test_a_row_without_a_value_is_ignored_and_an_empty_one_too(bench: Any, take: Take) -> None:
    bench.write("labs.csv", f"{HEADER}1,05.06.2024,4548-4,,%\n,,,,\n{GOOD}")

    account = take()

    assert {(why, n) for why, _, n in account.reasons("ignored")} == {
        (reason.NOTHING_MEASURED, 1),
        (reason.ROW_EMPTY, 1),
    }


def test_bytes_of_another_encoding_cost_their_rows(bench: Any, take: Take) -> None:
    bench.write("labs.csv", HEADER.encode() + GOOD.encode() * 5_000 + b"\xcf\xe5,05.06.2024,4548-4,6.5,%\n")

    account = take()

    assert account.mapped == 5_000
    assert bench.reasons == [reason.ROW_LOST]


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "utf-8-sig", "utf-16"])
def test_a_table_as_russian_excel_writes_it(bench: Any, take: Take, encoding: str) -> None:
    mapping = """
encoding: ENCODING
decimal: ","
thousands: " "
missing: ["-", "н/д"]
tables:
  - name: анализы
    files: "*.csv"
    patient: Карта
    time: [Дата, Время]
    dates: ["%d.%m.%Y %H:%M", "%d.%m.%Y"]
    zone: Europe/Moscow
    events:
      - {code: LOINC//4548-4, value: HbA1c, unit: "%"}
      - {code: LOINC//6690-2, value: Лейкоциты, unit: 10^9/л}
""".replace("ENCODING", encoding).replace("анализы", "labs")
    text = (
        'Карта;Дата;Время;HbA1c;Лейкоциты\r\n1;05.06.2024;10:00;6,5;"1 234,5"\r\n'
        "2;05.06.2024;;-;н/д\r\n3;05.06.2024;;<4,5;\r\n"
    )
    bench.write("labs.csv", text.encode(encoding))

    account = take(mapping)

    assert (account.mapped, account.ignored) == (2, 1)
    assert sorted(bench.events.select("code", "numeric_value", "text_value").rows(), key=str) == [
        ("LOINC//4548-4", 4.5, "<"),
        ("LOINC//4548-4", 6.5, None),
        ("LOINC//6690-2", 1234.5, None),
    ]


def test_a_table_in_an_encoding_that_nobody_said_is_not_guessed(bench: Any, take: Take) -> None:
    bench.write("labs.csv", (HEADER + "Ж1,05.06.2024,4548-4,6.5,%\n").encode("windows-1251"))

    with pytest.raises(Exception, match="say its `encoding`"):
        take()


def test_read_twice_is_read_once_and_a_changed_value_corrects(bench: Any, take: Take) -> None:
    bench.write("labs.csv", HEADER + GOOD)
    take()

    assert take().new_events == 0
    bench.write("labs.csv", HEADER + GOOD.replace("6.5", "7.5"))
    assert take().new_events == 1
    assert bench.seen(datetime(2024, 6, 6)) == [("LOINC//4548-4", 6.5)]
    assert bench.seen(datetime(2026, 12, 1)) == [("LOINC//4548-4", 7.5)]


def test_a_record_id_names_the_row_whatever_else_changes(bench: Any, take: Take) -> None:
    header = "pid,id,date,known,code,value,unit\n"
    bench.write("labs.csv", header + "1,a7,05.06.2024 10:00,06.06.2024 09:00,4548-4,6.5,%\n")
    take(RECORD)
    bench.write("labs.csv", header + "1,a7,05.06.2024 11:00,07.06.2024 09:00,4548-4,6.9,%\n")

    assert take(RECORD).new_events == 1
    assert bench.events["source_id"].n_unique() == 1
    assert bench.seen(datetime(2024, 6, 6, 12)) == [("LOINC//4548-4", 6.5)]
    assert bench.seen(datetime(2024, 6, 8)) == [("LOINC//4548-4", pytest.approx(6.9))]


def test_no_name_and_no_record_number_reaches_an_event(bench: Any, take: Take) -> None:
    mapping = """
tables:
  - name: visits
    files: "*.csv"
    patient: pid
    record: id
    time: date
    events:
      - code: {column: what, system: our list}
        text: note
    person: {name: fio, sex: sex, birth_date: born, phone: phone}
"""
    bench.write(
        "visits.csv",
        "pid,id,date,what,note,fio,sex,born,phone\n"
        "7,N-77,2024-06-05,Иванов И.,Иванов жалуется,Иванов Иван Петрович,М,1970-03-02,+79990001122\n",
    )

    take(mapping)

    said = bench.events.write_csv()
    assert not any(secret in said for secret in ("Иванов", "N-77", "+7999"))
    (person,) = bench.people
    assert (person.family, person.given, person.patronymic) == ("Иванов", "Иван", "Петрович")
    assert (person.sex, str(person.birth_date), person.phone) == ("M", "1970-03-02", "+79990001122")
    assert set(bench.codes()) >= {"SEX//M", "MEDS_BIRTH"}
    assert bench.event("MEDS_BIRTH")["known_at"] is None


@pytest.mark.parametrize(
    ("sex", "born", "why"),
    [
        ("Х", "1970-03-02", reason.ROW_ENTRY),
        ("М", "1970-02-31", reason.ROW_BIRTH),
        ("М", "2031-01-01", reason.ROW_BIRTH),
    ],
)
def test_every_row_with_a_person_that_cannot_be_is_kept_aside(
    bench: Any, take: Take, sex: str, born: str, why: str
) -> None:
    mapping = """
tables:
  - {name: people, files: "*.csv", patient: pid, person: {sex: sex, birth_date: born}}
"""
    bench.write("p.csv", f"pid,sex,born\n1,{sex},{born}\n1,{sex},{born}\n2,Ж,1980\n3,,\n")

    account = take(mapping)

    assert bench.reasons == [why, why]
    assert (account.mapped, account.ignored) == (1, 1)
    assert bench.event("MEDS_BIRTH")["time"] == datetime(1980, 7, 1)


def test_rows_that_the_mapping_does_not_want_are_ignored(bench: Any, take: Take) -> None:
    mapping = LONG.replace("    events:", "    where: {unit: ['%']}\n    events:")
    bench.write("labs.csv", f"{HEADER}{GOOD}2,05.06.2024,4548-4,48,mmol/mol\n")

    account = take(mapping)

    assert account.reasons("ignored") == [(reason.ROW_OTHER, "table labs", 1)]


def test_a_map_gives_codes_and_an_unknown_entry_is_kept_aside(bench: Any, take: Take) -> None:
    mapping = LONG.replace("vocabulary: LOINC", "map: {ГГ: LOINC//4548-4, прочее: ''}")
    rows = "1,05.06.2024,ГГ,6.5,%\n1,05.06.2024,ХХ,6.5,%\n"
    bench.write("labs.csv", HEADER + rows)

    take(mapping)

    assert bench.codes() == ["LOINC//4548-4"]
    assert bench.reasons == [reason.ROW_ENTRY]


def test_local_codes_are_found_by_sender_and_unknown_ones_are_counted(bench: Any, take: Take) -> None:
    mapping = LONG.replace("vocabulary: LOINC", "local: lis")
    table = LocalCodes([LocalCode("lis", "ГГ", "", "", "LOINC//4548-4", 1.0, "врач")])
    bench.write("labs.csv", HEADER + "1,05.06.2024,ГГ,6.5,%\n" + "1,05.06.2024,ХХ,6.5,%\n" * 3)

    take(mapping, codes=table)

    assert bench.codes() == ["LOINC//4548-4"]
    assert bench.reasons == [reason.LOCAL_UNKNOWN] * 3
    assert dict(table.unknown()) == {("lis", "ХХ", "", "%"): 3}


def test_a_template_and_several_ways_give_the_first_code(bench: Any, take: Take) -> None:
    mapping = LONG.replace(
        "{column: code, vocabulary: LOINC}",
        '[{template: "LOINC//{code}"}, {column: unit, map: {"%": LOINC//4548-4}}]',
    )
    bench.write("labs.csv", f"{HEADER}1,05.06.2024,718-7,140,g/L\n1,05.06.2024,,6.5,%\n")

    take(mapping)

    assert bench.codes() == ["LOINC//4548-4", "LOINC//718-7"]


def test_a_unit_that_is_none_is_left_out_and_counted(bench: Any, take: Take) -> None:
    bench.write("labs.csv", HEADER + "1,05.06.2024,4548-4,6.5,Иванов\n")

    account = take()

    assert account.units_refused == 1
    assert bench.event("LOINC//4548-4")["unit"] is None


def test_a_file_that_alone_lacks_a_column_is_kept_aside(bench: Any, take: Take) -> None:
    bench.write("a.csv", HEADER + GOOD)
    bench.write("b.csv", "pid,date,code,unit\n1,05.06.2024,4548-4,%\n")

    account = take()

    assert account.mapped == 1
    assert bench.reasons == [reason.TABLE_COLUMNS]


def test_a_table_of_which_no_date_fits_is_kept_aside_whole(bench: Any, take: Take) -> None:
    bench.write("a.csv", HEADER + GOOD)
    bench.write("b.csv", HEADER + "1,2024/06/05,4548-4,6.5,%\n" * 100)

    account = take()

    assert account.mapped == 1
    assert bench.reasons == [reason.TABLE_DATES]


def test_an_old_sheet_is_no_table(bench: Any, take: Take) -> None:
    bench.write("a.csv", HEADER + GOOD)
    bench.write("b.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))

    take()

    assert bench.reasons == [reason.BROKEN_XLSX]


def test_tables_in_a_zip_and_packed_ones_are_found_by_their_names(bench: Any, take: Take) -> None:
    import gzip
    import io
    import zipfile

    bench.write("a.csv.gz", gzip.compress((HEADER + GOOD).encode()))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("in/b.csv", HEADER + GOOD.replace("1,", "2,", 1))
    bench.write("all.zip", packed.getvalue())

    assert take().mapped == 2


def test_without_a_mapping_there_are_no_tables(bench: Any) -> None:
    bench.write("a.csv", HEADER + GOOD)

    with pytest.raises(NothingReadable, match="--mapping"):
        bench.ingest()


def test_dates_of_a_shifted_data_set_are_moved_back(bench: Any, take: Take) -> None:
    bench.write("labs.csv", HEADER + "1,05.06.2124 10:00,4548-4,6.5,%\n")

    take(f"shift_days: -36525\n{LONG}")

    assert bench.event("LOINC//4548-4")["time"] == datetime(2024, 6, 4, 7)


def test_the_account_is_exact_over_many_batches(
    bench: Any, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("features.ingest.table.rows.SIZE", 4_000)
    rows = [GOOD, "1,,4548-4,6.5,%\n", '2,05.06.2024,4548-4,"7.5","%"\n', ",,,,\n", "1,05.06.2024\n", "\n"]
    bench.write("labs.csv", HEADER + "".join(rows) * 400)

    account = take()

    (line,) = account.table()
    assert (line.read, line.mapped, line.ignored, line.quarantined) == (2_000, 800, 400, 800)
    assert sorted({item["line"] % 6 for item in bench.items}) == [0, 3]
    assert bench.events.height == 2


def test_values_are_as_python_would_read_them(bench: Any, take: Take) -> None:
    import csv
    import io
    import random

    rows = []
    chance = random.Random(5)
    for number in range(500):
        day, month = chance.randint(1, 28), chance.randint(1, 12)
        rows.append(
            (f"p{number}", f"{day:02}.{month:02}.2023 08:30", "4548-4", f"{chance.uniform(3, 12):.3f}", "%")
        )
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([HEADER.strip().split(","), *rows])
    bench.write("labs.csv", out.getvalue())

    take()

    expected = sorted(
        (datetime.fromisoformat(f"2023-{row[1][3:5]}-{row[1][:2]}T05:30"), float(row[3])) for row in rows
    )
    found = sorted(bench.events.select("time", pl.col("numeric_value").cast(pl.Float64)).rows())
    assert [time for time, _ in found] == [time for time, _ in expected]
    assert [value for _, value in found] == pytest.approx([value for _, value in expected], rel=1e-6)


def test_events_with_times_of_their_own_are_records_of_their_own(bench: Any, take: Take) -> None:
    mapping = """
tables:
  - name: stays
    files: "*.csv"
    patient: pid
    record: id
    events:
      - {code: ENCOUNTER//IMP, time: came}
      - {code: MEDS_DEATH, time: {column: died, optional: true}}
"""
    bench.write(
        "s.csv", "pid,id,came,died\n1,a,2024-06-05T10:00:00,2024-07-01T12:00:00\n2,b,2024-06-06T10:00:00,\n"
    )

    take(mapping)

    assert bench.event("MEDS_DEATH")["known_at"] == datetime(2024, 7, 1, 12)
    assert bench.seen(datetime(2024, 6, 20)) == [("ENCOUNTER//IMP", None)] * 2
    assert bench.events["source_id"].n_unique() == 3


def current(bench: Any) -> list[tuple[str, float | None]]:
    """Codes and values that stand in the end."""
    events = visible.current(bench.events).sort("code", "time")
    return [(code, None if value is None else round(value, 2)) for code, value in rows(events)]


def rows(events: pl.DataFrame) -> list[tuple[str, float | None]]:
    return events.select("code", "numeric_value").rows()


def test_what_else_is_in_a_file_does_not_change_what_a_record_is_called(bench: Any, take: Take) -> None:
    chol = "1,05.06.2024 10:00,2093-3,5.2,mmol/L\n"
    bench.write("a.csv", HEADER + GOOD)
    bench.write("b.csv", HEADER + chol)
    take()
    bench.write("a.csv", HEADER + GOOD + chol)

    account = take()

    assert account.new_events == 0
    assert current(bench) == [("LOINC//2093-3", 5.2), ("LOINC//4548-4", 6.5)]


def test_todays_row_read_at_any_hour_and_tomorrow_is_one_result(bench: Any, take: Take) -> None:
    bench.write("labs.csv", HEADER + "1,25.11.2026,4548-4,6.5,%\n")

    for now in (datetime(2026, 11, 25, 9), datetime(2026, 11, 25, 12), datetime(2026, 11, 26, 9)):
        take(now=now)

    assert current(bench) == [("LOINC//4548-4", 6.5)]


def test_rows_of_one_patient_and_day_with_other_columns_filled_are_all_kept(bench: Any, take: Take) -> None:
    wide = """
tables:
  - name: wide
    files: "*.csv"
    patient: pid
    time: date
    events:
      - {code: LOINC//718-7, value: hb, unit: g/L}
      - {code: LOINC//2093-3, value: chol, unit: mmol/L}
"""
    bench.write("w.csv", "pid,date,hb,chol\n1,2024-06-05,140,\n1,2024-06-05,,5.2\n")
    take(wide)
    assert current(bench) == [("LOINC//2093-3", 5.2), ("LOINC//718-7", 140.0)]

    bench.write("w.csv", "pid,date,hb,chol\n1,2024-06-05,141,5.2\n")  # a correction of one of them
    take(wide)
    assert current(bench) == [("LOINC//2093-3", 5.2), ("LOINC//718-7", 141.0)]


def test_two_columns_of_one_code_are_two_records(bench: Any, take: Take) -> None:
    twins = """
tables:
  - name: wide
    files: "*.csv"
    patient: pid
    time: date
    events:
      - {code: LOINC//8480-6, value: left, unit: "mm[Hg]"}
      - {code: LOINC//8480-6, value: right, unit: "mm[Hg]"}
"""
    bench.write("w.csv", "pid,date,left,right\n1,2024-06-05,140,130\n")

    take(twins)

    assert sorted(current(bench)) == [("LOINC//8480-6", 130.0), ("LOINC//8480-6", 140.0)]


def test_a_day_without_a_midnight_is_a_day(bench: Any, take: Take) -> None:
    mapping = LONG.replace("Europe/Moscow", "America/Sao_Paulo")
    bench.write("labs.csv", HEADER + "1,04.11.2018,4548-4,6.5,%\n1,04.11.2018 00:30,4548-4,6.6,%\n")

    take(mapping)

    assert current(bench) == [("LOINC//4548-4", 6.5)]
    assert bench.reasons == [reason.ROW_CLOCK]
