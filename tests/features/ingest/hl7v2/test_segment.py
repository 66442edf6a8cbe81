"""What becomes of each segment, and of messages that cannot be read."""

from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features import visible
from features.ingest import NothingReadable, Options, reason

VISIT = "PV1|1|{}" + "|" * 17 + "V1" + "|" * 25 + "{}"
DG1 = "DG1|1||{}||20240506|F"
LATER = datetime(2026, 1, 1)


def read(bench: Any, text: str | bytes, **options: Any) -> Any:
    bench.write("a.hl7", text)
    return bench.ingest(options=Options(**options))


@pytest.mark.parametrize(
    ("kind", "code"),
    [("I", "IMP"), ("O", "AMB"), ("E", "EMER"), ("R", "AMB"), ("P", "PRENC")],
)
def test_a_visit_is_an_event_at_its_begin(bench: Any, messages: Any, kind: str, code: str) -> None:
    read(bench, messages.of("ADT^A01", messages.pid(), VISIT.format(kind, "20240506101500+0300")))
    event = bench.event(f"ENCOUNTER//{code}")
    assert event["time"] == event["known_at"] == datetime(2024, 5, 6, 7, 15)


@pytest.mark.parametrize("event", ["A11", "A23"])
def test_a_cancelled_visit_is_taken_back(bench: Any, messages: Any, event: str) -> None:
    visit = VISIT.format("I", "20240506101500+0300")
    read(
        bench,
        messages.of("ADT^A01", messages.pid(), visit)
        + messages.of(f"ADT^{event}", messages.pid(), visit, time="20240508"),
    )
    assert "ENCOUNTER//IMP" not in visible.current(bench.events, LATER)["code"]
    assert "ENCOUNTER//IMP" in visible.current(bench.events, datetime(2024, 5, 7))["code"]


@pytest.mark.parametrize(
    ("event", "visit", "why"),
    [
        ("A05", VISIT.format("I", "20240506"), reason.DID_NOT_HAPPEN),
        ("A08", VISIT.format("N", "20240506"), reason.NO_VISIT),
        ("A08", VISIT.format("I", ""), reason.NO_VISIT),
    ],
)
def test_what_is_no_visit_is_ignored(bench: Any, messages: Any, event: str, visit: str, why: str) -> None:
    account = read(bench, messages.of(f"ADT^{event}", messages.pid(), visit))
    assert account.outcomes[("HL7 v2 PV1", "ignored", why)] == 1


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("E11.9^Сахарный диабет^МКБ-10", "ICD10//E11.9"),
        ("Е11.9^Сахарный диабет^I10", "ICD10//E11.9"),  # a Cyrillic letter
        ("E11.9^x^1.2.643.5.1.13.13.11.1005", "ICD10//E11.9"),
        ("E11.9^x^1.2.643.5.1.13.2.1.1.718", "ICD10//E11.9"),
        ("E11.9^x^I10C", "ICD10CM//E11.9"),
        ("44054006^x^SCT", "SNOMED//44054006"),
        ("250.00^x^I9^E11.9^y^I10", "ICD10//E11.9"),
    ],
)
def test_a_diagnosis_is_an_event_with_the_code_of_its_system(
    bench: Any, messages: Any, field: str, code: str
) -> None:
    read(bench, messages.of("ADT^A01", messages.pid(), DG1.format(field), charset="UTF-8"))
    event = bench.event(code)
    assert event["time"] == datetime(2024, 5, 6, 23, 59, 59)
    assert event["known_at"] == datetime(2024, 5, 7, 6, 30)


def test_a_diagnosis_is_of_the_system_in_dg1_2_where_its_code_names_none(bench: Any, messages: Any) -> None:
    read(bench, messages.of("ADT^A01", messages.pid(), "DG1|1|I10|E11.9||20240506|F"))
    assert "ICD10//E11.9" in bench.codes()


def test_a_working_diagnosis_is_not_confirmed(bench: Any, messages: Any) -> None:
    account = read(bench, messages.of("ADT^A01", messages.pid(), "DG1|1||E11.9^x^I10||20240506|W"))
    assert account.outcomes[("HL7 v2 DG1", "ignored", reason.NOT_CONFIRMED)] == 1


