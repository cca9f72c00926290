"""Batches of sentences with hidden words, for a BERT to fill in (Devlin et al. 2018, section 3.1).

>>> ids = np.tile(np.arange(5, 29), (500, 1))
>>> batch = hide(ids, np.ones_like(ids), vocabulary_size=30, rng=np.random.default_rng(0))
>>> round(float(batch["hidden"].mean()), 2)
0.15
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int

from clipit.data.batches import ahead, epochs

SHARE = 0.15  # of the tokens are to be guessed
SHOWN_AS_MASK, SHOWN_AS_IS = 0.8, 0.1  # of these; the rest become another word, so that no word can be trusted
SPECIAL, MASK = 5, 4  # the first numbers are [PAD], [UNK], [CLS], [SEP] and [MASK]: none of them is hidden


def hide(
    input_ids: Int[np.ndarray, "n tokens"],
    attention_mask: Int[np.ndarray, "n tokens"],
    vocabulary_size: int,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Hides some of the words.

    Returns:
        "shown" int32 [n, tokens], what the model reads; "hidden" bool [n, tokens], where it has to guess; and
        "input_ids" and "attention_mask" as they were given.
    """
    hidden = (rng.random(input_ids.shape) < SHARE) & (input_ids >= SPECIAL) & (attention_mask > 0)
    fate = rng.random(input_ids.shape)
    another = rng.integers(SPECIAL, vocabulary_size, input_ids.shape)
    shown = np.where(fate < SHOWN_AS_MASK, MASK, np.where(fate < SHOWN_AS_MASK + SHOWN_AS_IS, input_ids, another))
    shown = np.where(hidden, shown, input_ids).astype(np.int32)
    return {"shown": shown, "hidden": hidden, "input_ids": input_ids, "attention_mask": attention_mask}


def word_batches(
    tokens: dict[str, np.ndarray], batch_size: int, vocabulary_size: int, seed: int, start: int = 0
) -> Iterator[dict[str, np.ndarray]]:
    """Endless batches of ``hide``; what is in a batch depends only on the seed and on its number."""

    def gather(rows: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
        return hide(tokens["input_ids"][rows], tokens["attention_mask"][rows], vocabulary_size, rng)

    return ahead(epochs(len(tokens["input_ids"]), batch_size, seed).random_map(gather)[start:])
