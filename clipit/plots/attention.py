"""Where an encoder looks: attention laid over a picture's patches, and as a matrix between the tokens of a sentence.

>>> uniform = np.full((1, 5, 5), 0.2)
>>> figure = plot_attention("Untrained", np.zeros((8, 8, 3), np.uint8), uniform, ["head 1"])
>>> [axis.get_title() for axis in figure.axes[:2]]
['the picture', 'head 1']
"""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from clipit.plots.galleries import Picture
from clipit.plots.heatmaps import bare
from clipit.plots.style import LABEL, SMALL, TITLE

MOST_MAPS, MOST_TOKENS = 6, 20  # that can still be read


def plot_attention(
    title: str, picture: Picture, attention: Float[np.ndarray, "maps tokens tokens"], names: Sequence[str]
) -> Figure:
    """A picture, and beside it, for each map, how much of its attention the class token gives to each patch.

    Args:
        title: of the figure.
        picture: what the encoder saw.
        attention: maps of a vision transformer; the first token is the class token, the others are patches, row by row.
        names: one for each map: of a head, say.

    Raises:
        ValueError: there are no maps or too many, no name for one, values that are no shares, or no square of patches.
    """
    check(title, attention, names)
    side = math.isqrt(attention.shape[1] - 1)
    if side == 0 or side * side != attention.shape[1] - 1:
        raise ValueError(f"{attention.shape[1]} tokens are not one class token and a square of patches.")
    figure = Figure(figsize=(2.6 * len(names) + 3.4, 3.3), layout="constrained")
    axes = figure.subplots(1, len(names) + 1)
    height, width = picture.shape[:2]
    highest = attention[:, 0, 1:].max()
    for axis, name in zip(axes, ("the picture", *names), strict=True):
        axis.imshow(picture, interpolation="nearest")
        axis.set_title(name, fontsize=LABEL)
        bare(axis)
    for axis, one in zip(axes[1:], attention, strict=True):
        shares = one[0, 1:].reshape(side, side)
        extent = (-0.5, width - 0.5, height - 0.5, -0.5)
        drawn = axis.imshow(shares, extent=extent, cmap="viridis", alpha=0.65, vmin=0, vmax=highest)
    bar = figure.colorbar(drawn, ax=list(axes[1:]), shrink=0.8)
    bar.set_label("share of the attention", fontsize=SMALL)
    figure.suptitle(title, fontsize=TITLE)
    return figure


def plot_token_attention(
    title: str, tokens: Sequence[str], attention: Float[np.ndarray, "maps tokens tokens"], names: Sequence[str]
) -> Figure:
    """For each map a matrix: how much of its attention each token (row) gives to each token (column).

    Args:
        title: of the figure.
        tokens: pieces of one sentence, without padding.
        attention: maps of a text encoder, cut to these tokens.
        names: one for each map: of a head, say.

    Raises:
        ValueError: there are no maps or too many, no name for one, values that are no shares, or other tokens.
    """
    check(title, attention, names)
    if attention.shape[1] != len(tokens) or len(tokens) > MOST_TOKENS:
        raise ValueError(f"There are {len(tokens)} tokens and maps of {attention.shape[1]}; at most {MOST_TOKENS}.")
    side = 0.36 * len(tokens) + 0.6
    figure = Figure(figsize=(side * len(names) + 2.2, side + 1.3), layout="constrained")
    axes = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
    for axis, name, one in zip(axes, names, attention, strict=True):
        drawn = axis.imshow(one, cmap="viridis", vmin=0, vmax=attention.max())
        axis.set_title(name, fontsize=LABEL)
        axis.set_xticks(range(len(tokens)), tokens, rotation=90, fontsize=SMALL)
        axis.set_yticks(range(len(tokens)), tokens, fontsize=SMALL)
        axis.set_xlabel("looked at", fontsize=SMALL)
    axes[0].set_ylabel("who looks", fontsize=SMALL)
    bar = figure.colorbar(drawn, ax=list(axes), shrink=0.8)
    bar.set_label("share of the attention", fontsize=SMALL)
    figure.suptitle(title, fontsize=TITLE)
    return figure


def check(title: str, attention: Float[np.ndarray, "maps tokens tokens"], names: Sequence[str]) -> None:
    """Raises a ValueError where there is nothing that can be drawn."""
    if not 1 <= len(attention) <= MOST_MAPS or len(attention) != len(names):
        raise ValueError(f"{title!r} shows 1 to {MOST_MAPS} maps with a name each: {len(attention)} and {len(names)}.")
    if not np.isfinite(attention).all() or attention.min() < 0 or attention.max() > 1.001:
        raise ValueError(f"The attention of {title!r} is not all shares between 0 and 1: look at the encoder.")