def test_a_deleted_diagnosis_is_taken_back(bench: Any, messages: Any) -> None:
    segment = "DG1|1||E11.9^x^I10||20240506|F" + "|" * 14 + "DX1|{}"
    read(
        bench,
        messages.of("ADT^A01", messages.pid(), segment.format("A"))
        + messages.of("ADT^A08", messages.pid(), segment.format("D"), time="20240508120000"),
    )
    assert "ICD10//E11.9" not in visible.current(bench.events, LATER)["code"]


def test_what_is_sent_with_every_message_of_a_visit_is_one_event(bench: Any, messages: Any) -> None:
    segments = [
        messages.pid(),
        VISIT.format("I", "20240506101500"),
        "DG1|1||E11.9^x^I10",
        "AL1|1|DA|A10BA02^x^ATC",
    ]
    sent = [messages.of("ADT^A08", *segments, time=f"202405{day:02d}120000") for day in range(8, 14)]
    read(bench, "".join(sent))
    assert sorted(c for c in bench.codes() if not c.startswith(("MEDS", "SEX"))) == [
        "ALLERGY//ATC//A10BA02", "ENCOUNTER//IMP", "ICD10//E11.9",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("segment", "code", "time"),
    [
        (
            "AL1|1|DA|C10AA05^x^ATC|MI|rash|20230102",
            "ALLERGY//ATC//C10AA05",
            datetime(2023, 1, 2, 23, 59, 59),
        ),
        ("AL1|1|DA|C10AA05^x^ATC", "ALLERGY//ATC//C10AA05", datetime(2024, 5, 7, 6, 30)),
        (
            "IAM|1|DA|C10AA05^x^ATC|MI||A|||||20230102",
            "ALLERGY//ATC//C10AA05",
            datetime(2023, 1, 2, 23, 59, 59),
        ),
        ("PR1|1||A05.10.006^x^НМУ||20240101", "NMU//A05.10.006", datetime(2024, 1, 1, 23, 59, 59)),
        ("PRB|AD|20240101|E11.9^x^I10|P1|||20230101", "ICD10//E11.9", datetime(2023, 1, 1, 23, 59, 59)),
        ("RXA|0|1|20240102||140^x^CVX|0.5||||||||||||||CP", "CVX//140", datetime(2024, 1, 2, 23, 59, 59)),
        ("RXD|1|C10AA05^x^ATC|20240103", "ATC//C10AA05", datetime(2024, 1, 3, 23, 59, 59)),
        ("RXE||C10AA05^x^ATC", "ATC//C10AA05", datetime(2024, 5, 7, 6, 30)),
        ("RXO|C10AA05^x^ATC", "ATC//C10AA05", datetime(2024, 5, 7, 6, 30)),
    ],
)
def test_a_segment_with_a_code_is_an_event_at_its_time(
    bench: Any, messages: Any, segment: str, code: str, time: datetime
) -> None:
    read(bench, messages.of("ADT^A08", messages.pid(), segment, charset="UTF-8"))
    assert bench.event(code)["time"] == time


@pytest.mark.parametrize(
    "segment", ["DG1|1||", "AL1|1|DA|", "PR1|1||^Text", "RXA|0|1|20240102||", "RXE||", "RXD|1|"]
)
def test_a_segment_without_a_code_is_kept_aside(bench: Any, messages: Any, segment: str) -> None:
    read(bench, messages.of("ADT^A08", messages.pid(), segment, VISIT.format("I", "20240506")))
    assert bench.reasons[0] in (reason.NO_CODE, reason.ONLY_TEXT)
    assert "ENCOUNTER//IMP" in bench.codes()


@pytest.mark.parametrize(
    "segment", ["DG1|1||E11.9^x^I10||20241301", "AL1|1|DA|C10AA05^x^ATC|||20290101", "RXA|0|1|x||140^x^CVX"]
)
def test_a_segment_with_a_bad_date_is_kept_aside(bench: Any, messages: Any, segment: str) -> None:
    read(bench, messages.of("ADT^A08", messages.pid(), segment))
    assert bench.reasons[0] in (reason.IMPOSSIBLE_DATE, reason.FUTURE)


