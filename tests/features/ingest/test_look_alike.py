"""МКБ-10 codes typed with Cyrillic letters: read as what is meant, and counted for the sender."""

import pytest

from features.ingest.account import Account
from features.ingest.concept import coded, folding

ICD10 = "urn:oid:1.2.643.5.1.13.13.11.1005"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Е11.9", "E11.9"),
        ("С50", "C50"),
        ("I10", "I10"),
        ("е11,9", "E11.9"),
        ("А15.0†", "A15.0"),
        ("Н35", "H35"),
    ],
)
def test_look_alike_letters_are_folded(typed: str, code: str) -> None:
    assert coded(ICD10, typed) == ("ICD10", f"ICD10//{code}")


def test_every_folded_code_is_counted_however_often_it_comes() -> None:
    with folding() as folded:
        for code in ("Е11.9", "E11.9", "Е11.9", "С50", "I10", "Ж99"):
            coded(ICD10, code)
    coded(ICD10, "С50")

    assert folded.count == 3


def test_a_letter_without_a_latin_twin_is_no_code() -> None:
    assert coded(ICD10, "Ж99")[0] == "OTHER"


def test_the_account_keeps_the_count_and_older_accounts_are_read() -> None:
    account = Account(codes_folded=2) + Account(codes_folded=1)
    said = account.to_json()
    assert Account.from_json(said).codes_folded == 3
    del said["codes_folded"]
    assert Account.from_json(said).codes_folded == 0
