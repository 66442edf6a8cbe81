"""Every code × window × aggregate as a sparse matrix with named columns, from any MEDS data set."""

from features.tabulate.aggregate import AGGREGATES, DEFAULT
from features.tabulate.error import TabulationError
from features.tabulate.load import Table, blocks, load
from features.tabulate.run import Account, tabulate
from features.tabulate.window import Window, windows

__all__ = [
    "AGGREGATES",
    "DEFAULT",
    "Account",
    "Table",
    "TabulationError",
    "Window",
    "blocks",
    "load",
    "tabulate",
    "windows",
]
