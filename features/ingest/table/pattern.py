"""Names of files by pattern: `*` within a folder, `**` across folders; case does not matter."""

import re
from collections.abc import Iterable
from functools import lru_cache

PACKED = (".gz",)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*|\?)", pattern.lstrip("/"))
    words = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    return re.compile(
        "(?:.*/)?" + "".join(words.get(p, re.escape(p)) for p in parts), re.IGNORECASE | re.DOTALL
    )


def fits(name: str, patterns: Iterable[str]) -> bool:
    """Whether the end of a path fits one of the patterns; a packed file goes by its name without `.gz`."""
    name = name.replace("\\", "/")
    names = [name, *(name[: -len(end)] for end in PACKED if name.lower().endswith(end))]
    return any(_compiled(pattern).fullmatch(name) for pattern in patterns for name in names)
