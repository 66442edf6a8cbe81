"""Results with their states, in any order and as often as they come, are one current value."""

from datetime import datetime
from itertools import permutations
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features import visible
from features.ingest import Options, reason
from features.ingest.local_code import LocalCode, LocalCodes

HBA1C = "LOINC//4548-4"
LATER = datetime(2026, 1, 1)


def current(bench: Any, at: datetime = LATER) -> list[float | None]:
    """The values that stand at `at`."""
    found = visible.current(bench.events, at).filter(pl.col("code") == HBA1C)
    return found["numeric_value"].cast(pl.Float64).round(2).to_list()


def state(messages: Any, value: str, status: str, hour: int, **changes: Any) -> str:
    """The result in one state, told at an hour of 7 May 2024."""
    return str(
        messages.oru(messages.obx(value, status=status, **changes), time=f"20240507{hour:02d}0000+0000")
    )


def test_a_result_is_an_event_with_its_value_unit_and_times(bench: Any, messages: Any) -> None:
    obr = "OBR|1|P7|F7|24323-8^Panel^LN|||20240506100000+0300|||||||||||||||20240506180000+0300|||F"
    bench.write("a.hl7", messages.oru(messages.obx("5,4", unit="%^^UCUM"), obr=obr))
    account = bench.ingest()
    event = bench.event(HBA1C)
    assert (round(event["numeric_value"], 1), event["unit"], event["text_value"]) == (5.4, "%", None)
    assert event["time"] == datetime(2024, 5, 6, 7)
    assert event["known_at"].replace(microsecond=0) == datetime(2024, 5, 6, 15)
    assert event["source"] == "hl7v2"
    assert account.read["HL7 v2 ORU^R01"] == account.total("mapped", "HL7 v2 ORU^R01") == 1
    assert "LOINC//24323-8" in bench.codes()  # the panel was done


@pytest.mark.parametrize("order", list(permutations(range(4))))
@pytest.mark.parametrize("together", [True, False])
def test_preliminary_final_corrected_in_any_order_leave_the_corrected(
    bench: Any, messages: Any, order: tuple[int, ...], together: bool
) -> None:
    sent = [
        state(messages, "5.1", "P", 8),
        state(messages, "5.4", "F", 9),
        state(messages, "5.6", "C", 10),
        state(messages, "5.4", "F", 9),  # again
    ]
    if together:
        bench.write("all.hl7", "".join(sent[n] for n in order))
        bench.ingest()
    else:
        for n in order:
            bench.ingest(bench.write(f"{n}.hl7", sent[n]))
    assert current(bench) == [5.6]
    assert current(bench, datetime(2024, 5, 7, 9, 30)) == [5.4]
    assert current(bench, datetime(2024, 5, 7, 7)) == []


@pytest.mark.parametrize("status", ["W", "X", "D"])
@pytest.mark.parametrize("late", [True, False])
def test_a_withdrawal_takes_the_value_back_from_when_it_was_told(
    bench: Any, messages: Any, status: str, late: bool
) -> None:
    sent = [state(messages, "5.4", "F", 9), state(messages, "", status, 11)]
    for number, text in enumerate(sent if late else reversed(sent)):
        bench.ingest(bench.write(f"{number}.hl7", text))
    assert current(bench) == []
    assert current(bench, datetime(2024, 5, 7, 10)) == [5.4]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("hours", [(9, 12), (12, 9), (9, 9)])
def test_a_late_preliminary_never_takes_the_place_of_a_final(
    bench: Any, messages: Any, together: bool, hours: tuple[int, int]
) -> None:
    final, preliminary = state(messages, "5.4", "F", hours[0]), state(messages, "4.9", "P", hours[1])
    if together:
        bench.write("all.hl7", final + preliminary)
        bench.ingest()
    else:
        bench.ingest(bench.write("f.hl7", final))
        bench.ingest(bench.write("p.hl7", preliminary))
    assert current(bench) == [5.4]


