"""Raters who do not exist: simulated grades, to see what a figure of agreement can tell and what it cannot.

Each caption has a true grade. A rater sees it, or slips: to the grade beside it, or to any grade at all. Some faults
nobody notices: then all raters take a bad caption for a good one.

>>> simulate(Raters(slips=0.0), captions=4, seed=0).tolist()
[[4, 4, 4], [4, 4, 4], [4, 4, 4], [4, 4, 4]]
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

GRADES = (1, 2, 3, 4)


@dataclass(frozen=True)
class Raters:
    """Simulated raters of simulated captions.

    Attributes:
        true: how frequent each true grade is, from 1 to 4.
        slips: how often a rater does not give the grade that the rater sees.
        anywhere: which share of the slips goes to any of the four grades, instead of one beside.
        unnoticed: which share of the captions that deserve less than 4 is taken for a 4 by all.
        people: how many rate each caption.
    """

    true: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)
    slips: float = 0.1
    anywhere: float = 0.0
    unnoticed: float = 0.0
    people: int = 3

    def __post_init__(self) -> None:
        shares = {"slips": self.slips, "anywhere": self.anywhere, "unnoticed": self.unnoticed}
        wrong = [name for name, share in shares.items() if not 0 <= share <= 1]
        if wrong:
            raise ValueError(f"{wrong[0]} is a share between 0 and 1, not {shares[wrong[0]]}.")
        if abs(sum(self.true) - 1) > 1e-9 or min(self.true) < 0:
            raise ValueError(f"The shares of the true grades must add up to 1: {self.true}.")


def simulate(raters: Raters, captions: int = 100, seed: int = 0) -> Int[np.ndarray, "captions people"]:
    """The grades that simulated raters give; the same for the same seed."""
    return simulate_with_truth(raters, captions, seed)[1]


def simulate_with_truth(
    raters: Raters, captions: int = 100, seed: int = 0
) -> tuple[Int[np.ndarray, " captions"], Int[np.ndarray, "captions people"]]:
    """The true grades, which nobody knows in a real audit, and those that the raters give."""
    rng = np.random.default_rng(seed)
    size = (captions, raters.people)
    true = rng.choice(GRADES, size=captions, p=raters.true)
    overlooked = (rng.random(captions) < raters.unnoticed) & (true < 4)
    seen = np.where(overlooked, 4, true)[:, None]  # [captions, 1]
    downwards = (seen == 4) | ((seen > 1) & (rng.random(size) < 0.5))
    beside = np.where(downwards, seen - 1, seen + 1)
    anywhere = np.where(rng.random(size) < raters.anywhere, rng.choice(GRADES, size=size), beside)
    return true, np.where(rng.random(size) < raters.slips, anywhere, seen)
