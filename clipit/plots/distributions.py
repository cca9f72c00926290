"""Heaps of numbers over one line: where most of them lie, and how far two heaps overlap.

>>> figure = plot_distributions("Cosines", {"wrong": [0.0, 0.1, 0.2], "right": [0.6, 0.7]}, "cosine", mark=0.25)
>>> figure.axes[0].get_xlabel()
'cosine'
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from clipit.plots.style import COLOURS, GREY, LABEL, SMALL, TITLE

BINS = 60
MOST = 4  # heaps that can still be told apart


def plot_distributions(
    title: str,
    groups: Mapping[str, Sequence[float] | Float[np.ndarray, " values"]],
    xlabel: str,
    mark: float | None = None,
) -> Figure:
    """A histogram for each group; each has the height one at its highest, however many values it has.

    Args:
        title: of the figure.
        groups: values by the name of their group.
        xlabel: what the values are.
        mark: a value to mark with a dashed line.

    Raises:
        ValueError: there are no groups or too many, or a value is no number.
    """
    values = {name: np.asarray(group, float) for name, group in groups.items()}
    if not 1 <= len(values) <= MOST or any(len(group) == 0 for group in values.values()):
        raise ValueError(f"{title!r} shows 1 to {MOST} groups with values in each.")
    together = np.concatenate(list(values.values()))
    if not np.isfinite(together).all():
        raise ValueError(f"Some values of {title!r} are not numbers.")
    edges = np.linspace(together.min(), together.max() or 1, BINS + 1)
    figure = Figure(figsize=(8, 3.8), layout="constrained")
    axis = figure.subplots()
    for (name, group), colour in zip(values.items(), COLOURS, strict=False):
        heights, _ = np.histogram(group, edges)
        axis.stairs(heights / max(heights.max(), 1), edges, fill=True, alpha=0.55, color=colour, label=name)
    if mark is not None:
        axis.axvline(mark, color=GREY, linestyle="--", label=f"{mark:g}")
    axis.set_title(title, fontsize=TITLE)
    axis.set_xlabel(xlabel, fontsize=LABEL)
    axis.set_ylabel("share of its own highest", fontsize=LABEL)
    axis.tick_params(labelsize=SMALL)
    axis.legend(fontsize=SMALL, frameon=False)
    return figure