@pytest.mark.parametrize("status", ["RE", "NA"])
def test_a_vaccine_that_was_not_given_is_no_event(bench: Any, messages: Any, status: str) -> None:
    rxa = "RXA|0|1|20240102||140^x^CVX|0.5||||||||||||||" + status
    account = read(bench, messages.of("VXU^V04", messages.pid(), rxa))
    assert account.outcomes[("HL7 v2 RXA", "ignored", reason.DID_NOT_HAPPEN)] == 1


def test_an_encoded_prescription_takes_the_place_of_the_requested_one(bench: Any, messages: Any) -> None:
    orders = ["ORC|NW|P1|F1||||||20240105", "RXO|C10AA01^x^ATC", "RXE||C10AA05^x^ATC"]
    account = read(bench, messages.of("RDE^O11", messages.pid(), *orders))
    assert "ATC//C10AA05" in bench.codes() and "ATC//C10AA01" not in bench.codes()
    assert account.outcomes[("HL7 v2 RXO", "ignored", reason.REPLACED)] == 1


def test_a_cancelled_prescription_is_taken_back_and_a_stopped_one_stands(bench: Any, messages: Any) -> None:
    for number, control in enumerate(["NW", "DC", "CA"]):
        order = f"ORC|{control}|P1|F1||||||20240105"
        text = messages.of(
            "RDE^O11", messages.pid(), order, "RXE||C10AA05^x^ATC", time=f"2024060{number + 1}"
        )
        bench.ingest(bench.write(f"{number}.hl7", text))
        stands = "ATC//C10AA05" in visible.current(bench.events, LATER)["code"]
        assert stands is (control != "CA")


@pytest.mark.parametrize(
    ("event", "status", "start", "code"),
    [
        ("S12", "", "20240507100000", "APPOINTMENT//booked"),
        ("S12", "Booked", "20240507100000", "APPOINTMENT//booked"),
        ("S15", "", "20240601100000", "APPOINTMENT//cancelled"),
        ("S26", "", "20240507070000", "APPOINTMENT//noshow"),
        ("S14", "Noshow", "20240507070000", "APPOINTMENT//noshow"),
        ("S14", "ARRIVED", "20240507070000", "APPOINTMENT//arrived"),
        ("S14", "Complete", "20240507070000", "APPOINTMENT//fulfilled"),
    ],
)
def test_an_appointment_is_an_event_with_its_status(
    bench: Any, messages: Any, event: str, status: str, start: str, code: str
) -> None:
    sch = f"SCH|A1|B1|||||||20|MIN|^^^{start}||||||||||||||{status}"
    read(bench, messages.of(f"SIU^{event}", sch, messages.pid()))
    found = bench.event(code)
    told = datetime(2024, 5, 7, 6, 30)
    own = datetime.fromisoformat(f"{start[:8]}T{start[8:]}") - timedelta(hours=3)
    assert (found["time"], found["known_at"]) == (told if code.endswith("cancelled") else own, told)


@pytest.mark.parametrize(
    ("event", "status", "start", "why"),
    [
        ("S12", "", "20270101100000", reason.STILL_TO_COME),
        ("S12", "", "20261125230000", reason.STILL_TO_COME),
        ("S12", "Pending", "20240507100000", reason.NOT_BOOKED),
        ("S23", "", "20240507100000", reason.NOT_BOOKED),
    ],
)
def test_what_is_no_appointment_yet_is_ignored(
    bench: Any, messages: Any, event: str, status: str, start: str, why: str
) -> None:
    sch = f"SCH|A1|B1|||||||20|MIN|^^^{start}||||||||||||||{status}"
    account = read(bench, messages.of(f"SIU^{event}", sch, messages.pid()))
    assert account.outcomes[("HL7 v2 SCH", "ignored", why)] == 1


def test_an_appointment_has_the_status_that_was_told_last(bench: Any, messages: Any) -> None:
    sch = "SCH|A1|B1|||||||20|MIN|^^^20240506100000"
    for number, event in enumerate(["S12", "S26"]):
        text = messages.of(f"SIU^{event}", sch, messages.pid(), time=f"2024050{5 + number}120000")
        bench.ingest(bench.write(f"{number}.hl7", text))
    codes = visible.current(bench.events, LATER)["code"].to_list()
    assert [c for c in codes if c.startswith("APP")] == ["APPOINTMENT//noshow"]


