"""Values with their intervals, some groups side by side: does an interval reach the other, or zero?

>>> figure = plot_intervals("Agreement", ["AC1"], {"raters": [(0.8, 0.7, 0.9)]}, xlabel="value")
>>> figure.axes[0].get_xlabel()
'value'
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from clipit.plots.bars import enlarge
from clipit.plots.style import COLOURS, GREY, SMALL

MARKERS = "osD^"
Interval = tuple[float, float, float]  # value, low, high


def plot_intervals(title: str, names: Sequence[str], groups: Mapping[str, Sequence[Interval]], xlabel: str) -> Figure:
    """One row for each name; in it, for each group, a mark at the value and a line from low to high.

    Args:
        title: of the figure.
        names: of the rows, from top to bottom.
        groups: for each group its values, each with low and high, one for each name.
        xlabel: what the values are.

    Raises:
        ValueError: there is nothing to draw, too many groups, or not one value for each name.
    """
    if not names or not 1 <= len(groups) <= len(MARKERS) or {len(values) for values in groups.values()} != {len(names)}:
        raise ValueError(f"{title!r} needs names, and 1 to {len(MARKERS)} groups with a value for each of them.")
    figure = Figure(figsize=(9, 0.35 * len(names) * (len(groups) + 1) + 1.6), layout="constrained")
    axis = figure.subplots()
    axis.axvline(0, color=GREY, linewidth=1)
    for place, (name, values) in enumerate(groups.items()):
        rows = np.arange(len(names)) + 0.25 * (place - (len(groups) - 1) / 2)
        middle, low, high = np.array(values).T  # [names] each
        errors = np.stack([middle - low, high - middle])  # [2, names]
        marked: dict[str, Any] = {
            "fmt": MARKERS[place],
            "color": COLOURS[place],
            "markersize": 9,
            "elinewidth": 3,
            "label": name,
        }
        axis.errorbar(middle, rows, xerr=errors, **marked)
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.5, -0.5)  # from top to bottom
    axis.set(title=title, xlabel=xlabel)
    enlarge(axis)
    figure.legend(loc="outside lower right", fontsize=SMALL, ncols=len(groups))
    return figure
