"""A 64-bit number that stands for texts and numbers, whole columns at once.

It names records in the event store, so it must never change: it is defined here, and nothing of it hangs
on a library's own hash. Each 8 bytes of a text are mixed by the finaliser of SplitMix64 (Steele, Lea and
Flood 2014) under a constant of their place; the sum is mixed once more with the length.
"""

from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import polars as pl

U64 = npt.NDArray[np.uint64]
WIDTH = 64  # bytes; longer texts go one by one through BLAKE2b
_GOLDEN, _A, _B = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_MASK = (1 << 64) - 1


def mix(x: U64) -> U64:
    """Each number to another one that tells nothing of it at a glance; one to one."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(_A)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(_B)
    return x ^ (x >> np.uint64(31))


def of_texts(texts: pl.Series) -> U64:
    """One number a text; null and the empty text are 0."""
    size = texts.str.len_bytes().fill_null(0)
    longest = int(size.max() or 0)  # type: ignore[arg-type]  # an integer column
    words = (min(longest, WIDTH) + 7) // 8
    total = np.zeros(len(texts), np.uint64)
    if words:
        padded = pl.select(
            pl.concat_str(texts.fill_null(""), pl.lit("\0" * 8 * words))
            .cast(pl.Binary)
            .bin.slice(0, 8 * words)
            .bin.reinterpret(dtype=pl.Array(pl.UInt64, words), endianness="little")
        ).to_series()
        table = padded.to_numpy().reshape(len(texts), words)
        for place in range(words):
            key = ((place + 1) * _GOLDEN) & _MASK
            # A word of zeros adds nothing, so that the sum does not hang on the longest text beside it.
            nothing = mix(np.array([key], np.uint64))[0]
            total += mix(np.ascontiguousarray(table[:, place]) ^ np.uint64(key)) - nothing
    found = mix(total + size.to_numpy().astype(np.uint64) * np.uint64(_GOLDEN))
    if longest > WIDTH:
        for row in (size > WIDTH).arg_true():
            whole = blake2b(texts[row].encode(), digest_size=8).digest()
            found[row] = int.from_bytes(whole, "little")
    if texts.null_count():
        found[texts.is_null().to_numpy()] = 0
    return found


def of_numbers(numbers: npt.NDArray[np.int64]) -> U64:
    """One number a number."""
    return mix(numbers.astype(np.uint64) + np.uint64(_GOLDEN))


def together(*parts: U64) -> U64:
    """One number for several, in this order."""
    total = np.zeros(len(parts[0]), np.uint64)
    for part in parts:
        total = mix(total * np.uint64(3) + part + np.uint64(_GOLDEN))
    return total
