"""Who a message is about."""

from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from features import visible
from features.ingest import Options, reason
from features.ingest.hl7v2.escape import Marks
from features.ingest.hl7v2.identifier import patient_id, snils
from features.ingest.reason import Unusable

MARKS = Marks()
LATER = datetime(2026, 1, 1)


@pytest.mark.parametrize(
    ("field", "authority", "found"),
    [
        ("17", None, "17"),
        ("17^^^CLINIC^MR", None, "CLINIC|17"),
        ("17^^^CLINIC^MR", "CLINIC", "17"),
        ("17^^^CLINIC&1.2.3&ISO^MR", "1.2.3", "17"),
        ("17^^^&1.2.3&ISO^MR", None, "1.2.3|17"),
        ("9^^^LAB^PI~17^^^CLINIC^MR", None, "CLINIC|17"),
        ("17^^^CLINIC^MR~9^^^LAB^PI", "LAB", "9"),
        ("112-233-445 95^^^PFR^SS~17^^^CLINIC^MR", None, "CLINIC|17"),
        ("123456789^^^USSSA^SS~17^^^^MR", None, "17"),
        ("5^^^X^AN~17", None, "17"),
        (r"1\T\7^^^A^MR", None, "A|1&7"),
    ],
)
def test_the_patient_is_known_by_the_record_number(field: str, authority: str | None, found: str) -> None:
    assert patient_id(field, MARKS, authority) == found


@pytest.mark.parametrize(
    ("field", "why"),
    [
        ("", reason.NO_RECORD_NUMBER),
        ('""', reason.NO_RECORD_NUMBER),
        ("^^^CLINIC^MR", reason.NO_RECORD_NUMBER),
        ("112-233-445 95", reason.NATIONAL_NUMBER),
        ("11223344595", reason.NATIONAL_NUMBER),
        ("112-233-445 95^^^CLINIC^MR", reason.NATIONAL_NUMBER),
        ("11223344595^^^^SNILS", reason.NATIONAL_NUMBER),
        ("123^^^1.2.643.100.3", reason.NATIONAL_NUMBER),
        ("123456789^^^^SS", reason.NATIONAL_NUMBER),
    ],
)
def test_no_number_and_a_national_number_name_no_patient(field: str, why: str) -> None:
    with pytest.raises(Unusable) as caught:
        patient_id(field, MARKS, None)
    assert str(caught.value) == why


def test_a_record_number_that_happens_to_have_the_checksum_is_one() -> None:
    assert snils("11223344595") and not snils("11223344595", "MR") and not snils("11223344594")


def test_a_patient_is_facts_for_features_and_a_person_for_the_clinic(bench: Any, messages: Any) -> None:
    rest = "||Соловьёв&&Соловьёв^Пётр^Ильич^^^^L~Петя^^^^^^N||19700302|M|||||+79001234567^PRN^PH~^NET^Internet^p@e.ru||ru"
    bench.write("a.hl7", messages.of("ADT^A08", messages.pid("p1", rest), charset="UNICODE UTF-8"))
    bench.ingest()
    assert bench.codes() == ["MEDS_BIRTH", "SEX//M"]
    assert bench.event("MEDS_BIRTH")["time"] == datetime(1970, 3, 2)
    (who,) = bench.people
    assert (who.family, who.given, who.patronymic) == ("Соловьёв", "Пётр", "Ильич")
    assert (who.sex, who.birth_date, who.phone, who.email) == (
        "M",
        date(1970, 3, 2),
        "+79001234567",
        "p@e.ru",
    )
    assert (who.language, who.deceased, who.updated) == ("ru", False, datetime(2024, 5, 7, 6, 30))


def test_no_name_reaches_an_event(bench: Any, messages: Any) -> None:
    obx = messages.obx("Соловьёв", kind="ST", test="Соловьёв^Соловьёв^L", unit="Соловьёв")
    segments = [
        messages.pid(), obx, "DG1|1||Соловьёв^Соловьёв^L", "AL1|1||Соловьёв^Соловьёв",
        "PV1|1|Соловьёв|||||||||||||||||Соловьёв|||||||||||||||||||||||||20240506",
    ]  # fmt: skip
    bench.write("Соловьёв.hl7", messages.of("ADT^A01", *segments, charset="UNICODE UTF-8"))
    bench.ingest()
    assert bench.events.height > 4
    for column in ("code", "text_value", "unit", "source_id", "source"):
        assert not bench.events[column].fill_null("").str.to_lowercase().str.contains("соловь").any()


def test_an_empty_field_keeps_and_a_cleared_one_takes_back(bench: Any, messages: Any) -> None:
    said = ["||A^B||19700302|M", "||A^B|||", '||A^B||""|""', "||A^B||19710302|F"]
    seen = []
    for number, rest in enumerate(said):
        text = messages.of("ADT^A08", messages.pid("p1", rest), time=f"2024050{number + 1}120000+0000")
        bench.ingest(bench.write(f"{number}.hl7", text))
        seen.append(sorted(visible.current(bench.events)["code"].to_list()))
    assert seen == [["MEDS_BIRTH", "SEX//M"], ["MEDS_BIRTH", "SEX//M"], [], ["MEDS_BIRTH", "SEX//F"]]


