"""Pictures that travel inside a page: tiny PNG files written as data URIs.

>>> thumbnail(np.zeros((8, 8, 3), np.uint8))[:22]
'data:image/png;base64,'
"""

import base64
import io

import numpy as np
from jaxtyping import UInt8
from PIL import Image

SIDE = 32  # pixels
COLOURS = 16  # drawings need no more at this size


def thumbnail(picture: UInt8[np.ndarray, "height width 3"], side: int = SIDE) -> str:
    """A picture as a data URI of well under a kilobyte for emoji art; its longer side has ``side`` pixels at most."""
    small = Image.fromarray(picture)
    small.thumbnail((side, side), Image.Resampling.BOX)
    file = io.BytesIO()
    small.quantize(COLOURS, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")
