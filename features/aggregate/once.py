"""A property worked out at its first use. Like functools.cached_property, but without the lock that
costs more than most of what is kept here; two threads never share a table in the making."""

from collections.abc import Callable
from typing import Generic, TypeVar

Of = TypeVar("Of")
Made = TypeVar("Made")


class once(Generic[Of, Made]):
    """Keeps what `make` gives under its own name in the object."""

    def __init__(self, make: Callable[[Of], Made]) -> None:
        self._make, self._name, self.__doc__ = make, make.__name__, make.__doc__

    def __get__(self, of: Of, owner: type[Of]) -> Made:
        made = of.__dict__[self._name] = self._make(of)
        return made
