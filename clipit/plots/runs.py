"""The losses of several runs in one picture, beside the loss of a model that knows nothing; and where runs start.

>>> figure = plot_losses("Two runs", {"healthy": [4.9, 1.0, 0.2], "captions all alike": [4.9, 4.9, 4.9]}, start=4.85)
>>> figure.axes[0].get_title()
'Two runs'
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clipit.plots.style import BLUE, GREEN, GREY, LABEL, PURPLE, SMALL, TITLE, VERMILION

MOST = 4
LINES = (
    (GREY, "-", 6),
    (VERMILION, "-", 2.5),
    (BLUE, "--", 2.5),
    (PURPLE, "-.", 2.5),
)  # told apart without colours too
MARKS = ((GREY, "o", 14), (VERMILION, "s", 8), (BLUE, "^", 9), (PURPLE, "D", 8))


def plot_losses(
    title: str,
    runs: Mapping[str, Sequence[float] | Float[np.ndarray, " steps"]],
    start: float,
    logarithmic: bool = False,
) -> Figure:
    """One line for each run, the first broad and grey to compare with, and a dotted one at the loss of knowing nothing.

    Args:
        title: of the figure.
        runs: the losses of each run under its name, at most 4 runs.
        start: ln B for batches of B.
        logarithmic: stretches small losses and squeezes large ones; needs losses above zero.

    Raises:
        ValueError: there is nothing to draw or too much, or some losses are not numbers.
    """
    if not 1 <= len(runs) <= MOST or not all(len(losses) for losses in runs.values()):
        raise ValueError(f"{title!r} can show 1 to {MOST} runs with a loss for each step, not {len(runs)}.")
    if not all(np.isfinite(losses).all() for losses in runs.values()):
        raise ValueError(f"Some losses of {title!r} are not numbers: draw the steps before the first of them.")
    figure = Figure(figsize=(8.4, 4.2), layout="constrained")
    axis = figure.subplots()
    for (name, losses), (colour, dashes, width) in zip(runs.items(), LINES, strict=False):
        axis.plot(np.arange(1, len(losses) + 1), losses, dashes, color=colour, linewidth=width, label=name)
    axis.axhline(start, color=GREEN, linestyle=":", linewidth=2.5, label=f"knowing nothing: {start:.2f}")
    axis.set(yscale="log") if logarithmic else axis.set(ylim=(0, None))
    _finish(axis, title, "step")
    return figure


def plot_starts(
    title: str, batches: Sequence[int], measured: Mapping[str, Sequence[float] | Float[np.ndarray, " batches"]]
) -> Figure:
    """Measured first losses over the size of the batch, and the line ln B that a model starts on if it knows nothing.

    Args:
        title: of the figure.
        batches: sizes of batches, at least 1 each.
        measured: under the name of each model, at most 4, its loss for each size.

    Raises:
        ValueError: there is nothing to draw or too much, or not one number for each size.
    """
    if not 1 <= len(measured) <= MOST or not len(batches) or min(batches) < 1:
        raise ValueError(f"{title!r} can show 1 to {MOST} models at one size of batch or more, not {len(measured)}.")
    if any(len(losses) != len(batches) or not np.isfinite(losses).all() for losses in measured.values()):
        raise ValueError(f"{title!r} needs one number for each of its {len(batches)} sizes of batch.")
    figure = Figure(figsize=(8.4, 4.2), layout="constrained")
    axis = figure.subplots()
    for (name, losses), (colour, mark, size) in zip(measured.items(), MARKS, strict=False):
        axis.plot(batches, losses, mark, color=colour, markersize=size, label=name)
    axis.plot(batches, np.log(batches), ":", color=GREEN, linewidth=2.5, label="knowing nothing: ln B")
    axis.set_xscale("log")
    axis.set_xticks(list(batches), [str(size) for size in batches])
    axis.minorticks_off()
    axis.set_ylim(0, None)
    _finish(axis, title, "pairs in a batch, B")
    return figure


def _finish(axis: Axes, title: str, xlabel: str) -> None:
    axis.set_title(title, fontsize=TITLE)
    axis.set_xlabel(xlabel, fontsize=LABEL)
    axis.set_ylabel("loss (nats)", fontsize=LABEL)
    axis.tick_params(labelsize=SMALL)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=SMALL, frameon=False)
