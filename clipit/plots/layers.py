"""What trains and what is frozen: the layers of both encoders as boxes, the projections on top.

>>> image = [("convolution", 1_000, False), ("projection", 200, True)]
>>> plot_layers("The warm-up", {"image encoder": image}).axes[0].get_title()
'The warm-up'
"""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from clipit.plots.style import BLUE, GREY, LABEL, ORANGE, SMALL

Layer = tuple[str, int, bool]  # its name, how many numbers it has, and whether they train
WIDTH, GAP = 3.0, 0.8


def plot_layers(title: str, towers: Mapping[str, Sequence[Layer]]) -> Figure:
    """Each tower as a column of boxes, its input at the bottom: blue is frozen, orange and hatched is what trains.

    Args:
        title: of the figure.
        towers: for each tower its layers in the order in which data goes through them.

    Raises:
        ValueError: there are no towers, or one without layers.
    """
    if not towers or not all(towers.values()):
        raise ValueError(f"{title!r} needs at least one tower, each with a layer.")
    tallest = max(map(len, towers.values()))
    figure = Figure(figsize=(4.6 * len(towers), 0.62 * tallest + 1.6), layout="constrained")
    axis = figure.subplots()
    for column, (name, layers) in enumerate(towers.items()):
        left = column * (WIDTH + GAP)
        for row, (layer, numbers, trains) in enumerate(layers):
            look: dict[str, Any] = {"facecolor": ORANGE, "hatch": "///"} if trains else {"facecolor": BLUE}
            axis.add_patch(Rectangle((left, row), WIDTH, 0.82, edgecolor="white", linewidth=1, **look))
            words = {"facecolor": "white", "edgecolor": "none", "boxstyle": "round,pad=0.15"}
            axis.text(
                left + WIDTH / 2,
                row + 0.4,
                f"{layer}: {numbers:,}",
                ha="center",
                va="center",
                fontsize=SMALL,
                bbox=words,
            )
        axis.text(left + WIDTH / 2, -0.45, name, ha="center", va="center", fontsize=LABEL, color=GREY)
    axis.set(xlim=(-0.1, len(towers) * (WIDTH + GAP) - GAP + 0.1), ylim=(-0.8, tallest), title=title)
    axis.set_axis_off()
    keys = [Patch(facecolor=BLUE, label="frozen"), Patch(facecolor=ORANGE, hatch="///", label="trains")]
    figure.legend(handles=keys, loc="outside lower center", ncols=2, fontsize=SMALL)
    return figure
