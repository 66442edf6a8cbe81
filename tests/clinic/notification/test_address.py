import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.notification.address import one_line, usable_address, usable_name


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ivan@mail.example", "ivan@mail.example"),
        (" ivan@mail.example ", "ivan@mail.example"),
        ("Ivan.Petrov+clinic@Mail.Example", "Ivan.Petrov+clinic@mail.example"),
        ("o'brien@sub.mail.example", "o'brien@sub.mail.example"),
        ("ivan@почта.рф", "ivan@xn--80a1acny.xn--p1ai"),
    ],
)
def test_one_mailbox_is_usable(text: str, address: str) -> None:
    assert usable_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ivan",
        "@mail.example",
        "ivan@",
        "ivan@localhost",
        "ivan@mail",
        "ivan@mail..example",
        "ivan@-mail.example",
        "ivan@127.0.0.1",
        "ivan@[127.0.0.1]",
        ".ivan@mail.example",
        "ivan..p@mail.example",
        "ivan petrov@mail.example",
        "иван@mail.example",
        '"ivan petrov"@mail.example',
        "Ivan <ivan@mail.example>",
        "a@b.example, c@d.example",
        "a@b.example;c@d.example",
        "a@b.example c@d.example",
        "a@b@c.example",
        "ivan@mail.example\r\nBcc: x@evil.example",
        "ivan@mail.example\n",
        "ivan\r\n@mail.example",
        "=?utf-8?q?x=0D=0ABcc=3A_y?=@evil.example",
        "i" * 65 + "@mail.example",
        "ivan@" + "m" * 64 + ".example",
        "ivan@" + "mail." * 60 + "example",
        "ivan@mail.example\x00",
    ],
)
def test_what_is_not_exactly_one_mailbox_is_not(text: str) -> None:
    assert usable_address(text) is None


@given(st.text(alphabet=st.characters() | st.sampled_from("@.,;<>\r\n a"), max_size=40))
def test_a_usable_address_never_holds_a_space_a_comma_or_a_control_sign(text: str) -> None:
    address = usable_address(text)

    assert address is None or (
        address.isascii() and address.isprintable() and not set(address) & set(" ,;<>()")
    )


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("Пётр", "Пётр"),
        ("  Анна   Мария ", "Анна Мария"),
        ("Соловьёв-Седой", "Соловьёв-Седой"),
        ("Мамед оглы", "Мамед оглы"),
        ("О'Коннор", "О'Коннор"),
        ("А. С.", "А. С."),
        ("Josefina523", "Josefina523"),
        ("José", "José"),
        ("李", "李"),
    ],
)
def test_names_are_printed_as_written(part: str, name: str) -> None:
    assert usable_name(part) == name


@pytest.mark.parametrize(
    "part",
    [
        None,
        "",
        "   ",
        "Иван\r\nBcc: x@evil.example",
        "Иван\nБорис",
        "Иван\tБорис",
        "Иван\x00",
        "Иван\u2028Борис",
        "Иван\u202eсироБ",
        "<b>Иван</b>",
        "{{ clinic }}",
        "evil.example",
        "x@evil.example",
        "=?utf-8?q?a=0D=0A?=",
        "И" * 81,
    ],
)
def test_what_is_no_name_is_not_printed(part: str | None) -> None:
    assert usable_name(part) is None


def test_a_text_of_many_lines_becomes_one() -> None:
    assert one_line(" a\r\nb\tc\u2028d\x00 e ") == "a b c d e"
