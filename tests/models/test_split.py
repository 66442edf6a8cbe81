"""The split of a subject hangs on the subject alone."""

import numpy as np
import polars as pl

from models.split import folds, split

SUBJECTS = pl.Series("subject_id", np.random.default_rng(0).integers(1, 2**63 - 1, 50_000))


def test_a_subject_keeps_its_split_whatever_the_order_or_the_company() -> None:
    whole = dict(zip(SUBJECTS, split(SUBJECTS), strict=True))
    part = SUBJECTS.sample(1_000, shuffle=True, seed=1)

    assert split(part).to_list() == [whole[s] for s in part]
    assert split(pl.Series(range(1, 9))).to_list() == PINNED


# Written down once: a change here would move held-out subjects into training.
PINNED = ["train", "tuning", "tuning", "train", "train", "train", "train", "held_out"]


def test_six_train_two_tune_two_are_held_out_in_every_shard() -> None:
    frame = pl.DataFrame(
        {"shard": SUBJECTS % 32, "split": split(SUBJECTS), "fold": folds(SUBJECTS.to_numpy(), 5)}
    )

    for _, shard in frame.group_by("shard"):
        shares = dict(shard.get_column("split").value_counts(normalize=True).iter_rows())
        assert abs(shares["train"] - 0.6) < 0.06 and abs(shares["held_out"] - 0.2) < 0.05
    cross = frame.group_by("split", "fold").len()
    assert cross.height == 15, "folds are independent of splits"
