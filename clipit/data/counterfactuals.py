"""The same caption with another number: what the counting loss (``clipit.losses.counting``) tells the right one from.

Paiss et al. 2023, "Teaching CLIP to Count to Ten", section 3.2: "tre gatti" (three cats) becomes "cinque gatti" (five
cats). Only numbers that are written can be exchanged, two to six; "un gatto" has none. As token numbers this is one
token for another, and everything else, the plural too, stays.

>>> ids = np.array([[2, 10, 50, 3], [2, 40, 50, 3]])  # "due gatti", "un gatto"; 10 to 14 are the number words
>>> with_another_number(ids, np.arange(10, 15), np.random.default_rng(0))[:, 1] != ids[:, 1]
array([ True, False])
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Int

from clipit.data.batches import Pairs
from clipit.data.emoji.lexicon import NUMBER_WORDS, language


def with_counterfactuals(pairs: Pairs, tokenizer: Callable[..., Any], language_name: str, seed: int) -> Pairs:
    """Pairs that also hold each caption with another number, drawn once; a caption without a number stays as it is.

    Raises:
        ValueError: the tokenizer cuts a number word into pieces.
    """
    rng = np.random.default_rng(seed)
    numbers = number_tokens(tokenizer, language_name)
    flat = pairs.input_ids.reshape(-1, pairs.input_ids.shape[-1])  # [n * captions, tokens]
    return replace(pairs, other_ids=with_another_number(flat, numbers, rng).reshape(pairs.input_ids.shape))


def number_tokens(tokenizer: Callable[..., Any], language_name: str) -> Int[np.ndarray, " numbers"]:
    """The token of each number word from two to six."""
    spoken = language(language_name).grammar["numbers"]
    words = [spoken[str(number)] for number in NUMBER_WORDS]
    found = tokenizer(words)
    whole = (found["attention_mask"].sum(axis=1) == 3).all()  # a word between the marks at both ends
    if not whole or len(set(found["input_ids"][:, 1].tolist())) < len(words):  # unknown words all have one token
        raise ValueError(f"The tokenizer has no token for one of the words {', '.join(words)}.")
    return found["input_ids"][:, 1]


def with_another_number(
    input_ids: Int[np.ndarray, "n tokens"], numbers: Int[np.ndarray, " numbers"], rng: np.random.Generator
) -> Int[np.ndarray, "n tokens"]:
    """In each row one of its number words, drawn at random, becomes another one, drawn at random too."""
    is_number = np.isin(input_ids, numbers)  # [n, tokens]
    rows = np.flatnonzero(is_number.any(axis=1))
    places = np.where(is_number, rng.random(is_number.shape), -1.0).argmax(axis=1)[rows]
    old = np.searchsorted(numbers, input_ids[rows, places], sorter=np.argsort(numbers))
    old = np.argsort(numbers)[old]  # which of the numbers it is
    changed = input_ids.copy()
    changed[rows, places] = numbers[(old + rng.integers(1, len(numbers), len(rows))) % len(numbers)]
    return changed
