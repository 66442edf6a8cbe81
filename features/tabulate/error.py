"""What can be wrong with a tabulation, said to the person who asked for it."""

from features.error import Problem


class TabulationError(Problem):
    """The input, the index or an option does not fit. The message says what to do."""


class Miscounted(RuntimeError):
    """Events went in that were not counted, or were counted twice: a fault of the program."""