@pytest.mark.parametrize("together", [True, False])
def test_a_late_preliminary_never_undoes_a_withdrawal(bench: Any, messages: Any, together: bool) -> None:
    sent = [state(messages, "5.4", "P", 8), state(messages, "", "W", 9), state(messages, "5.4", "P", 10)]
    if together:
        bench.write("all.hl7", "".join(sent))
        bench.ingest()
    else:
        for number, text in enumerate(sent):
            bench.ingest(bench.write(f"{number}.hl7", text))
    assert current(bench) == []


def test_a_correction_that_keeps_the_date_of_issue_is_known_when_it_was_sent(
    bench: Any, messages: Any
) -> None:
    obr = "OBR|1|P7|F7|24323-8^Panel^LN|||20240506" + "|" * 15 + "20240506120000+0000"
    for number, (value, status, day) in enumerate([("5.4", "F", 7), ("6.1", "C", 9)]):
        text = messages.oru(messages.obx(value, status=status), obr=obr, time=f"2024050{day}120000+0000")
        bench.ingest(bench.write(f"{number}.hl7", text))
    assert current(bench, datetime(2024, 5, 6, 13)) == current(bench, datetime(2024, 5, 8)) == [5.4]
    assert current(bench) == [6.1]


def test_a_final_of_the_same_value_bars_a_late_preliminary(bench: Any, messages: Any) -> None:
    for number, (value, status) in enumerate([("5.4", "P"), ("5.4", "F"), ("4.9", "P")]):
        bench.ingest(bench.write(f"{number}.hl7", state(messages, value, status, 8 + number)))
    assert current(bench) == [5.4]


def test_a_final_sent_again_with_a_new_stamp_is_no_new_version(bench: Any, messages: Any) -> None:
    for hour in (8, 9, 10):
        bench.ingest(bench.write(f"{hour}.hl7", state(messages, "5.4", "F", hour)))
    assert bench.events.filter(pl.col("code") == HBA1C).height == 1


def test_reading_again_changes_nothing(bench: Any, messages: Any) -> None:
    bench.write("a.hl7", "".join(state(messages, f"5.{n}", s, 8 + n) for n, s in enumerate("PFCWPF")))
    bench.ingest()
    before = bench.events
    assert bench.ingest().new_events == 0
    assert before.equals(bench.events)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_of_arrival_leaves_the_state_of_the_latest_that_is_not_preliminary(
    data: st.DataObject, bench_at: Any, tmp_path_factory: pytest.TempPathFactory, messages: Any
) -> None:
    states = data.draw(st.lists(st.sampled_from("PFCW"), min_size=1, max_size=5))
    sent = [(hour, status) for hour, status in enumerate(states, 8)]
    bench = bench_at(tmp_path_factory.mktemp("home"))
    for number, (hour, status) in enumerate(data.draw(st.permutations(sent))):
        bench.ingest(bench.write(f"{number}.hl7", state(messages, f"{hour}.5", status, hour)))
    strong = [(hour, status) for hour, status in sent if status != "P"] or sent
    last = max(strong)
    assert current(bench) == ([] if last[1] == "W" else [last[0] + 0.5])
    assert bench.ingest().new_events == 0
    assert current(bench) == ([] if last[1] == "W" else [last[0] + 0.5])


def test_a_withdrawal_beside_the_new_value_of_one_message_leaves_the_new_value(
    bench: Any, messages: Any
) -> None:
    bench.ingest(bench.write("1.hl7", state(messages, "5.4", "F", 8)))
    both = messages.oru(
        messages.obx("5.4", status="W"), messages.obx("6.1", status="C"), time="20240507090000+0000"
    )
    account = bench.ingest(bench.write("2.hl7", both))
    assert current(bench) == [6.1]
    assert account.outcomes[("HL7 v2 OBX", "ignored", reason.REPLACED)] == 1


def test_a_cleared_value_is_deleted_and_an_empty_one_is_kept(bench: Any, messages: Any) -> None:
    bench.ingest(bench.write("1.hl7", state(messages, "5.4", "F", 8)))
    account = bench.ingest(bench.write("2.hl7", state(messages, "", "C", 9)))
    assert current(bench) == [5.4]
    assert account.outcomes[("HL7 v2 OBX", "ignored", reason.EMPTY_KEEPS)] == 1
    bench.ingest(bench.write("3.hl7", state(messages, '""', "C", 10)))
    assert current(bench) == []


