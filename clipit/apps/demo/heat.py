"""A heat map to look at: colours over the picture, and in words for those who do not see it.

>>> heat = np.zeros((6, 6))
>>> heat[5, 0] = 1
>>> place_in_words(heat)
'at the bottom, left'
"""

import numpy as np
from jaxtyping import Float, UInt8

DRAWN = 384  # pixels of the side, at least
HEAT = 0.65  # of the colour; the rest is the picture, in grey


def draw_heat(
    pixels: UInt8[np.ndarray, "side side 3"], heat: Float[np.ndarray, "side side"]
) -> UInt8[np.ndarray, "drawn drawn 3"]:
    """The picture in grey and the heat over it, from dark blue (none, or less) to yellow (most)."""
    from matplotlib import colormaps

    share = np.clip(heat / max(float(heat.max()), 1e-9), 0, 1)
    colours = colormaps["cividis"](share)[..., :3] * 255  # the same colours for every eye
    both = HEAT * colours + (1 - HEAT) * pixels.mean(axis=2, keepdims=True)
    times = -(-DRAWN // len(pixels))
    return both.round().astype(np.uint8).repeat(times, axis=0).repeat(times, axis=1)


def place_in_words(heat: Float[np.ndarray, "height width"]) -> str:
    """In which ninth of the picture it is hottest."""
    row, column = (
        int(3 * place // side)
        for place, side in zip(np.unravel_index(heat.argmax(), heat.shape), heat.shape, strict=True)
    )
    return ("at the top", "in the middle", "at the bottom")[row] + (", left", "", ", right")[column]
