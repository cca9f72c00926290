"""Lines over something that was changed, and the levels that they cannot pass or should reach.

>>> figure = plot_lines("Gap", {"soft": ([0, 100], [1.3, 0.0])}, "step", "gap", levels={"closed": 0.0})
>>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
['soft', 'closed']
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Num
from matplotlib.figure import Figure

from clipit.plots.style import BLUE, GREEN, GREY, LABEL, ORANGE, PURPLE, SMALL, TITLE

Values = Sequence | Num[np.ndarray, "..."]
LINES = ((BLUE, "o-"), (ORANGE, "s--"), (PURPLE, "^-."), (GREY, "D:"))  # told apart without colours too
LEVELS = ((GREEN, ":"), (GREY, "--"))


def plot_lines(
    title: str,
    lines: Mapping[str, tuple[Values, Values]],
    xlabel: str,
    ylabel: str,
    levels: Mapping[str, float] | None = None,
    logarithmic: bool = False,
) -> Figure:
    """One line for each name, with a mark at each measured place, and horizontal lines at the levels.

    Args:
        title: of the figure.
        lines: places and values under the name of each line, at most 4.
        xlabel: what the places are.
        ylabel: what the values are.
        levels: a height under the name of each level, at most 2.
        logarithmic: each tick of the places is twice, or ten times, the one before it.

    Raises:
        ValueError: there is nothing to draw or too much, or not one value, a number, for each place.
    """
    levels = levels or {}
    if not 1 <= len(lines) <= len(LINES) or len(levels) > len(LEVELS):
        raise ValueError(
            f"{title!r} can show 1 to {len(LINES)} lines and {len(LEVELS)} levels, not {len(lines)} lines."
        )
    for name, (places, values) in lines.items():
        if len(places) != len(values) or len(values) == 0 or not np.isfinite(values).all():
            raise ValueError(f"The line {name!r} of {title!r} needs one value, a number, for each place.")
    figure = Figure(figsize=(7.6, 4.1), layout="constrained")
    axis = figure.subplots()
    for (name, (places, values)), (colour, style) in zip(lines.items(), LINES, strict=False):
        axis.plot(places, values, style, color=colour, linewidth=2.5, markersize=7, label=name)
    for (name, height), (colour, style) in zip(levels.items(), LEVELS, strict=False):
        axis.axhline(height, color=colour, linestyle=style, linewidth=2.5, label=name)
    if logarithmic:
        axis.set_xscale("log")
        ticks = sorted({place for places, _ in lines.values() for place in places})
        axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axis.minorticks_off()
    axis.set_ylim(bottom=0)
    axis.set_title(title, fontsize=TITLE)
    axis.set_xlabel(xlabel, fontsize=LABEL)
    axis.set_ylabel(ylabel, fontsize=LABEL)
    axis.tick_params(labelsize=SMALL)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(fontsize=SMALL)
    return figure
