"""Bars: how a model divides its belief among some labels, and how often it is right, beside what guessing would give.

>>> figure = plot_bars("Counting", ["1", "2"], [0.9, 0.5], chance=0.5, xlabel="objects", ylabel="share right")
>>> figure.axes[0].get_title()
'Counting'
"""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from clipit.plots.galleries import Picture, show
from clipit.plots.style import BLUE, GREY, LABEL, TITLE, WRONG


def plot_bars(
    title: str, labels: Sequence[str], shares: Sequence[float], chance: float, xlabel: str, ylabel: str
) -> Figure:
    """One bar for each share between 0 and 1, and a dashed line where guessing would be.

    Raises:
        ValueError: there are no shares, or not one label for each.
    """
    check(title, labels, shares)
    figure = Figure(figsize=(9, 4.2), layout="constrained")
    axis = figure.subplots()
    bars = axis.bar(range(len(shares)), shares, color=BLUE, width=0.7)
    axis.bar_label(bars, [percent(share) for share in shares], fontsize=LABEL, padding=2)
    axis.axhline(chance, color=WRONG, linestyle="--", linewidth=2, label=f"guessing: {percent(chance)}")
    axis.set(title=title, xlabel=xlabel, ylabel=ylabel, ylim=(0, 1.1))
    axis.set_xticks(range(len(labels)), labels)
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    axis.legend(loc="upper right", fontsize=12)
    enlarge(axis)
    return figure


def plot_labels(title: str, picture: Picture, labels: Sequence[str], shares: Sequence[float], right: int) -> Figure:
    """A picture, and beside it the share that a model gives to each label; the right label is marked.

    Raises:
        ValueError: there are no labels, or not one share for each.
    """
    check(title, labels, shares)
    figure = Figure(figsize=(10, 0.55 * len(labels) + 1.6), layout="constrained")
    left, axis = figure.subplots(1, 2, width_ratios=(1, 2))
    best = max(range(len(shares)), key=lambda place: shares[place])
    show(left, picture, best == right)
    left.set_title("answer: right" if best == right else "answer: wrong", fontsize=TITLE)
    colours = [BLUE if place == right else GREY for place in range(len(labels))]
    bars = axis.barh(range(len(labels)), shares, color=colours)
    axis.bar_label(bars, [percent(share) for share in shares], fontsize=LABEL, padding=3)
    names = [f"{label} (the right one)" if place == right else label for place, label in enumerate(labels)]
    axis.set_yticks(range(len(labels)), names)
    axis.invert_yaxis()
    axis.set(title=title, xlabel="share (softmax)", xlim=(0, 1.15))
    axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    enlarge(axis)
    return figure


def percent(share: float, digits: int = 0) -> str:
    """A share in per cent, as the lessons write it: whole, or with some digits after the point."""
    return f"{100 * share:.{digits}f} %"


def enlarge(axis: Axes) -> None:
    """Letters that can be read from the last row of a classroom, and no box around the plot."""
    axis.tick_params(labelsize=LABEL)
    axis.spines[["top", "right"]].set_visible(False)
    for text in (axis.title, axis.xaxis.label, axis.yaxis.label):
        text.set_fontsize(TITLE)


def check(title: str, labels: Sequence[str], shares: Sequence[float]) -> None:
    """Raises a ValueError when there is nothing to draw, or not one label for each share."""
    if len(labels) == 0 or len(labels) != len(shares):
        raise ValueError(f"There are {len(labels)} labels and {len(shares)} shares to draw for {title!r}.")
