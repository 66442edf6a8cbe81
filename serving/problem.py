"""Errors as RFC 9457 problem details, in the reader's language, without a value from a record."""

from http import HTTPStatus
from typing import ClassVar, Literal

from pydantic import BaseModel, Field

from features.error import Problem
from models.manifest import Text
from serving.schemas import Language

MEDIA_TYPE = "application/problem+json"


class Invalid(BaseModel):
    """One element that is wrong; the value itself is never repeated."""

    at: str = Field(description="where, such as query.language or entry[3].resource.resourceType")
    message: str


class ProblemDetails(BaseModel):
    """RFC 9457. `instance` is left out on purpose: the address holds the subject's number."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[Invalid] = []

    @classmethod
    def of(
        cls, status: int, detail: str, errors: list[Invalid] | None = None, title: str | None = None
    ) -> "ProblemDetails":
        return cls(
            title=title or HTTPStatus(status).phrase, status=status, detail=detail, errors=errors or []
        )


class Refused(Problem):
    """A request that cannot be answered, said in both languages. Subclasses set the status."""

    status: ClassVar[int] = 400

    def __init__(self, ru: str, en: str, at: str | None = None) -> None:
        super().__init__(en)
        self.text = Text(ru=ru, en=en)
        self.at = at

    def details(self, language: Language) -> ProblemDetails:
        detail = say(self.text, language)
        errors = [Invalid(at=self.at, message=detail)] if self.at else None
        return ProblemDetails.of(self.status, detail, errors)


class SubjectNotFound(Refused):
    status: ClassVar[int] = 404

    def __init__(self) -> None:
        super().__init__(
            "Пациента с таким номером нет в хранилище событий. Проверьте номер или загрузите его записи.",
            "No subject with this number in the event store. Check the number or ingest the records.",
        )


class RecordTooLarge(Refused):
    status: ClassVar[int] = 413

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"Запись больше {limit // 1_000_000} МБ. Пришлите её по частям или загрузите командой ingest.",
            f"The record is over {limit // 1_000_000} MB. Send less of it or load it with `ingest`.",
        )


class RecordMalformed(Refused):
    status: ClassVar[int] = 400

    def __init__(self, line: int, column: int) -> None:
        super().__init__(
            f"Тело запроса — не JSON: ошибка в строке {line}, столбце {column}.",
            f"The body is not JSON: the fault is in line {line}, column {column}.",
        )


class RecordRefused(Refused):
    status: ClassVar[int] = 422


def say(text: Text, language: Language | Literal["ru", "en"]) -> str:
    return text.ru if language == "ru" else text.en
