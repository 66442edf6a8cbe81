"""Which language an answer is in: the query says, else Accept-Language, else the setting."""

from typing import get_args

from fastapi import Request

from serving.schemas import Language


def negotiate(request: Request, default: Language) -> Language:
    """`?language=` if it names one of ours, else the best of Accept-Language, else `default`."""
    asked = request.query_params.get("language")
    for language in get_args(Language):
        if asked == language:
            return language  # type: ignore[no-any-return] # get_args loses the type
    return accepted(request.headers.get("accept-language", "")) or default


def accepted(header: str) -> Language | None:
    """The language of ours with the highest weight (RFC 9110, 12.5.4); None: none of them."""
    best: tuple[float, Language] | None = None
    for part in header.split(","):
        tag, _, parameters = part.strip().partition(";")
        primary = tag.strip().lower().split("-")[0]
        weight = _weight(parameters)
        for language in get_args(Language):
            if primary == language and weight > 0 and (best is None or weight > best[0]):
                best = (weight, language)
    return best[1] if best else None


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
