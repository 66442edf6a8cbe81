"""What of a CDA document becomes which event."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from features.ingest.local_code import LocalCode, LocalCodes
from features.ingest.options import Options

if TYPE_CHECKING:
    from tests.features.ingest.cda.conftest import Documents
    from tests.features.ingest.conftest import Bench

LOINC, SNOMED, ICD10CM = "2.16.840.1.113883.6.1", "2.16.840.1.113883.6.96", "2.16.840.1.113883.6.90"
RXNORM, CVX, ACT = "2.16.840.1.113883.6.88", "2.16.840.1.113883.12.292", "2.16.840.1.113883.5.4"
MKB, NMU, FSLI = "1.2.643.5.1.13.13.11.1005", "1.2.643.5.1.13.13.11.1070", "1.2.643.5.1.13.13.11.1080"
CCDA = "2.16.840.1.113883.10.20.22.4"
KNOWN = datetime(2024, 5, 7, 6, 30)
FACTS = ["MEDS_BIRTH", "SEX//M"]


def clinical(bench: Bench) -> list[tuple[object, ...]]:
    """Code, time, number, text, unit of all events but the facts of the patient."""
    rows = bench.events.filter(pl.col("time").is_not_null() & ~pl.col("code").str.starts_with("MEDS_"))
    return rows.select("code", "time", "numeric_value", "text_value", "unit").rows()


def test_the_patient_becomes_facts_and_a_person_for_the_clinic_alone(
    bench: Bench, documents: Documents
) -> None:
    snils = '<id root="1.2.643.100.3" extension="112-233-445 95"/>'
    bench.write("a.xml", documents.document(ids=f'{snils}<id root="1.2.3.4" extension="p1"/>'))

    account = bench.ingest()

    assert bench.codes() == FACTS
    (who,) = bench.people
    assert (who.patient_id, who.family, who.given, who.patronymic) == (
        "1.2.3.4|p1",
        "Соловьёв",
        "Пётр",
        "Ильич",
    )
    assert (who.sex, who.birth_date, who.phone, who.email) == (
        "M",
        date(1970, 3, 2),
        "+70000000001",
        "p1@example.org",
    )
    assert "112" not in repr(who)
    assert account.total("mapped", "CDA patient") == 1
    assert not bench.events.filter(pl.any_horizontal(pl.col(pl.String).str.contains("Сол|112-233|p1"))).height


def test_the_numbers_of_the_clinics_own_authority_are_patient_ids_as_they_are(
    bench: Bench, documents: Documents
) -> None:
    bench.write(
        "a.xml", documents.document(ids='<id root="8.8" extension="x"/><id root="1.2.3.4" extension="p1"/>')
    )

    bench.ingest(options=Options(authority="1.2.3.4"))

    assert bench.people[0].patient_id == "p1"


def test_a_patient_with_a_national_number_alone_is_kept_aside(bench: Bench, documents: Documents) -> None:
    bench.write("b.xml", documents.document())
    bench.write("a.xml", documents.document(ids='<id root="1.2.643.100.3" extension="112-233-445 95"/>'))

    bench.ingest()

    assert bench.reasons == [
        "recordTarget has only a national number (SNILS, SSN): send the clinic's own record number too"
    ]


def test_russian_codes_of_sex_and_a_death_without_a_usable_date_are_understood(
    bench: Bench, documents: Documents
) -> None:
    sex = '<administrativeGenderCode code="2" codeSystem="1.2.643.5.1.13.13.11.1040"/>'
    dead = '<sdtc:deceasedInd value="true"/><sdtc:deceasedTime value="20249999"/>'
    bench.write("a.xml", documents.document(sex=sex, more=dead))

    bench.ingest()

    assert bench.codes() == ["MEDS_BIRTH", "MEDS_DEATH", "SEX//F"]
    assert bench.event("MEDS_DEATH")["time"] == KNOWN


def test_a_result_keeps_value_unit_its_own_time_and_that_of_the_document(
    bench: Bench, documents: Documents
) -> None:
    bench.write(
        "a.xml", documents.document(documents.section("30954-2", documents.panel(documents.result())))
    )

    bench.ingest()

    event = bench.event("LOINC//4548-4")
    assert (event["numeric_value"], event["unit"], event["source"]) == (6.5, "%", "cda")
    assert (event["time"], event["known_at"]) == (datetime(2024, 5, 6, 7), KNOWN)


VALUES = [
    ('<value xsi:type="PQ" value="5.4" unit="mmol/L"/>', (pytest.approx(5.4), None, "mmol/L")),
    (
        '<value xsi:type="PQ" value="142"><translation value="142" displayName="г/л" code="60"/></value>',
        (142, None, "г/л"),
    ),
    ('<value xsi:type="INT" value="15"/>', (15, None, None)),
    ('<value xsi:type="REAL" value="1.5"/>', (1.5, None, None)),
    ('<value xsi:type="ST">5,4</value>', (pytest.approx(5.4), None, None)),
    ('<value xsi:type="ST">&lt;0,5</value>', (0.5, "<", None)),
    ('<value xsi:type="ST">отрицательно</value>', (None, "отрицательно", None)),
    ('<value xsi:type="ST">Соловьёв просил позвонить</value>', (None, None, None)),
    ('<value xsi:type="BL" value="true"/>', (None, "true", None)),
    (
        '<value xsi:type="IVL_PQ"><low value="60" unit="mL/min" inclusive="false"/></value>',
        (60, ">", "mL/min"),
    ),
    ('<value xsi:type="IVL_PQ"><high value="3" unit="mg/L"/></value>', (3, "<=", "mg/L")),
    (
        '<value xsi:type="IVL_PQ"><low value="3" unit="mg/L"/><high value="5" unit="mg/L"/></value>',
        (None, "3-5", "mg/L"),
    ),
    (
        '<value xsi:type="RTO"><numerator value="1"/><denominator value="128"/></value>',
        (None, "1:128", None),
    ),
    (f'<value xsi:type="CD" code="260385009" codeSystem="{SNOMED}"/>', (None, "260385009", None)),
    (
        f'<value xsi:type="CD" nullFlavor="OTH"><translation code="10828004" codeSystem="{SNOMED}"/></value>',
        (None, "10828004", None),
    ),
]


@pytest.mark.parametrize(("value", "expected"), VALUES)
def test_a_value_of_each_type_is_read(
    bench: Bench, documents: Documents, value: str, expected: tuple[object, ...]
) -> None:
    result = documents.result("5792-7", value)
    bench.write("a.xml", documents.document(documents.section("30954-2", documents.panel(result))))

    bench.ingest()

    event = bench.event("LOINC//5792-7")
    assert (event["numeric_value"], event["text_value"], event["unit"]) == expected


IGNORED = [
    ({"value": '<value xsi:type="PQ" nullFlavor="NI"/>'}, "no value: the source says that it is absent"),
    (
        {"attributes": 'classCode="OBS" moodCode="EVN" negationInd="true"'},
        "the source says that there is none, or that it was not done",
    ),
    (
        {"attributes": 'classCode="OBS" moodCode="RQO"'},
        "planned, ordered or wished for: what was done comes as done",
    ),
    ({"status": '<statusCode code="aborted"/>'}, "did not happen"),
    ({"value": '<value xsi:type="ED">PDF</value>'}, "free text: never becomes an event"),
]


@pytest.mark.parametrize(("changes", "why"), IGNORED)
def test_what_was_not_done_or_not_found_is_ignored_with_a_reason(
    bench: Bench, documents: Documents, changes: dict[str, str], why: str
) -> None:
    result = documents.result(**changes)
    bench.write("a.xml", documents.document(documents.section("30954-2", documents.panel(result))))

    account = bench.ingest()

    assert account.reasons("ignored") == [(why, "CDA result", 1)]
    assert bench.codes() == FACTS


REFUSED = [
    ({"code": ""}, "no code"),
    ({"code": '<code nullFlavor="UNK" displayName="Проба Кумбса"/>'}, "no code, only text"),
    ({"time": ""}, "no usable time"),
    ({"time": '<effectiveTime value="00000000"/>'}, "no usable time"),
    ({"time": '<effectiveTime value="20240231"/>'}, "a date that does not exist"),
    ({"time": '<effectiveTime value="20290101"/>'}, "a date in the future"),
    (
        {"time": '<effectiveTime value="19700101000000+0000"/>'},
        "1 January 1970: the date of a clock that was not set or of an empty field",
    ),
    ({"status": '<statusCode code="ordered"/>'}, "a statusCode that HL7 v3 does not have"),
    (
        {"value": '<value xsi:type="PQ" value="65" unit="%"/>'},
        "HbA1c outside 1.5–30 %: an error of unit or entry",
    ),
]


@pytest.mark.parametrize(("changes", "why"), REFUSED)
def test_what_cannot_be_used_is_kept_aside_with_its_line(
    bench: Bench, documents: Documents, changes: dict[str, str], why: str
) -> None:
    result = documents.result(**changes)
    section = "\n" + documents.section("30954-2", documents.panel(result))
    bench.write("a.xml", documents.document(section))

    bench.ingest()

    (item,) = bench.items
    assert (item["reason"], item["type"], item["line"], item["entry"]) == (why, "CDA result", 2, "1.1.1")


def test_swapped_blood_pressures_of_one_panel_are_kept_aside_both(bench: Bench, documents: Documents) -> None:
    def pressures(first: int, second: int) -> str:
        values = [f'<value xsi:type="PQ" value="{v}" unit="mm[Hg]"/>' for v in (first, second)]
        return documents.panel(
            documents.result("8480-6", values[0]), documents.result("8462-4", values[1]), documents.result()
        )

    bench.write(
        "a.xml", documents.document(documents.section("8716-3", pressures(80, 120), pressures(121, 81)))
    )

    bench.ingest()

    assert bench.reasons == ["systolic pressure not above diastolic: swapped or mistyped"] * 2
    assert bench.event("LOINC//8480-6")["numeric_value"] == 121
    assert "LOINC//4548-4" in bench.codes()


def test_a_problem_is_its_value_at_its_onset_in_the_preferred_vocabulary(
    bench: Bench, documents: Documents
) -> None:
    translation = f'<translation code="E11.9" codeSystem="{ICD10CM}"/>'
    value = f'<value xsi:type="CD" code="44054006" codeSystem="{SNOMED}">{translation}</value>'
    bench.write("a.xml", documents.document(documents.section("11450-4", documents.problem(value))))

    bench.ingest()

    event = bench.event("ICD10CM//E11.9")
    assert event["time"] == datetime(2020, 1, 10, 23, 59, 59)
    assert event["known_at"] == KNOWN


@pytest.mark.parametrize("code", ["Е11.9", "E11.9"])  # the first with a Cyrillic letter
def test_a_russian_diagnosis_is_an_icd10_code_wherever_it_stands(
    bench: Bench, documents: Documents, code: str
) -> None:
    value = f'<value xsi:type="CD" code="{code}" codeSystem="{MKB}"/>'
    kind = documents.code("1.2.643.5.1.13.13.11.1077", "1")
    observation = documents.result(code=kind, value=value)
    act = (
        f'<act classCode="ACT" moodCode="EVN">{kind}<entryRelationship typeCode="COMP">{observation}'
        "</entryRelationship></act>"
    )
    bench.write("a.xml", documents.document(documents.section("DGN", act)))

    bench.ingest()

    assert "ICD10//E11.9" in bench.codes()


def test_a_problem_that_only_the_text_names_is_kept_aside_and_none_known_is_ignored(
    bench: Bench, documents: Documents
) -> None:
    unknown = (
        '<value xsi:type="CD" nullFlavor="UNK"><originalText><reference value="#x"/></originalText></value>'
    )
    none = f'<value xsi:type="CD" code="160245001" codeSystem="{SNOMED}"/>'
    section = documents.section("11450-4", documents.problem(unknown), documents.problem(none))
    bench.write("a.xml", documents.document(section))

    account = bench.ingest()

    assert bench.reasons == ["no code, only text"]
    assert account.total("ignored", "CDA problem") == 1


def test_a_problem_without_an_onset_is_there_since_the_document_says_it(
    bench: Bench, documents: Documents
) -> None:
    value = f'<value xsi:type="CD" code="E11.9" codeSystem="{ICD10CM}"/>'
    bench.write("a.xml", documents.document(documents.section("11450-4", documents.problem(value, time=""))))

    bench.ingest()

    assert bench.event("ICD10CM//E11.9")["time"] == KNOWN


def test_drugs_vaccines_and_allergies_become_their_codes(bench: Bench, documents: Documents) -> None:
    statin, flu = documents.code(RXNORM, "259255"), documents.code(CVX, "140")
    agent = (
        '<participant typeCode="CSM"><participantRole><playingEntity>'
        f"{documents.code(RXNORM, '7982')}</playingEntity></participantRole></participant>"
    )
    allergy = documents.result(
        value=f'<value xsi:type="CD" code="416098002" codeSystem="{SNOMED}"/>{agent}',
        time='<effectiveTime><low value="2019"/></effectiveTime>',
        inside=f'<templateId root="{CCDA}.7"/>',
    )
    once = '<effectiveTime value="20231001"/>'
    bench.write(
        "a.xml",
        documents.document(
            documents.section("10160-0", documents.given(statin, mood="INT")),
            documents.section("11369-6", documents.given(flu, status="completed", time=once)),
            documents.section("11369-6", documents.given(flu, attributes='negationInd="true"', time=once)),
            documents.section("18776-5", documents.given(documents.code(RXNORM, "36567"), mood="INT")),
            documents.section("48765-2", allergy),
        ),
    )

    account = bench.ingest()

    assert [(row[0], row[1]) for row in sorted(clinical(bench), key=str)] == [
        ("ALLERGY//RXNORM//7982", datetime(2019, 12, 31, 23, 59, 59)),
        ("CVX//140", datetime(2023, 10, 1, 23, 59, 59)),
        ("RXNORM//259255", datetime(2021, 4, 5, 23, 59, 59)),
    ]
    assert account.ignored == 2


def test_procedures_and_visits_become_events_and_those_under_way_do_not(
    bench: Bench, documents: Documents
) -> None:
    def procedure(status: str, code: str = "A05.10.006") -> str:
        return (
            f'<procedure classCode="PROC" moodCode="EVN">{documents.code(NMU, code)}<statusCode code="{status}"/>'
            '<effectiveTime><low value="20220102080000"/><high value="20220102090000"/></effectiveTime></procedure>'
        )

    visit = (
        f'<encounter classCode="ENC" moodCode="EVN">{documents.code(ACT, "AMB")}'
        '<effectiveTime value="20240506100000+0300"/></encounter>'
    )
    bench.write(
        "a.xml",
        documents.document(
            documents.section("47519-4", procedure("completed"), procedure("active", "A06.09.006")),
            documents.section("46240-8", visit),
            visit="<componentOf><encompassingEncounter>"
            f'{documents.code(ACT, "AMB")}<effectiveTime><low value="20240506100000+0300"/></effectiveTime>'
            "</encompassingEncounter></componentOf>",
        ),
    )

    account = bench.ingest(options=Options(zone=ZoneInfo("Europe/Moscow")))

    assert [(row[0], row[1]) for row in sorted(clinical(bench), key=str)] == [
        ("ENCOUNTER//AMB", datetime(2024, 5, 6, 7)),
        ("NMU//A05.10.006", datetime(2022, 1, 2, 6)),
    ]
    assert ("said twice in one document", "CDA encounter", 1) in account.reasons("ignored")


def test_the_visit_in_the_head_counts_if_the_body_does_not_say_it(bench: Bench, documents: Documents) -> None:
    visit = (
        f"<componentOf><encompassingEncounter>{documents.code(ACT, 'IMP')}"
        '<effectiveTime><low value="20240501"/></effectiveTime></encompassingEncounter></componentOf>'
    )
    bench.write("a.xml", documents.document(visit=visit))

    bench.ingest()

    assert "ENCOUNTER//IMP" in bench.codes()


def test_smoking_is_one_code_whether_asserted_or_named(bench: Bench, documents: Documents) -> None:
    value = f'<value xsi:type="CD" code="449868002" codeSystem="{SNOMED}"/>'
    asserted = documents.result(
        code=documents.code(ACT, "ASSERTION"), value=value, inside=f'<templateId root="{CCDA}.78"/>', time=""
    )
    bench.write("a.xml", documents.document(documents.section("29762-2", asserted)))

    bench.ingest()

    event = bench.event("LOINC//72166-2")
    assert (event["text_value"], event["time"]) == ("449868002", KNOWN)


def test_an_illness_in_the_family_is_none_of_the_patient(bench: Bench, documents: Documents) -> None:
    value = f'<value xsi:type="CD" code="I21.9" codeSystem="{ICD10CM}"/>'
    section = documents.section("10157-6", documents.panel(documents.result(value=value)))
    bench.write("a.xml", documents.document(section))

    bench.ingest()

    assert bench.codes() == ["FAMILY//ICD10CM//I21.9", *FACTS]


def test_a_laboratorys_own_code_is_looked_up_in_the_clinics_table(
    bench: Bench, documents: Documents, tmp_path: Path
) -> None:
    value = '<value xsi:type="PQ" value="142" unit="g/L"/>'
    results = [
        documents.result(code=documents.code(FSLI, code), value=value) for code in ("1017128", "1017359")
    ]
    bench.write("a.xml", documents.document(documents.section("RESLAB", documents.panel(*results))))
    codes = LocalCodes([LocalCode("7.7.7", "1017128", "", "", "LOINC//718-7", 1.0, "врач")])

    bench.ingest(options=Options(codes=codes))

    assert sorted(str(row[0]) for row in clinical(bench)) == ["FSLI//1017359", "LOINC//718-7"]
    assert [key[1] for key in codes.unknown()] == ["1017359"]


def test_what_is_said_twice_in_one_document_counts_once(bench: Bench, documents: Documents) -> None:
    panel = documents.panel(documents.result())
    bench.write(
        "a.xml", documents.document(documents.section("30954-2", panel), documents.section("8716-3", panel))
    )

    account = bench.ingest()

    assert account.reasons("ignored") == [("said twice in one document", "CDA result", 1)]
    assert bench.codes().count("LOINC//4548-4") == 1


def test_sections_of_text_alone_are_counted_and_ignored(bench: Bench, documents: Documents) -> None:
    bench.write("a.xml", documents.document(documents.section("10164-2"), documents.section("8648-8")))

    account = bench.ingest()

    assert account.reasons("ignored") == [
        ("a section without coded entries: its text never becomes an event", "CDA section", 2)
    ]
