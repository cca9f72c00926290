"""A tensor in a file: what it is called and how large it is are known at once, its numbers are read when asked for.

So a model of hundreds of megabytes is loaded one tensor after the other, and is never in memory twice.

>>> Tensor((2,), lambda: np.zeros(2, np.float32)).read()
array([0., 0.], dtype=float32)
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Tensor:
    """One tensor.

    Attributes:
        shape: its sizes.
        read: reads its numbers; every call reads them anew.
    """

    shape: tuple[int, ...]
    read: Callable[[], np.ndarray]
