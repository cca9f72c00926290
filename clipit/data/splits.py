"""Which pictures are trained on, and which are only measured with: decided by the picture, never by the caption.

A split at random puts one caption of a picture here and another there, and one page's copy of a picture on each side;
then a model is measured on what it has learned by heart. Here the picture's key decides alone, by a hash: the same
picture is always on the same side, whatever came before it, and a stream of any length is split without memory.

>>> split_of("http://a.org/gatto.jpg"), split_of("http://a.org/gatto.jpg")
('train', 'train')
>>> Shares(validation=0.1, test=0.2).train
0.7
"""

from dataclasses import dataclass
from hashlib import blake2b

import datasets

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Shares:
    """The shares of the pictures that are held out; the rest is trained on.

    Raises:
        ValueError: they are negative, or nothing is left to train on.
    """

    validation: float = 0.05
    test: float = 0.05

    def __post_init__(self) -> None:
        if min(self.validation, self.test) < 0 or self.validation + self.test >= 1:
            raise ValueError(
                f"validation ({self.validation}) and test ({self.test}) are shares between 0 and 1, and "
                "together less than 1."
            )

    @property
    def train(self) -> float:
        """The share that is left."""
        return round(1 - self.validation - self.test, 12)


def split_of(key: str, shares: Shares | None = None, seed: int = 0) -> str:
    """The split of the picture with this key.

    Args:
        key: the column ``key``: equal for everything that shows the same picture.
        shares: how much is held out.
        seed: another one gives other splits.

    Returns:
        "train", "validation" or "test".
    """
    shares = shares or Shares()
    position = int.from_bytes(blake2b(f"{seed}/{key}".encode(), digest_size=8).digest()) / 2**64
    if position < shares.test:
        return "test"
    return "validation" if position < shares.test + shares.validation else "train"


def split_dataset(
    dataset: datasets.Dataset, shares: Shares | None = None, seed: int = 0
) -> dict[str, datasets.Dataset]:
    """A dataset with the column ``key``, in three parts that share no picture."""
    homes = [split_of(key, shares, seed) for key in dataset["key"]]
    parts = {split: [row for row, home in enumerate(homes) if home == split] for split in SPLITS}
    return {split: dataset.select(rows) for split, rows in parts.items()}