def test_the_state_of_the_order_holds_where_the_result_names_none(bench: Any, messages: Any) -> None:
    obr = "OBR|1|P7|F7|24323-8^Panel^LN|||20240506||||||||||||||||||{}"
    bench.ingest(bench.write("1.hl7", messages.oru(messages.obx("5.4", status=""), obr=obr.format("F"))))
    assert current(bench) == [5.4]
    gone = messages.oru(messages.obx("", status=""), obr=obr.format("X"), time="20240508090000+0000")
    bench.ingest(bench.write("2.hl7", gone))
    assert visible.current(bench.events, LATER)["code"].to_list().count("LOINC//24323-8") == 0
    assert current(bench) == []


def test_repeated_results_that_nothing_tells_apart_all_stand(bench: Any, messages: Any) -> None:
    bench.write("a.hl7", messages.oru(*(messages.obx(value) for value in ("5.4", "5.5", "5.4"))))
    bench.ingest()
    assert sorted(filter(None, current(bench))) == [5.4, 5.4, 5.5]


def test_two_orders_are_two_results(bench: Any, messages: Any) -> None:
    for filler in ("F7", "F8"):
        obr = f"OBR|1|P7|{filler}|24323-8^Panel^LN|||20240506"
        bench.write(f"{filler}.hl7", messages.oru(messages.obx("5.4"), obr=obr))
    bench.ingest()
    assert current(bench) == [5.4, 5.4]


def test_the_panel_is_no_event_beside_a_result_of_its_own_code(bench: Any, messages: Any) -> None:
    obr = "OBR|1|P7|F7|4548-4^HbA1c^LN|||20240506"
    bench.write("a.hl7", messages.oru(messages.obx("5.4"), obr=obr))
    account = bench.ingest()
    assert current(bench) == [5.4]
    assert account.outcomes[("HL7 v2 OBR", "ignored", reason.SAID_BY_RESULTS)] == 1


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("NM", "5,4", (5.4, None)),
        ("NM", "<0,5", (0.5, "<")),
        ("NM", ">1000", (1000.0, ">")),
        ("NM", "+6.5", (6.5, None)),
        ("NM", r"5,4\X000d\ ", (5.4, None)),
        ("NM", "отрицательно", (None, "отрицательно")),
        ("SN", "<^0,5", (0.5, "<")),
        ("SN", "^182", (182.0, None)),
        ("SN", "^1^:^128", (None, "1:128")),
        ("SN", "^1^-^5", (None, None)),
        ("ST", "5.4", (5.4, None)),
        ("ST", "Отрицательно", (None, "отрицательно")),
        ("ST", "Иванов Пётр", (None, None)),
        ("", "5.4", (5.4, None)),
        ("CE", "260373001^Detected^SCT", (None, "260373001")),
        ("CWE", "POS^Positive^L", (None, "POS")),
        ("CWE", "^Positive^L", (None, "positive")),
        ("CWE", "^Bordetella of Ivanov^SNM", (None, None)),
        ("CWE", "7^x^99LAB^260373001^Detected^SCT", (None, "260373001")),
        ("TX", "полож.", (None, "полож.")),
        ("DT", "20240506", (None, None)),
        ("TS", "20240506", (None, None)),
    ],
)
def test_a_value_is_read_by_its_type(
    bench: Any, messages: Any, kind: str, value: str, found: tuple[float | None, str | None]
) -> None:
    bench.write("a.hl7", messages.oru(messages.obx(value, kind=kind, test="1988-5^CRP^LN", unit="mg/L")))
    bench.ingest()
    event = bench.event("LOINC//1988-5")
    number = event["numeric_value"]
    assert (None if number is None else round(number, 2), event["text_value"]) == found


