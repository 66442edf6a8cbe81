"""One reminder as an RFC 5322 message.

Neither the header nor the text names a diagnosis, a value or a probability: a family member may
read it. The text is a medical matter and holds no advertising (38-ФЗ, ст. 18, 24).
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from datetime import date, datetime
from email.headerregistry import BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, formataddr
from functools import cache
from typing import Any, ClassVar, Literal
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from clinic.notification import wording
from clinic.notification.address import usable_name
from clinic.notification.schemas import Clinic, Item
from clinic.notification.wording import Language
from features.ingest.person import Person

LINE = 78  # signs in a header's line (RFC 5322, 2.1.1)
ENCODED = 45  # bytes in one encoded word (RFC 2047, 2): 60 signs of Base64 and what surrounds them
LISTED = 5  # examinations named in one letter; more are only counted
SUBJECT: dict[Language, str] = {
    "ru": "Пора записаться на профилактический осмотр",
    "en": "Time to book a preventive check-up",
}


class _Ready(BaseHeader):
    """A header that is ASCII already and is folded at spaces alone.

    The standard ones fold a long word into an encoded word, which mail programs do not look for in
    Message-ID and List-Unsubscribe, and break encoded names in the middle of a word, where Python's
    own reader (3.11) shows a space.
    """

    max_count: ClassVar[Literal[1]] = 1

    @staticmethod
    def parse(value: str, values: dict[str, Any]) -> None:
        values.update(decoded=value, parse_tree=None, defects=[])

    def fold(self, *, policy: Policy) -> str:
        lines = [f"{self.name}:"]
        for word in self.split(" "):
            if len(lines[-1]) + 1 + len(word) > LINE and lines[-1] != f"{self.name}:":
                lines.append("")
            lines[-1] += f" {word}"
        return policy.linesep.join([*lines, ""])


_HEADERS = HeaderRegistry()
for _name in ("message-id", "from", "to", "list-unsubscribe"):
    _HEADERS.map_to_type(_name, _Ready)
LETTER = SMTP.clone(cte_type="7bit", header_factory=_HEADERS)  # 7 bits pass through every relay


def compose(
    person: Person, address: str, items: Sequence[Item], *, letter: str, now: datetime, clinic: Clinic
) -> EmailMessage:
    """The letter about `items`: the first five are named, in this order, the others counted.

    Args:
        address: of the patient, as `usable_address` gives it.
        letter: the letter's own number, which becomes its Message-ID; says nothing of the patient.
        now: aware; its date is today.
    """
    language = wording.language(person.language)
    message = EmailMessage(policy=LETTER)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter}@{clinic.sender.rpartition('@')[2]}>"
    message["From"] = _mailbox(clinic.name, clinic.sender)
    message["To"] = _mailbox(_full_name(person, language), address)
    message["Subject"] = SUBJECT[language]
    message["List-Unsubscribe"] = f"<mailto:{quote(clinic.sender, safe='@')}?subject=unsubscribe%20{letter}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_text(f"{language}.txt.j2", person, items, now.date(), clinic, language))
    message.add_alternative(
        _text(f"{language}.html.j2", person, items, now.date(), clinic, language), subtype="html"
    )
    message["Content-Language"] = language  # last: set_content would move it into the first part
    return message


def _mailbox(name: str, address: str) -> str:
    """A name and an address as a header has them, in ASCII."""
    if name.isascii():
        return formataddr((name, address))
    words = [f"=?utf-8?b?{b64encode(piece).decode('ascii')}?=" for piece in _pieces(name)]
    return " ".join([*words, f"<{address}>"])


def _pieces(name: str) -> list[bytes]:
    """The name in UTF-8, cut after spaces where that is possible; never inside a letter."""
    pieces = [b""]
    for word in re.findall(r"\S+\s*|\s+", name):
        units = [word.encode()] if len(word.encode()) <= ENCODED else [sign.encode() for sign in word]
        for unit in units:
            if len(pieces[-1]) + len(unit) > ENCODED:
                pieces.append(b"")
            pieces[-1] += unit
    return pieces


def _text(
    template: str, person: Person, items: Sequence[Item], today: date, clinic: Clinic, language: Language
) -> str:
    lines = [
        {
            "title": item.title,
            "when": wording.ended(wording.when(item, today, language)),
            "why": wording.why(item, language),
        }
        for item in items[:LISTED]
    ]
    more = wording.more(len(items) - LISTED, language) if len(items) > LISTED else None
    return (
        _templates()
        .get_template(template)
        .render(
            name=_greeted(person, language), items=lines, more=more, clinic=clinic, subject=SUBJECT[language]
        )
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("clinic.notification"),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _greeted(person: Person, language: Language) -> str | None:
    """Имя отчество; given and family name in English; None where the given name is not fit to print."""
    given = usable_name(person.given)
    if given is None:
        return None
    second = usable_name(person.patronymic if language == "ru" else person.family)
    return f"{given} {second}" if second else given


def _full_name(person: Person, language: Language) -> str:
    parts = (
        (person.family, person.given, person.patronymic)
        if language == "ru"
        else (person.given, person.family)
    )
    return " ".join(name for name in map(usable_name, parts) if name)
