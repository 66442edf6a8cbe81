"""`smartclinic equation`: JSON in, JSON out, and plain refusals."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from features.error import Problem
from pipelines.equation import LONGEST, answer

INPUTS = b'{"age": 65, "sex": "male", "egfr": 19, "uacr": {"value": 30, "unit": "mg/g"}, "variables": 4}'


def test_the_answer_has_the_fields_that_are_promised() -> None:
    found = json.loads(answer("kfre", INPUTS))
    assert list(found) == ["equation", "model", "results", "warnings", "citation"]
    assert [list(result) for result in found["results"]] == [
        ["outcome", "horizon_years", "value", "unit", "band"]
    ] * 2
    assert [(r["outcome"], r["horizon_years"], r["unit"]) for r in found["results"]] == [
        ("kidney_failure", 2, "%"),
        ("kidney_failure", 5, "%"),
    ]
    assert found["results"][1]["value"] == pytest.approx(22.3128, abs=5e-5)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe{", "not JSON"),
        (b"[" * 50_000, "not JSON"),
        (b"[1, 2]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"egfr": 50, "egfr": 20, "uacr": 3}', "given twice"),
        (b'{"egfr": {"value": 50, "value": 20, "unit": "%"}, "uacr": 3}', "given twice"),
        (b'{"egfr": NaN, "uacr": 3}', "egfr: not a finite number"),
        (b'{"egfr": 1e999, "uacr": 3}', "egfr: not a finite number"),
        (b'{"egfr": 50, "uacr": null}', "uacr: not given"),
        (b" " * (LONGEST + 1), "too long"),
    ],
)
def test_what_is_no_input_is_refused_in_plain_words(text: bytes, match: str) -> None:
    with pytest.raises(Problem, match=match):
        answer("kdigo", text)


def test_the_command_reads_stdin_and_says_what_is_wrong_without_a_traceback() -> None:
    def told(text: bytes) -> subprocess.CompletedProcess[bytes]:
        code = "from pipelines.command import main; main()"
        return subprocess.run(
            [sys.executable, "-c", code, "equation", "kdigo"],
            input=text,
            capture_output=True,
            check=False,
            cwd=Path(__file__).parents[2],
        )

    good, bad = told(b'{"egfr": 50, "uacr": 100}'), told(b'{"egfr": 50, "uacr": -1, "weight": 3}')
    assert json.loads(good.stdout)["results"][0]["value"] == "high"
    assert (good.returncode, bad.returncode) == (0, 1)
    assert b"uacr: outside 0 to 25000 mg/g" in bad.stderr
    assert b"weight: not an input of kdigo" in bad.stderr
    assert b"Traceback" not in bad.stderr
