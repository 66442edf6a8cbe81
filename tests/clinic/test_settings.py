import pytest

from clinic.notification.schemas import Clinic, ClinicError
from clinic.settings import Settings


def test_without_settings_the_clinic_is_nobody_in_particular(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NAME", "PHONE", "URL", "SENDER"):
        monkeypatch.delenv(f"SMARTCLINIC_CLINIC_{name}", raising=False)

    assert Settings().clinic() == Clinic("Клиника", "", "", "reminders@clinic.invalid")


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTCLINIC_CLINIC_NAME", "Клиника «Ёлка»")
    monkeypatch.setenv("SMARTCLINIC_CLINIC_PHONE", "8 (800) 000-00-00, доб. 7")
    monkeypatch.setenv("SMARTCLINIC_CLINIC_URL", "https://elka.example/zapis")
    monkeypatch.setenv("SMARTCLINIC_CLINIC_SENDER", "help@elka.example")

    assert Settings().clinic() == Clinic(
        "Клиника «Ёлка»", "8 (800) 000-00-00, доб. 7", "https://elka.example/zapis", "help@elka.example"
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "Клиника\r\nBcc: x@evil.example"),
        ("name", "=?utf-8?q?a=0D=0ABcc=3A?="),
        ("sender", "a@b.example, c@d.example"),
        ("sender", "a@b.example\nBcc: x@evil.example"),
        ("sender", "nobody"),
        ("phone", "+7\r\n495"),
        ("url", "javascript:alert(1)"),
        ("url", "https://a b"),
    ],
)
def test_what_cannot_stand_in_a_letter_is_refused_by_its_name(field: str, value: str) -> None:
    values = {"name": "Клиника", "phone": "", "url": "", "sender": "a@b.example"} | {field: value}

    with pytest.raises(ClinicError, match=field):
        Clinic(**values)
