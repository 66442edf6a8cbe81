"""The HTTP contract: answers, problems, languages, limits, and what never leaves the process."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from pydantic import ValidationError

from features.store import MemoryEvents
from serving import note, qdrant
from serving.app import LIMIT, build_engine, create_app
from serving.case import Access
from serving.example import BUNDLE
from serving.inline import record
from serving.metric import Metrics
from serving.recommendation import Engine
from serving.schemas import Recommendations, Risks, SimilarCases
from serving.settings import Settings


def test_recommendations_follow_the_contract(ask: Any, subjects: list[int]) -> None:
    answer = ask("GET", f"/v1/patients/{subjects[0]}/recommendations")
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/json"
    found = Recommendations.model_validate(answer.json() | {"subject_id": subjects[0]})
    assert answer.json()["subject_id"] == str(subjects[0])  # a string: JavaScript would round it
    assert found.recommendations and found.prediction_time.tzinfo is not None


def test_risks_follow_the_contract(ask: Any, subjects: list[int]) -> None:
    answer = ask("GET", f"/v1/patients/{subjects[0]}/risks")
    found = Risks.model_validate(answer.json() | {"subject_id": subjects[0]})
    assert [risk.outcome for risk in found.risks] == ["ICD10//E11"]


def test_similar_cases_follow_the_contract(ask: Any, subjects: list[int]) -> None:
    answer = ask("GET", f"/v1/patients/{subjects[0]}/similar?limit=5")
    found = SimilarCases.model_validate(answer.json() | {"subject_id": subjects[0]})
    assert len(found.cases) == 5
    assert [c.similarity for c in found.cases] == sorted((c.similarity for c in found.cases), reverse=True)


def test_the_prediction_time_can_be_set(ask: Any, subjects: list[int]) -> None:
    path = f"/v1/patients/{subjects[0]}/recommendations"
    then = ask("GET", path, params={"prediction_time": "2025-06-01T12:00:00+03:00"}).json()
    assert then["prediction_time"] == "2025-06-01T09:00:00Z"
    assert then["data_as_of"] < "2025-06-01T09:00:00Z"


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", None, "ru"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "de, ru;q=0.3, en;q=0.8", "en"),
        ("", "en;q=0, fr", "ru"),
        ("?language=en", "ru", "en"),
        ("?language=ru", "en", "ru"),
    ],
)
def test_the_language_is_the_query_then_the_header_then_the_setting(
    ask: Any, subjects: list[int], query: str, header: str | None, language: str
) -> None:
    headers = {"accept-language": header} if header else {}
    answer = ask("GET", f"/v1/patients/{subjects[0]}/recommendations{query}", headers=headers)
    assert answer.json()["language"] == language


def _problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status and found["title"] and found["detail"]
    return found


def test_an_unknown_subject_is_a_problem_in_the_readers_language(ask: Any) -> None:
    assert "Пациента" in _problem(ask("GET", "/v1/patients/12345/risks"), 404)["detail"]
    assert "No subject" in _problem(ask("GET", "/v1/patients/12345/risks?language=en"), 404)["detail"]


@pytest.mark.parametrize("bad", ["ivanov", "-71", str(2**63), "1.5"])
def test_a_number_that_cannot_be_is_a_problem_that_does_not_repeat_it(ask: Any, bad: str) -> None:
    answer = ask("GET", f"/v1/patients/{bad}/recommendations")
    found = _problem(answer, 422)
    assert [error["at"] for error in found["errors"]] == ["path.subject_id"]
    assert bad not in json.dumps(found["errors"])


def test_a_wrong_language_limit_or_time_is_a_problem(ask: Any, subjects: list[int]) -> None:
    path = f"/v1/patients/{subjects[0]}/similar"
    for query, at in (
        ("language=de", "language"),
        ("limit=0", "limit"),
        ("prediction_time=soon", "prediction_time"),
    ):
        found = _problem(ask("GET", f"{path}?{query}"), 422)
        assert found["errors"][0]["at"] == f"query.{at}"


def test_an_unknown_address_and_a_wrong_method_are_problems(ask: Any) -> None:
    _problem(ask("GET", "/v2/nothing"), 404)
    assert ask("DELETE", "/v1/recommendations").headers["allow"] == "POST"
    _problem(ask("DELETE", "/v1/recommendations"), 405)


def test_an_unexpected_error_is_a_problem_that_tells_nothing(
    engine: Engine, subjects: list[int], clinic: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken:
        def read(self, subject_ids: list[int]) -> Any:
            raise RuntimeError(f"secret {subject_ids[0]}")

    broken = Engine(Broken(), engine.bundles, engine.rules)  # type: ignore[arg-type] # broken on purpose
    ask = clinic.caller(create_app(broken))
    found = ask("GET", f"/v1/patients/{subjects[0]}/risks")
    assert _problem(found, 500)["title"] == "Internal Server Error"
    captured = capsys.readouterr()
    assert "RuntimeError" in captured.out and "secret" not in found.text + captured.out + captured.err
    assert str(subjects[0]) not in found.text + captured.out + captured.err


# A record that came along


def test_an_inline_record_of_an_unknown_patient_gets_recommendations(ask: Any) -> None:
    answer = ask("POST", "/v1/recommendations", json=BUNDLE)
    assert answer.status_code == 200, answer.text
    found = Recommendations.model_validate(answer.json())
    assert found.subject_id is None and found.notes == []
    lipids = next(r for r in found.recommendations if r.examination == "lipid_panel")
    assert lipids.last_done == datetime(2025, 5, 20, tzinfo=UTC).date() and lipids.model is not None
    assert "mammography" in {r.examination for r in found.recommendations}


def test_a_patient_of_whom_nothing_is_known_gets_a_note(ask: Any) -> None:
    patient = {"resource": {"resourceType": "Patient", "id": "a"}}
    answer = ask(
        "POST",
        "/v1/recommendations",
        json={"resourceType": "Bundle", "type": "collection", "entry": [patient]},
    )
    assert answer.status_code == 200 and answer.json()["recommendations"] == []
    assert answer.json()["notes"] == [note.NO_DATA.ru]


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
@pytest.mark.parametrize("path", ["recommendations", "risks", "similar"])
def test_a_time_beyond_all_records_is_a_problem(ask: Any, subjects: list[int], path: str, time: str) -> None:
    _problem(ask("GET", f"/v1/patients/{subjects[0]}/{path}?prediction_time={time}"), 422)


def test_an_inline_record_gets_the_answer_that_it_would_get_from_the_store(
    engine: Engine, clinic: Any
) -> None:
    found = record(orjson.dumps(BUNDLE), clinic.then)
    stored = Engine(MemoryEvents(found.events), engine.bundles, engine.rules)
    (answer,) = stored.recommend(found.events["subject_id"].unique().to_list(), clinic.now)
    inline = engine.recommend_events(found.events, clinic.now)
    assert inline == answer.model_copy(update={"subject_id": None}) and inline.recommendations


def _bundle(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": r} for r in resources],
        **more,
    }


PATIENT = BUNDLE["entry"][0]["resource"]
OTHER = {**PATIENT, "id": "other"}
LABORATORY = BUNDLE["entry"][2]["resource"]


@pytest.mark.parametrize(
    ("body", "status", "at"),
    [
        ({"resourceType": "Patient"}, 422, "resourceType"),
        ([1, 2], 422, "resourceType"),
        ({"resourceType": "Bundle"}, 422, "entry"),
        (_bundle(LABORATORY), 422, "entry[].resource.resourceType"),
        (_bundle(PATIENT, OTHER), 422, "entry[1].resource"),
        (
            _bundle(PATIENT, {**LABORATORY, "subject": {"reference": "Patient/other"}}),
            422,
            "entry[1].resource",
        ),
        (_bundle(PATIENT, {"resourceType": "Encounter", "actualPeriod": {}}), 422, "entry[1].resource"),
        (_bundle({**PATIENT, "birthDate": "1971-02-31"}), 422, "entry[0].resource"),
    ],
)
def test_a_record_that_cannot_be_used_is_refused_naming_the_element(
    ask: Any, body: Any, status: int, at: str
) -> None:
    found = _problem(ask("POST", "/v1/recommendations", json=body), status)
    assert found["errors"][0]["at"] == at and any("а" <= letter <= "я" for letter in found["detail"])


def test_r5_is_named_with_its_element(ask: Any) -> None:
    later = _bundle(PATIENT, {"resourceType": "Encounter", "actualPeriod": {}})
    found = _problem(ask("POST", "/v1/recommendations?language=en", json=later), 422)
    assert "R5" in found["detail"] and "Encounter.actualPeriod" in found["detail"]


def test_a_body_that_is_no_json_is_refused_with_the_place(ask: Any) -> None:
    found = _problem(
        ask("POST", "/v1/recommendations", content=b'{"resourceType": "Bundle",\n "entry": ['), 400
    )
    assert "2" in found["detail"]
    _problem(ask("POST", "/v1/recommendations", content=b""), 400)


@pytest.mark.parametrize("announced", [True, False])
def test_a_record_over_five_megabytes_is_refused(ask: Any, announced: bool) -> None:
    async def parts() -> Any:
        for _ in range(6):
            yield b" " * 1_000_000

    content = b" " * (LIMIT + 1) if announced else parts()
    _problem(ask("POST", "/v1/recommendations", content=content), 413)


def test_what_was_not_understood_is_told_without_its_content(ask: Any) -> None:
    secret = {**LABORATORY, "id": "secretid", "code": {"text": "secrettext"}}
    answer = ask("POST", "/v1/recommendations?language=en", json=_bundle(PATIENT, LABORATORY, secret))
    assert answer.status_code == 200
    assert "Observation" in answer.json()["notes"][-1] and "secret" not in answer.text


def test_a_deceased_patient_without_a_date_gets_no_recommendations(ask: Any) -> None:
    answer = ask("POST", "/v1/recommendations", json=_bundle({**PATIENT, "deceasedBoolean": True}))
    assert answer.json()["recommendations"] == [] and "умер" in answer.json()["notes"][0]


def test_a_name_in_a_record_is_nowhere_in_answer_or_logs(
    ask: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    named = {
        **PATIENT,
        "name": [{"family": "Тайнова", "given": ["Секретина"]}],
        "telecom": [{"system": "phone", "value": "+79990001122"}],
    }
    answer = ask("POST", "/v1/recommendations", json=_bundle(named, LABORATORY))
    logged = "".join(capsys.readouterr())
    for word in ("Тайнова", "Секретина", "79990001122", "example"):
        assert word not in answer.text + logged


# Operation


def test_logs_and_metrics_hold_the_route_never_the_subject(
    ask: Any, subjects: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    for kind in ("recommendations", "risks", "similar"):
        ask("GET", f"/v1/patients/{subjects[3]}/{kind}")
    ask("GET", f"/v1/patients/{subjects[3]}999/risks")
    ask("GET", f"/elsewhere/{subjects[3]}")
    page = ask("GET", "/metrics").text
    logged = "".join(capsys.readouterr())
    assert str(subjects[3]) not in page + logged
    assert 'route="/v1/patients/{subject_id}/risks",status="200"' in page
    assert 'smartclinic_model_info{model="type2_diabetes_2y",version="v1"} 1.0' in page
    for stage in ("store", "features", "models", "explain", "cases"):
        count = next(
            line
            for line in page.splitlines()
            if line.startswith(f'smartclinic_stage_seconds_count{{stage="{stage}"')
        )
        assert float(count.split()[-1]) > 0
    assert "/v1/patients/{subject_id}/similar" in logged


def test_a_method_that_http_does_not_know_becomes_no_label_and_no_log_line(
    ask: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask("IVANOVA-ANNA", "/healthz").status_code == 405
    page = ask("GET", "/metrics").text
    logged = "".join(capsys.readouterr())
    assert "IVANOVA" not in page + logged
    assert 'method="OTHER"' in page and "OTHER" in logged


def test_the_clinics_zone_and_qdrant_server_are_settings(
    store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = {"events": store.folder, "bundles": tmp_path, "cases": tmp_path}
    assert Settings(**places).zone is None and qdrant.server(Settings(**places)) is None
    monkeypatch.setenv("SMARTCLINIC_ZONE", "Asia/Vladivostok")
    assert build_engine(Settings(**places), Metrics()).zone == ZoneInfo("Asia/Vladivostok")
    monkeypatch.setenv("SMARTCLINIC_ZONE", "Moscow")
    with pytest.raises(ValidationError, match="zone"):
        Settings(**places)


def test_cases_described_after_the_time_asked_about_are_said_to_be_so(ask: Any, subjects: list[int]) -> None:
    path = f"/v1/patients/{subjects[0]}/similar?language=en&prediction_time="
    before = ask("GET", f"{path}2025-11-25T09:30:00Z").json()
    assert before["cases"] and "2026-11-25" in before["notes"][0] and "later" in before["notes"][0]
    assert ask("GET", f"{path}2026-11-26T00:00:00Z").json()["notes"] == []


def test_the_process_is_ready_when_what_is_published_is_loaded(ask: Any) -> None:
    assert ask("GET", "/healthz").json() == {"status": "alive"}
    answer = ask("GET", "/readyz")
    assert answer.status_code == 200
    assert answer.json()["models"] == {"lipid_panel_due": "v1", "type2_diabetes_2y": "v1"}
    assert answer.json()["cases"]


def test_it_is_not_ready_while_a_published_model_cannot_be_served(
    store: Any, tmp_path: Path, trained: dict[str, Any], clinic: Any
) -> None:
    folder = clinic.write_bundle(tmp_path / "bundles", trained["risk"])
    (folder / "model.onnx").write_bytes(b"broken")
    app = create_app(Settings(events=store.folder, bundles=tmp_path / "bundles", cases=tmp_path / "cases"))
    ask = clinic.caller(app)
    assert ask("GET", "/readyz").json()["notes"] == ["loading"]
    app.state.engine.warm()
    answer = ask("GET", "/readyz")
    assert answer.status_code == 503 and "type2_diabetes_2y" in answer.json()["refused"]
    app.state.engine.close()


def test_the_first_run_without_models_and_cases_is_ready_and_says_so(
    store: Any, tmp_path: Path, clinic: Any
) -> None:
    app = create_app(Settings(events=store.folder, bundles=tmp_path / "none", cases=tmp_path / "none"))
    app.state.engine.warm()
    ask = clinic.caller(app)
    assert ask("GET", "/readyz").json() == {
        "ready": True,
        "models": {},
        "refused": {},
        "cases": None,
        "notes": [],
    }
    subject = store.subjects()[0]
    similar = ask("GET", f"/v1/patients/{subject}/similar").json()
    assert similar["cases"] == [] and "index" in similar["notes"][0]
    app.state.engine.close()


def test_the_description_of_the_api_has_examples_that_are_true_to_the_contract(ask: Any) -> None:
    description = ask("GET", "/openapi.json").json()
    schemas = description["components"]["schemas"]
    for contract in (Recommendations, Risks, SimilarCases):
        (example,) = schemas[contract.__name__]["examples"]
        contract.model_validate_json(json.dumps(example))
    operation = description["paths"]["/v1/recommendations"]["post"]
    assert operation["requestBody"]["content"]["application/fhir+json"]["example"]["resourceType"] == "Bundle"
    for path, operations in description["paths"].items():
        for one in operations.values():
            problems = {s: r for s, r in one["responses"].items() if s in ("404", "422", "413", "500")}
            assert all("application/problem+json" in r["content"] for r in problems.values()), path


def test_the_page_of_the_api_shows_every_endpoint_and_loads_nothing_from_elsewhere(ask: Any) -> None:
    page = ask("GET", "/docs").text
    for path in ask("GET", "/openapi.json").json()["paths"]:
        assert path in page
    assert "Анализ крови на холестерин" in page and "Эссенциальная" in page
    assert "<script" not in page and "src=" not in page and "//cdn" not in page


# Access


def test_another_organisations_cases_are_never_returned(
    engine: Engine, subjects: list[int], clinic: Any
) -> None:
    patients = engine.library and engine.library._edition and engine.library._edition.patients
    assert patients
    shown: dict[str, set[str]] = {}
    for organisation in ("clinic-0", "clinic-1", "nobody"):
        ask = clinic.caller(create_app(engine, Access(organisation, "care")))
        shown[organisation] = {
            case["case"]
            for subject in subjects[:40]
            for case in ask("GET", f"/v1/patients/{subject}/similar?limit=50").json()["cases"]
        }
    own = sum(clinic.organisation(s) == "clinic-0" for s in subjects)
    assert shown["nobody"] == set() and len(shown["clinic-0"]) == own and len(shown["clinic-1"]) > 0
    assert not shown["clinic-0"] & shown["clinic-1"]
