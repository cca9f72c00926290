"""Hidden words: as many as BERT's, never a special token, and the same ones for the same seed."""

import numpy as np
import pytest

from clipit.data.masking import MASK, SPECIAL, hide, word_batches


@pytest.fixture(scope="module")
def tokens():
    ids = np.random.default_rng(0).integers(SPECIAL, 100, (2_000, 20)).astype(np.int32)
    ids[:, 0], ids[:, -1] = 2, 3  # [CLS] and [SEP]
    mask = np.ones_like(ids)
    mask[:, 15:] = 0
    return {"input_ids": ids, "attention_mask": mask}


def test_fifteen_of_a_hundred_words_are_hidden_and_of_these_eighty_are_masks(tokens):
    batch = hide(**tokens, vocabulary_size=100, rng=np.random.default_rng(1))
    can_be = (tokens["attention_mask"] > 0) & (tokens["input_ids"] >= SPECIAL)
    assert not batch["hidden"][~can_be].any()
    assert batch["hidden"][can_be].mean() == pytest.approx(0.15, abs=0.01)
    shown, was = batch["shown"][batch["hidden"]], batch["input_ids"][batch["hidden"]]
    assert (shown == MASK).mean() == pytest.approx(0.8, abs=0.02)
    assert (shown == was).mean() == pytest.approx(0.1, abs=0.02)
    assert (shown[shown != MASK] >= SPECIAL).all() and shown.max() < 100
    assert (batch["shown"] == batch["input_ids"])[~batch["hidden"]].all()


def test_a_later_start_gives_the_same_batches(tokens):
    whole = word_batches(tokens, 32, 100, seed=3)
    for _ in range(2):
        next(whole)
    third, again = next(whole), next(word_batches(tokens, 32, 100, seed=3, start=2))
    for name in third:
        np.testing.assert_array_equal(third[name], again[name])
    assert (next(word_batches(tokens, 32, 100, seed=4))["shown"] != third["shown"]).any()
