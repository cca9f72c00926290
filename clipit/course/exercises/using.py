"""The checks of lesson 10: what a cosine means, which captions are cut, and whether two models are the same.

>>> rarer(lambda cosine, wrong: (wrong > cosine).mean())
Exercise 10.1: correct.
>>> rarer(lambda cosine, wrong: (wrong > cosine).sum())
Exercise 10.1: not yet: this counts the pairs: divide by how many there are.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from clipit.course.check import exercise
from clipit.course.exercises.start import close, recognised

WRONG = np.array([-0.2, 0.0, 0.1, 0.1, 0.3, 0.4, 0.5, 0.7])
CAPTIONS = ["due gatti", "a b c d e f", "a b c d e f g", "un gatto nero su un letto grande"]
LIMIT = 8  # tokens, of which two are the marks at both ends
ROWS = np.array([[3.0, 4.0], [0.0, 2.0], [1.0, 0.0]])
LENGTH_ONE = ROWS / np.linalg.norm(ROWS, axis=1, keepdims=True)


class Words:
    """Stands for a tokenizer: a token for each word, and one at either end."""

    def __init__(self, max_tokens: int = LIMIT):
        self.max_tokens = max_tokens

    def tokens(self, caption: str) -> list[str]:
        """The pieces of one caption, all of them."""
        return ["[CLS]", *caption.split(), "[SEP]"]


@exercise("10.1")
def rarer(answer: Callable[..., Any]) -> str | None:
    """The share of wrong pairs whose cosine is higher."""
    value = answer(0.25, WRONG)
    mistakes = {
        "this counts the pairs: divide by how many there are": [4],
        "this is the mean of the higher cosines: count them instead": [WRONG[WRONG > 0.25].mean()],
        "a share lies between 0 and 1: leave out the factor 100": [50.0],
        "these are trues and falses, one for each pair: take their mean": [WRONG > 0.25],
    }
    found = recognised(value, mistakes)
    if found or not close(value, 0.5):
        return found or f"of the 8 wrong pairs of the example 4 are above .25, which is .5; yours is {value}"
    if close(answer(0.45, WRONG), 0.75):
        return "this is the share of wrong pairs that are lower: you want those that are higher"
    if not close(answer(0.45, WRONG), 0.25):
        return (
            f"2 of the 8 wrong pairs are above .45, a share of .25; yours is {answer(0.45, WRONG)}: "
            "do you compare with a number of your own instead of `cosine`"
        )
    if not close(answer(0.3, WRONG), 0.375):
        return "a pair with exactly this cosine is not above it: use > and not >="
    return None


@exercise("10.2")
def is_cut(answer: Callable[..., Any]) -> str | None:
    """Which captions are longer than the model reads."""
    words = Words()
    value = answer(CAPTIONS, words)
    lengths = [len(words.tokens(caption)) for caption in CAPTIONS]  # [4, 8, 9, 9]
    right = [length > LIMIT for length in lengths]
    if isinstance(value, str) or np.shape(value) != (len(CAPTIONS),):
        return "return a list with one True or False for each caption"
    mistakes: dict[str, list[Any]] = {
        "a caption of exactly the limit is still read whole: use > and not >=": [[n >= LIMIT for n in lengths]],
        "the marks at both ends count too: take the length of tokenizer.tokens(caption)": [
            [len(caption.split()) > LIMIT for caption in CAPTIONS],
            [length - 2 > LIMIT for length in lengths],
        ],
        "these are the captions that fit: turn it around": [[not cut for cut in right]],
        "these are letters, not tokens: take the length of tokenizer.tokens(caption)": [
            [len(caption) > LIMIT for caption in CAPTIONS]
        ],
        "these are lengths: compare them with tokenizer.max_tokens": [lengths],
    }
    if not np.any(value) and not np.any(answer(CAPTIONS, Words(max_tokens=3))):
        return "this finds none of the captions that are cut: is a limit of your own built in? Use tokenizer.max_tokens"
    found = recognised(value, mistakes)
    if found or list(map(bool, value)) != right:
        return found or f"with 4, 8, 9 and 9 tokens and a limit of 8 it is {right}, yours is {list(value)}"
    if any(answer(CAPTIONS, Words(max_tokens=100))):
        return "with a limit of 100 none is cut: use tokenizer.max_tokens instead of a number of your own"
    return None


@exercise("10.3")
def worst_cosine(answer: Callable[..., Any]) -> str | None:
    """How far two sets of vectors are apart at worst."""
    turned = LENGTH_ONE @ np.array([[0.8, 0.6], [-0.6, 0.8]])  # each by the same angle
    mixed = np.stack([LENGTH_ONE[0], LENGTH_ONE[1], turned[2]])
    value = answer(LENGTH_ONE, mixed)  # cosines 1, 1, .8
    mistakes = {
        "this is a place in the list: return the cosine there, with .min()": [
            float((LENGTH_ONE * mixed).sum(1).argmin())
        ],
        "this is the best of them: two models agree only as well as in their worst vector": [1.0],
        "this is the mean: a single wrong vector hides in it; take the lowest": [(1 + 0.8 + 1) / 3],
        "this compares every vector with every other: compare row with row": [(LENGTH_ONE @ mixed.T).min()],
        "this is the sum over everything: add up along each row, then take the lowest": [(LENGTH_ONE * mixed).sum()],
        "these are the cosines, one for each row: take the lowest": [[1, 1, 0.8]],
        "this is a difference: multiply the rows and add up, which is their cosine": [
            np.abs(LENGTH_ONE - mixed).max(),
            np.linalg.norm(LENGTH_ONE - mixed, axis=1).max(),
        ],
    }
    found = recognised(value, mistakes)
    if found or not close(value, 0.8):
        return found or f"in the example it is 0.8, yours is {value}"
    if not close(answer(-LENGTH_ONE, LENGTH_ONE), -1.0):
        return "vectors that point apart have the cosine -1: leave the sign as it is"
    return None