@pytest.mark.parametrize(
    ("obx", "why"),
    [
        ({"value": "много"}, reason.NO_NUMBER),
        ({"value": "^x", "kind": "SN"}, reason.NO_NUMBER),
        ({"value": "5.4", "test": ""}, reason.NO_CODE),
        ({"value": "5.4", "test": "^Test of ours"}, reason.ONLY_TEXT),
        ({"value": "5.4", "status": "Q"}, reason.RESULT_STATUS),
        ({"value": "5.4", "time": "20240231"}, reason.IMPOSSIBLE_DATE),
        ({"value": "5.4", "time": "20290101"}, reason.FUTURE),
    ],
)
def test_a_bad_result_is_kept_aside_and_a_good_one_beside_it_goes_in(
    bench: Any, messages: Any, obx: dict[str, str], why: str
) -> None:
    bench.write("a.hl7", messages.oru(messages.obx(**obx), messages.obx("120", test="8480-6^BP^LN")))
    bench.ingest()
    assert bench.reasons == [why]
    assert bench.items[0]["raw"].startswith("OBX|1|")
    assert (bench.items[0]["line"], bench.items[0]["entry"], bench.items[0]["id"]) == (4, "1.3", "M1")
    assert "LOINC//8480-6" in bench.codes()


@pytest.mark.parametrize(
    ("obx", "why"),
    [
        ({"value": "54"}, "HbA1c outside"),
        ({"value": "5.4", "time": "19700101"}, "1 January 1970"),
    ],
)
def test_what_cannot_be_true_is_kept_aside(bench: Any, messages: Any, obx: dict[str, str], why: str) -> None:
    bench.write("a.hl7", messages.oru(messages.obx(**obx), messages.obx("5.5")))
    bench.ingest()
    assert [text.startswith(why) for text in bench.reasons] == [True]
    assert current(bench) == [5.5]


@pytest.mark.parametrize(("high", "low", "kept"), [("120", "80", 2), ("80", "120", 0)])
def test_swapped_pressures_are_kept_aside(bench: Any, messages: Any, high: str, low: str, kept: int) -> None:
    pair = [
        messages.obx(value, test=f"{code}^BP^LN", unit="mm[Hg]")
        for value, code in ((high, "8480-6"), (low, "8462-4"))
    ]
    bench.write("a.hl7", messages.oru(*pair, messages.obx("5.4")))
    bench.ingest()
    assert bench.events.filter(pl.col("unit") == "mm[Hg]").height == kept
    assert bench.reasons == [reason.SWAPPED] * (2 - kept)
    assert current(bench) == [5.4]


@pytest.mark.parametrize(
    ("obx", "why"),
    [
        ({"value": "report of Ivanov", "kind": "TX", "test": "1487^ECHO"}, reason.FREE_TEXT),
        ({"value": "^IM^JPEG^Base64^AAAA", "kind": "ED"}, reason.FREE_TEXT),
        ({"value": ""}, reason.NO_VALUE),
        ({"value": "5.4", "status": "I"}, reason.DID_NOT_HAPPEN),
        ({"value": "5.4", "status": "O"}, reason.DID_NOT_HAPPEN),
    ],
)
def test_what_is_no_result_is_ignored_with_a_reason(
    bench: Any, messages: Any, obx: dict[str, str], why: str
) -> None:
    bench.write("a.hl7", messages.oru(messages.obx(**obx)))
    account = bench.ingest()
    assert account.outcomes[("HL7 v2 OBX", "ignored", why)] == 1
    assert not bench.items


def test_a_local_name_is_found_in_the_table_and_an_unknown_one_is_queued(bench: Any, messages: Any) -> None:
    row = LocalCode("LAB|CLINIC", "X7", "", "", "LOINC//718-7", 0.9, "me")
    codes = LocalCodes([row])
    results = [messages.obx("140", test=f"{name}^Test of ours^L", unit="g/L") for name in ("X7", "X8", "X8")]
    bench.write("a.hl7", messages.oru(*results))
    bench.ingest(options=Options(codes=codes))
    assert bench.codes().count("LOINC//718-7") == 1
    assert codes.unknown() == {("LAB|CLINIC", "X8", "Test of ours", "g/L"): 2}