def test_of_a_document_only_coded_results_are_kept(bench: Any, messages: Any) -> None:
    obx = [messages.obx("5.4"), messages.obx("text of Ivanov", kind="TX", test="34534-8^ECG^LN")]
    account = read(bench, messages.of("MDM^T02", messages.pid(), "TXA|1|DS|TX", *obx))
    assert "LOINC//4548-4" in bench.codes() and "LOINC//34534-8" not in bench.codes()
    assert account.outcomes[("HL7 v2 OBX", "ignored", reason.DOCUMENT)] == 1
    assert account.outcomes[("HL7 v2 TXA", "ignored", reason.DOCUMENT)] == 1


def test_an_order_is_no_event_and_what_it_says_of_the_patient_is(bench: Any, messages: Any) -> None:
    order = ["ORC|NW|P1", "OBR|1|P1||4548-4^HbA1c^LN", "DG1|1||E11.9^x^I10||20240506|F"]
    account = read(
        bench, messages.of("OML^O21", messages.pid(), *order, messages.obx("70", test="29463-7^W^LN"))
    )
    assert account.outcomes[("HL7 v2 OBR", "ignored", reason.ORDER)] == 1
    assert {"ICD10//E11.9", "LOINC//29463-7"} < set(bench.codes())


def test_a_time_without_an_offset_is_of_the_zone_of_the_message_or_of_the_option(
    bench: Any, messages: Any
) -> None:
    obx = messages.obx("5.4", time="20240506120000")
    zone = timezone(timedelta(hours=5))
    for time, hour in [("20240507093000+0300", 9), ("20240507093000", 7)]:
        read(bench, messages.oru(obx, obr="OBR|1||" + time, time=time), zone=zone)
        times = bench.events.filter(pl.col("code") == "LOINC//4548-4")["time"]
        assert datetime(2024, 5, 6, hour) in times


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("MSH|^~\\&|A||||||ORU^R01|1|P|2.5\rtext\rPID|1||1\r", reason.BROKEN_HEADER),
        ("MSH|^~\\\\&|A||||||ORU^R01|1|P|2.5\rPID|1||1\r", reason.DELIMITERS),
        ("MSH|^^~&|A||||||ORU^R01|1|P|2.5\rPID|1||1\r", reason.DELIMITERS),
        ("MSH|\rPID|1||1\r", reason.DELIMITERS),
    ],
)
def test_a_message_with_a_broken_header_is_kept_aside_whole(
    bench: Any, messages: Any, text: str, why: str
) -> None:
    read(bench, text + messages.of("ADT^A08", messages.pid()))
    assert bench.reasons == [why]
    assert bench.items[0]["raw"] == text.rstrip("\r").replace("\r", "\n")


def test_a_message_from_the_future_is_kept_aside(bench: Any, messages: Any) -> None:
    read(
        bench,
        messages.of("ADT^A08", messages.pid(), time="20280101") + messages.of("ADT^A08", messages.pid()),
    )
    assert bench.reasons == [reason.FUTURE]


def test_a_line_break_in_a_field_costs_that_segment_alone(bench: Any, messages: Any) -> None:
    cut = [
        messages.obx("5.4"),
        "rest of a comment|x",
        messages.obx("120", test="8480-6^BP^LN"),
        "NTE|1||a",
        "b",
    ]
    read(bench, messages.oru(*cut))
    assert bench.reasons == [reason.BROKEN_SEGMENT]
    assert "LOINC//8480-6" in bench.codes() and "LOINC//4548-4" not in bench.codes()


@pytest.mark.parametrize(
    ("kind", "mode", "why"),
    [
        ("ORU^R01", "T", reason.TRAINING),
        ("ORU^R01", "D", reason.TRAINING),
        ("MFN^M02", "P", reason.MESSAGE_TYPE),
    ],
)
def test_a_message_of_no_use_is_ignored_by_its_header(
    bench: Any, messages: Any, kind: str, mode: str, why: str
) -> None:
    account = read(bench, messages.of(kind, messages.pid(), messages.obx("5.4"), mode=mode))
    assert account.outcomes[(f"HL7 v2 {kind}", "ignored", why)] == 1
    assert not bench.codes() and not bench.people


