"""Pictures and the names of what they show, from where an untrained model puts them to where a trained one does.

>>> flat = plane(np.eye(4)[:3], np.eye(4)[:3])
>>> flat.shape
(4, 2)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from clipit.evaluation import softmax
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.training.averaging import average
from clipit.training.features import embed_captions, embed_pixels


@dataclass(frozen=True)
class Landing:
    """The frames of an animation.

    Attributes:
        image_points: places of the pictures in the plane.
        text_points: places of their names.
        losses: how surprised the model of each frame is by the right names: the mean of -ln of their shares.
    """

    image_points: Float[np.ndarray, "frames pairs 2"]
    text_points: Float[np.ndarray, "frames pairs 2"]
    losses: list[float]


def land(
    start: DualEncoder,
    end: DualEncoder,
    tokenizer: Tokenizer,
    pixels: UInt8[np.ndarray, "pairs height width 3"],
    names: Sequence[str],
    frames: int = 16,
) -> Landing:
    """Follows pictures and names through models between two (``clipit.training.averaging``), equally far apart.

    The plane is the one in which the trained model's pairs differ most, so the last frame shows them well.
    """
    pictures, texts, losses = [], [], []
    for share in np.linspace(0, 1, frames):
        model = average(start, end, float(share))
        pictures.append(embed_pixels(model, pixels))
        texts.append(embed_captions(model, tokenizer, names))
        shares = softmax(float(model.logit_scale()) * pictures[-1] @ texts[-1].T)  # [pairs, pairs]
        losses.append(float(-np.log(np.diag(shares)).mean()))
    directions = plane(pictures[-1], texts[-1])
    return Landing(np.stack(pictures) @ directions, np.stack(texts) @ directions, losses)


def plane(images: Float[np.ndarray, "pairs dim"], texts: Float[np.ndarray, "pairs dim"]) -> Float[np.ndarray, "dim 2"]:
    """The two directions in which the middles of the pairs differ most (principal components)."""
    middles = (images + texts) / 2
    _, _, directions = np.linalg.svd(middles - middles.mean(axis=0), full_matrices=False)
    return directions[:2].T