def test_the_lines_of_a_coded_text_count_once_and_no_word_of_them_is_kept(bench: Any, messages: Any) -> None:
    lines = [messages.obx(f"line {n} of Ivanov", kind="TX", test="34534-8^ECG^LN") for n in range(5)]
    bench.write("a.hl7", messages.oru(*lines))
    account = bench.ingest()
    assert bench.codes().count("LOINC//34534-8") == 1
    assert account.outcomes[("HL7 v2 OBX", "ignored", reason.FURTHER_LINE)] == 4
    assert bench.event("LOINC//34534-8")["text_value"] is None


@pytest.mark.parametrize(
    ("unit", "kept"),
    [
        ("mg/dL^milligram^UCUM", "mg/dL"),
        ("x^^99LAB^mmol/L^^UCUM", "mmol/L"),
        ("10^9/L", "10^9/L"),
        (r"10\S\9/L", "10^9/L"),
        ("ммоль/л", "ммоль/л"),
        ("", None),
    ],
)
def test_the_unit_is_what_the_source_says(bench: Any, messages: Any, unit: str, kept: str | None) -> None:
    bench.write("a.hl7", messages.oru(messages.obx("5.4", unit=unit)))
    bench.ingest()
    assert bench.event(HBA1C)["unit"] == kept


def test_a_unit_that_is_a_name_is_left_out_and_counted(bench: Any, messages: Any) -> None:
    bench.write("a.hl7", messages.oru(messages.obx("5.4", unit="Иванов")))
    assert bench.ingest().units_refused == 1


@pytest.mark.parametrize(
    ("test", "code"),
    [
        ("4548-4^HbA1c^LN", HBA1C),
        ("A1C^HbA1c^L^4548-4^HbA1c^LN", HBA1C),
        ("A1C^HbA1c^L^^^^^^^4548-4^HbA1c^LN", HBA1C),
        ("4548-4^HbA1c^2.16.840.1.113883.6.1", HBA1C),
    ],
)
def test_the_code_of_loinc_is_found_in_any_place(bench: Any, messages: Any, test: str, code: str) -> None:
    bench.write("a.hl7", messages.oru(messages.obx("5.4", test=test)))
    bench.ingest()
    assert code in bench.codes()


def test_local_codes_of_two_senders_are_two_tests(bench: Any, messages: Any) -> None:
    for sender in ("A", "B"):
        text = messages.oru(messages.obx("5.4", test="X7^Test of ours^L"), sender=sender)
        bench.write(f"{sender}.hl7", text)
    bench.ingest()
    assert len({code for code in bench.codes() if code.startswith("OTHER//")}) == 2


OBR = "OBR|1|P7|{order}|24323-8^Panel^LN|||20240506100000+0300"


@pytest.mark.parametrize(
    ("order", "test"),
    [
        ("F7", "4548-4^Glycated haemoglobin^LN"),
        ("F7", "4548-4^^LN"),
        ("F7", "4548-4^HbA1c^LN^GLY^own^L"),
        ("F7^LAB", "4548-4^HbA1c^LN"),
    ],
)
@pytest.mark.parametrize("status", ["C", "W"])
def test_another_name_of_the_test_or_of_its_order_is_the_same_result(
    bench: Any, messages: Any, order: str, test: str, status: str
) -> None:
    bench.write("1.hl7", state(messages, "5.1", "F", 8))
    bench.ingest()
    result = messages.obx("5.6", status=status, test=test)
    bench.write("1.hl7", messages.oru(result, obr=OBR.format(order=order), time="20240507100000+0000"))
    bench.ingest()

    assert current(bench) == ([5.6] if status == "C" else [])


def test_a_first_sub_id_that_is_left_out_is_the_first(bench: Any, messages: Any) -> None:
    bench.write("1.hl7", state(messages, "5.1", "F", 8))
    bench.ingest()
    bench.write("1.hl7", state(messages, "5.6", "C", 10).replace("HbA1c^LN||", "HbA1c^LN|1|"))
    bench.ingest()

    assert current(bench) == [5.6]