@pytest.mark.parametrize(
    ("end", "dead", "time"),
    [
        ("20240301|Y", True, datetime(2024, 3, 1, 23, 59, 59)),
        ("20240301|", True, datetime(2024, 3, 1, 23, 59, 59)),
        ("|Y", True, datetime(2024, 5, 7, 6, 30)),
        ("20249901|Y", True, datetime(2024, 5, 7, 6, 30)),
        ("|N", False, None),
        ("|", False, None),
    ],
)
def test_a_death_is_told(bench: Any, messages: Any, end: str, dead: bool, time: datetime | None) -> None:
    rest = "||A^B||19700302|M" + "|" * 21 + end
    bench.write("a.hl7", messages.of("ADT^A08", messages.pid("p1", rest)))
    bench.ingest()
    assert bench.people[0].deceased is dead
    deaths = bench.events.filter(pl.col("code") == "MEDS_DEATH")
    assert deaths["time"].to_list() == ([time] if dead else [])


@pytest.mark.parametrize(("species", "read"), [("125097000^Goat^SCT", False), ("337915000^Human^SCT", True)])
def test_an_animal_is_no_patient(bench: Any, messages: Any, species: str, read: bool) -> None:
    rest = "||Rex||20200302|M" + "|" * 27 + species
    bench.write(
        "a.hl7", messages.of("ADT^A08", messages.pid("p1", rest)) + messages.of("ADT^A08", messages.pid("p2"))
    )
    bench.ingest()
    assert bench.reasons == ([] if read else [reason.ANIMAL])
    assert len(bench.people) == 1 + read


def test_what_follows_a_refused_patient_is_of_nobody(bench: Any, messages: Any) -> None:
    two = [messages.pid("p1"), "PID|1||||A^B", messages.obx("5.4"), messages.pid("p2"), messages.obx("6.4")]
    bench.write("a.hl7", messages.of("ORU^R01", *two))
    bench.ingest()
    assert bench.reasons == [reason.NO_RECORD_NUMBER, reason.PID_REFUSED]
    assert bench.event("LOINC//4548-4")["numeric_value"] > 6


@pytest.mark.parametrize(
    ("segments", "why"),
    [
        (["PV1|1|O"], reason.NO_PID),
        (["PID|1||||A^B"], reason.NO_RECORD_NUMBER),
        (["PID|1||112-233-445 95^^^^SNILS||A^B"], reason.NATIONAL_NUMBER),
        (["PID|1||1||A^B||19709902"], reason.IMPOSSIBLE_DATE),
        (["PID|1||1||A^B||20290101"], reason.FUTURE),
        (["PID|1||1||A", "Street 1|M"], reason.BROKEN_PATIENT),
    ],
)
def test_a_message_without_a_usable_patient_is_kept_aside_whole(
    bench: Any, messages: Any, segments: list[str], why: str
) -> None:
    bench.write("a.hl7", messages.of("ADT^A01", *segments) + messages.of("ADT^A08", messages.pid()))
    bench.ingest()
    assert bench.reasons == [why]
    assert bench.items[0]["type"] == "HL7 v2 ADT^A01"
    assert len(bench.people) == 1


def test_a_merge_is_kept_aside_with_what_to_do_and_the_patient_is_taken(bench: Any, messages: Any) -> None:
    bench.write("a.hl7", messages.of("ADT^A40", messages.pid("new"), "MRG|old^^^^MR"))
    bench.ingest()
    assert bench.reasons == [reason.MERGE]
    assert [who.patient_id for who in bench.people] == ["new"]


def test_a_merge_of_accounts_changes_no_patient(bench: Any, messages: Any) -> None:
    bench.write("a.hl7", messages.of("ADT^A41", messages.pid(), "MRG|||ACC1"))
    assert bench.ingest().outcomes[("HL7 v2 MRG", "ignored", reason.ACCOUNTS_MERGED)] == 1


def test_the_deletion_of_a_patient_is_kept_aside(bench: Any, messages: Any) -> None:
    bench.write("a.hl7", messages.of("ADT^A29", messages.pid()) + messages.of("ADT^A08", messages.pid("p2")))
    bench.ingest()
    assert bench.reasons == [reason.DELETED_PATIENT]


def test_the_segments_of_several_patients_are_of_each(bench: Any, messages: Any) -> None:
    two = [messages.pid("p1"), messages.obx("5.4"), messages.pid("p2"), messages.obx("6.4")]
    bench.write("a.hl7", messages.of("ORU^R01", *two))
    bench.ingest()
    assert bench.events.filter(pl.col("code") == "LOINC//4548-4")["subject_id"].n_unique() == 2


def test_a_person_is_told_once_a_day_unless_something_changed(bench: Any, messages: Any) -> None:
    sent = [messages.of("ADT^A08", messages.pid(), time=f"20240507{hour:02d}0000+0000") for hour in (8, 9)]
    moved = messages.of("ADT^A08", messages.pid("p1", "||Новая^Имя||19700302|F"), charset="UTF-8")
    bench.write("a.hl7", "".join([*sent, moved]))
    bench.ingest()
    assert len(bench.people) == 2


def test_the_authority_is_an_option(bench: Any, messages: Any) -> None:
    text = messages.of("ADT^A08", "PID|1||7^^^CLINIC^MR||A^B||1970|M")
    bench.ingest(bench.write("a.hl7", text), options=Options(authority="CLINIC"))
    assert bench.people[0].patient_id == "7"
