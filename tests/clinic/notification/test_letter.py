import re
from datetime import date, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.notification.letter import compose
from clinic.notification.schemas import Clinic, Item
from features.ingest.person import Person

CLINIC = Clinic("Клиника", "+7 495 000-00-00", "https://clinic.example", "reminders@clinic.example")
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=timezone(timedelta(hours=3)))
NUMBER = "0123456789abcdef" * 2
ITEM = Item("fluorography", "Флюорография", date(2026, 12, 14), False, "Раз в два года", False)
HEADERS = [
    "Date",
    "Message-ID",
    "From",
    "To",
    "Subject",
    "List-Unsubscribe",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
]


def person(**given: Any) -> Person:
    values = {"family": "Соловьёв", "given": "Пётр", "patronymic": "Ильич", "language": "ru"} | given
    return Person(
        subject_id=1,
        patient_id="patient-1",
        sex="M",
        birth_date=date(1970, 3, 14),
        email="p@mail.example",
        phone=None,
        organisation=None,
        deceased=False,
        **values,
    )


def written(
    to: Person, *items: Item, clinic: Clinic = CLINIC, address: str = "p@mail.example"
) -> tuple[bytes, EmailMessage]:
    """The bytes of the file, and what a mail program makes of them."""
    content = compose(to, address, items or (ITEM,), letter=NUMBER, now=NOW, clinic=clinic).as_bytes()
    parsed = message_from_bytes(content, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return content, parsed


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    text = part.get_content()
    assert isinstance(text, str)
    return text.replace("\r\n", "\n")


def decoded(content: bytes, header: str) -> str:
    """A header as RFC 2047 has it read: the older API, because Python 3.11's newer one puts a space
    between two encoded words of an address."""
    return str(make_header(decode_header(message_from_bytes(content)[header])))


def test_a_letter_reads_as_a_person_would_write_it() -> None:
    _, message = written(
        person(),
        Item("ecg", "ЭКГ", date(2026, 3, 3), True, "С 40 лет раз в год.", False),
        ITEM,
        Item("lipid_panel", "Анализ крови на холестерин", date(2026, 1, 1), False, None, True),
    )

    assert body(message, "plain") == (
        "Здравствуйте, Пётр Ильич!\n"
        "\n"
        "Пришло время профилактического обследования:\n"
        "\n"
        "— ЭКГ: как можно скорее, срок был 3 марта 2026 г.\n"
        "  С 40 лет раз в год.\n"
        "\n"
        "— Флюорография: до 14 декабря 2026 г.\n"
        "  Раз в два года.\n"
        "\n"
        "— Анализ крови на холестерин: в ближайшее время.\n"
        "  Срок подобран для вас по данным медицинской карты.\n"
        "\n"
        "Как записаться: позвоните +7 495 000-00-00 или откройте https://clinic.example.\n"
        "Если вы уже прошли обследование в другом месте, покажите врачу результат.\n"
        "\n"
        "Вы получили это письмо, потому что согласились на напоминания об обследованиях.\n"
        "Как отказаться: ответьте на это письмо словом «отказ» или скажите об этом по телефону, "
        "и напоминаний больше не будет. На лечение и запись отказ не влияет.\n"
        "\n"
        "Клиника\n"
    )


def test_an_english_letter_is_english_throughout() -> None:
    to = person(language="en-US", given="John", family="Smith", patronymic="Robert")
    content, message = written(to, Item("ecg", "ECG", date(2026, 3, 3), True, None, False))
    text = body(message, "plain")

    assert text.startswith("Hello John Smith,\n\nIt is time for a preventive check-up:\n\n- ECG: as soon as")
    assert "it was due by 3 March 2026." in text
    assert 'with the word "decline"' in text
    assert not re.search("[а-яё]", text.replace(CLINIC.name, ""), re.IGNORECASE)
    assert message["Subject"] == "Time to book a preventive check-up"
    assert message["Content-Language"] == "en"
    assert decoded(content, "To") == "John Smith <p@mail.example>"


def test_the_header_says_what_a_mail_program_needs_and_nothing_of_the_patient() -> None:
    content, message = written(person())

    assert message.keys() == HEADERS
    assert message["Date"].datetime == NOW
    assert message["Message-ID"] == f"<{NUMBER}@clinic.example>"
    assert message["Subject"] == "Пора записаться на профилактический осмотр"
    assert message["Auto-Submitted"] == "auto-generated"
    assert decoded(content, "From") == "Клиника <reminders@clinic.example>"
    assert decoded(content, "To") == "Соловьёв Пётр Ильич <p@mail.example>"
    unsubscribe = f"<mailto:reminders@clinic.example?subject=unsubscribe%20{NUMBER}>".encode()
    assert b"\r\nList-Unsubscribe: " + unsubscribe + b"\r\n" in content
    assert not message.defects


def test_the_same_letter_written_again_is_the_same_message() -> None:
    _, first = written(person())
    _, second = written(person())

    assert first["Message-ID"] == second["Message-ID"]
    assert body(first, "plain") == body(second, "plain")


@pytest.mark.parametrize(
    ("named", "greeting", "to"),
    [
        ({"patronymic": None}, "Здравствуйте, Пётр!", "Соловьёв Пётр"),
        ({"given": None, "patronymic": None}, "Здравствуйте!", "Соловьёв"),
        ({"given": None}, "Здравствуйте!", "Соловьёв Ильич"),
        ({"family": None}, "Здравствуйте, Пётр Ильич!", "Пётр Ильич"),
        (
            {"family": "Мусин-Пушкин", "given": "Рашид", "patronymic": "Мамед оглы"},
            "Здравствуйте, Рашид Мамед оглы!",
            "Мусин-Пушкин Рашид Мамед оглы",
        ),
        (
            {
                "family": "Константинопольская-Александрова",
                "given": "Александра",
                "patronymic": "Константиновна",
            },
            "Здравствуйте, Александра Константиновна!",
            "Константинопольская-Александрова Александра Константиновна",
        ),
        (
            {"given": "Иван\r\nBcc: x@evil.example", "patronymic": "Ильич"},
            "Здравствуйте!",
            "Соловьёв Ильич",
        ),
    ],
)
def test_people_are_named_as_they_are_written(named: dict[str, Any], greeting: str, to: str) -> None:
    content, message = written(person(**named))

    assert body(message, "plain").splitlines()[0] == greeting
    assert decoded(content, "To") == f"{to} <p@mail.example>"


def test_a_reader_that_puts_spaces_between_encoded_words_breaks_no_name() -> None:
    _, message = written(person(family="Черноволосова-Иванова", given="Александра", patronymic="Игоревна"))

    assert message["To"].split() == ["Черноволосова-Иванова", "Александра", "Игоревна", "<p@mail.example>"]


def test_somebody_without_any_name_is_addressed_by_mailbox_alone() -> None:
    content, message = written(person(family=None, given=None, patronymic=None))

    assert decoded(content, "To") == "p@mail.example"
    assert [a.addr_spec for a in message["To"].addresses] == ["p@mail.example"]


def test_five_examinations_are_named_and_the_rest_counted() -> None:
    many = [Item(str(i), f"Обследование {i}", date(2026, 12, i + 1), False, None, False) for i in range(7)]

    _, five = written(person(), *many[:5])
    _, seven = written(person(), *many)

    assert "и ещё" not in body(five, "plain")
    assert body(seven, "plain").count("— Обследование") == 5
    assert "и ещё 2 обследования — расскажем при записи." in body(seven, "plain")
    assert "и ещё 2 обследования — расскажем при записи." in body(seven, "html")


class Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_says_the_same_as_the_text_and_fetches_nothing() -> None:
    _, message = written(person(), ITEM, Item("ecg", "ЭКГ", date(2026, 3, 3), True, None, False))
    page = Texts()
    page.feed(body(message, "html").split("</head>")[1])

    assert re.findall(r"\w+", " ".join(page.texts)) == re.findall(r"\w+", body(message, "plain"))
    assert not {"img", "script", "link", "iframe", "form"} & set(page.tags)


def test_signs_of_the_page_are_escaped() -> None:
    clinic = Clinic("Клиника <b>&</b>", "", "https://clinic.example/?a=1&b=2", "a@clinic.example")
    _, message = written(
        person(), Item("x", "<script>1</script>", date(2026, 12, 1), False, "A < B", False), clinic=clinic
    )
    page = body(message, "html")

    assert "<script" not in page
    assert "&lt;script&gt;1&lt;/script&gt;" in page
    assert "Клиника &lt;b&gt;&amp;&lt;/b&gt;" in page
    assert 'href="https://clinic.example/?a=1&amp;b=2"' in page
    assert "<script>1</script>" in body(message, "plain")


def test_a_clinic_without_phone_and_page_is_reached_by_answering() -> None:
    _, message = written(person(), clinic=Clinic("Клиника", "", "", "a@clinic.example"))
    text = body(message, "plain")

    assert "Как записаться: ответьте на это письмо.\n" in text
    assert "по телефону" not in text


def test_every_line_is_seven_bit_and_short_enough_for_any_relay() -> None:
    clinic = Clinic(
        "Ё" * 120, "+7 495", f"https://{'a' * 190}.example", f"{'a' * 60}@{'.'.join(['b' * 60] * 3)}.example"
    )
    long = Item("x", "Обследование " * 200, date(2026, 12, 1), False, "Очень длинная причина " * 200, False)
    address = f"{'a' * 64}@{'.'.join(['b' * 60] * 3)}.example"
    content, message = written(person(family="Ё" * 80), long, clinic=clinic, address=address)

    assert content.isascii()
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert message["Message-ID"] == f"<{NUMBER}@{clinic.sender.split('@')[1]}>"
    assert message["To"].addresses[0].addr_spec == address
    assert decoded(content, "To") == f"{'Ё' * 80} Пётр Ильич <{address}>"
    assert long.title.strip() in body(message, "plain")


ADVERTISING = (
    r"скидк|акци|выгодн|цен[аыу]|бесплатн|предложени|подар|лучш|купит|услуг|discount|offer|free|price|best"
)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_letter_holds_no_word_of_advertising(language: str) -> None:
    _, message = written(person(language=language))

    assert not re.search(ADVERTISING, body(message, "plain") + body(message, "html"), re.IGNORECASE)


NAMES = st.none() | st.text(max_size=30) | st.sampled_from(["Иван\r\nBcc: x@evil.example", "=?utf-8?q?=0A?="])


@given(family=NAMES, first=NAMES, patronymic=NAMES, language=st.sampled_from(["ru", "en", None]))
def test_whatever_the_name_there_is_one_receiver_and_no_header_of_its_making(
    family: str | None, first: str | None, patronymic: str | None, language: str | None
) -> None:
    content, message = written(person(family=family, given=first, patronymic=patronymic, language=language))

    assert message.keys() == HEADERS
    assert [a.addr_spec for a in message["To"].addresses] == ["p@mail.example"]
    assert "evil" not in body(message, "plain") + body(message, "html") + decoded(content, "To")


def test_the_date_header_is_in_the_zone_of_the_clinic() -> None:
    content, _ = written(person())

    assert content.startswith(b"Date: Wed, 25 Nov 2026 09:00:00 +0300\r\n")
