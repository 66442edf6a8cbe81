"""The text encoder gives the vectors it always gave, and Russian and English meet."""

import importlib
from pathlib import Path

import numpy as np
import pytest

from serving.encoder import EncoderError, SentenceTransformerEncoder, UniversalEncoder, encoder

# Dot products with a fixed direction, made with version 0.2.1. If these move, every published index is
# out of date: give the encoder a new name.
GOLDEN = {
    "Эссенциальная [первичная] гипертензия": -0.93124,
    "Type 2 diabetes mellitus": 0.91196,
    "Аторвастатин": -1.11870,
}


@pytest.fixture(scope="module")
def built_in() -> UniversalEncoder:
    return UniversalEncoder()


def direction() -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(np.cos(np.arange(512) * 0.7), np.float64)


def test_vectors_are_the_ones_that_indexes_were_made_with(built_in: UniversalEncoder) -> None:
    found = built_in.encode(list(GOLDEN)).astype(np.float64) @ direction()
    assert found == pytest.approx(list(GOLDEN.values()), abs=1e-4)


def test_vectors_have_length_one_and_do_not_depend_on_their_company(built_in: UniversalEncoder) -> None:
    texts = ["Боль внизу спины", "asthma", "Статины"]
    together = built_in.encode(texts)
    assert together.shape == (3, 512) and together.dtype == np.float32
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert np.vstack([built_in.encode([text]) for text in texts]) == pytest.approx(together, abs=1e-5)
    assert built_in.encode([]).shape == (0, 512)


def test_the_same_illness_in_two_languages_is_nearer_than_another_illness(built_in: UniversalEncoder) -> None:
    russian, english, other = built_in.encode(["повышенное давление", "high blood pressure", "asthma"])
    assert russian @ english > russian @ other + 0.1


def test_no_folder_means_the_built_in_encoder() -> None:
    assert encoder(None).name == "use-multilingual-3"


def test_a_folder_that_does_not_exist_or_a_missing_extra_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"does not exist|`text` extra"):
        encoder(tmp_path / "nothing")


@pytest.mark.text
def test_a_clinics_own_model_folder_is_used(tmp_path: Path) -> None:
    sentence_transformers = pytest.importorskip("sentence_transformers", reason="needs the `text` extra")
    tokenizers = pytest.importorskip("tokenizers")

    words = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({"[UNK]": 0, "боль": 1, "спина": 2}, unk_token="[UNK]")
    )
    words.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    modules = importlib.import_module("sentence_transformers.sentence_transformer.modules.static_embedding")
    embedding = modules.StaticEmbedding(words, embedding_dim=16)
    sentence_transformers.SentenceTransformer(modules=[embedding], device="cpu").save(str(tmp_path / "own"))
    own = SentenceTransformerEncoder(tmp_path / "own")
    assert (own.size, own.name) == (16, "sentence-transformers/own")
    assert np.linalg.norm(own.encode(["боль спина"]), axis=1) == pytest.approx([1.0], abs=1e-5)