def test_a_type_that_is_a_name_is_not_printed(bench: Any, messages: Any) -> None:
    account = read(
        bench, messages.of("Ivanov^Petr", messages.pid()) + messages.of("ORU^Ivan", messages.pid())
    )
    assert {kind for kind in account.read if "PID" not in kind} == {"HL7 v2 (no type)", "HL7 v2 ORU"}


def test_a_trailer_that_counts_other_messages_is_told(bench: Any, messages: Any) -> None:
    two = messages.of("ADT^A08", messages.pid()) * 2
    good = f"FHS|^~\\&\rBHS|^~\\&\r{two}BTS|2\rBHS|^~\\&\r{two}BTS|3\rFTS|2\r"
    account = read(bench, good)
    assert bench.reasons == [reason.BATCH_COUNT]
    assert account.read["HL7 v2 ADT^A08"] == 4


@pytest.mark.parametrize(
    ("end", "codec"), [("\r", "utf-8"), ("\n", "cp1251"), ("\r\n", "iso8859-5"), ("\n", "koi8-r")]
)
def test_line_ends_and_character_sets_give_the_same_events(
    bench: Any, messages: Any, end: str, codec: str
) -> None:
    names = {"utf-8": "UNICODE UTF-8", "cp1251": "WINDOWS-1251", "iso8859-5": "8859/5", "koi8-r": "KOI8-R"}
    obx = messages.obx("Отрицательно", kind="ST", unit="")
    text = messages.oru(obx, charset=names[codec]).replace("\r", end)
    read(bench, text.encode(codec))
    assert bench.event("LOINC//4548-4")["text_value"] == "отрицательно"
    assert bench.people[0].family == "Соловьёв"


def test_what_was_read_in_a_wrong_character_set_leaves_no_person(bench: Any, messages: Any) -> None:
    text = messages.oru(messages.obx("5.4"), charset="8859/5")
    with pytest.raises(NothingReadable):
        read(bench, text.encode("cp1251"))
    assert bench.reasons == [reason.MOJIBAKE]
    assert not bench.people


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 30), trailing=st.integers(0, 4))
def test_the_order_of_results_and_trailing_empty_fields_change_nothing(
    bench_at: Any, tmp_path_factory: pytest.TempPathFactory, messages: Any, seed: int, trailing: int
) -> None:
    obx = [
        messages.obx(f"{n}.5", test=f"{code}^x^LN") for n, code in enumerate(["4548-4", "718-7", "2345-7"], 5)
    ]
    shuffled = [f"{segment}{'|' * trailing}" for segment in obx]
    Random(seed).shuffle(shuffled)
    found = []
    for results in (obx, shuffled):
        bench = bench_at(tmp_path_factory.mktemp("home"))
        bench.write("a.hl7", messages.oru(*results))
        bench.ingest()
        found.append(bench.events)
    assert found[0].equals(found[1])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_in_the_fields_the_account_is_exact(
    bench_at: Any, tmp_path_factory: pytest.TempPathFactory, messages: Any, data: st.DataObject
) -> None:
    names = [
        "PID",
        "PV1",
        "OBR",
        "OBX",
        "DG1",
        "AL1",
        "IAM",
        "PR1",
        "PRB",
        "RXA",
        "RXE",
        "RXD",
        "SCH",
        "MRG",
        "ORC",
        "ZZZ",
    ]
    cell = st.text(alphabet='ab1|^~\\&"<. 2024PFé', max_size=40)
    segments = [
        f"{data.draw(st.sampled_from(names))}|{data.draw(cell)}" for _ in range(data.draw(st.integers(0, 6)))
    ]
    kind = data.draw(
        st.sampled_from(["ORU^R01", "ADT^A01", "ADT^A40", "SIU^S12", "MDM^T02", "RDE^O11", "VXU^V04"])
    )
    bench = bench_at(tmp_path_factory.mktemp("home"))
    bench.write(
        "a.hl7", messages.of(kind, messages.pid(), *segments) + messages.of("ADT^A08", messages.pid())
    )
    bench.ingest()  # asserts the sum
