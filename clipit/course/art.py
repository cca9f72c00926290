"""Things of the small world as single pictures and words, for toys that need no scenes.

>>> picture("cat").shape, word("cat"), gloss("cat")
((96, 96, 3), 'gatto', 'cat')
"""

import numpy as np
from jaxtyping import UInt8

from clipit.data.emoji.art import sprite
from clipit.data.emoji.lexicon import language


def picture(concept: str) -> UInt8[np.ndarray, "96 96 3"]:
    """OpenMoji's drawing of a concept (CC BY-SA 4.0), on white.

    Raises:
        ValueError: the lexicon has no such concept.
    """
    art = np.asarray(sprite(concept), np.float32)  # [96, 96, 4]
    visible = art[..., 3:] / 255  # [96, 96, 1]
    return (art[..., :3] * visible + 255 * (1 - visible)).round().astype(np.uint8)


def word(concept: str) -> str:
    """What Italian calls it."""
    return language("it").noun(concept)


def gloss(concept: str) -> str:
    """What English calls it."""
    return language("en").noun(concept)
