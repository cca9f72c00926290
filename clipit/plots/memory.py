"""The memory wall: how much memory each way takes as the batch grows, and how much there is.

Both axes are logarithmic: what grows with the square of the batch is twice as steep as what grows with the batch.

>>> figure = plot_memory({"whole matrix": ([1000, 2000], [2.8e7, 1.1e8])}, {"a laptop, 16 GB": 1.6e10})
>>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
['whole matrix', 'a laptop, 16 GB']
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from clipit.plots.lines import LEVELS, LINES
from clipit.plots.style import LABEL, SMALL, TITLE


def plot_memory(
    ways: Mapping[str, tuple[Sequence[float | int], Sequence[float | int]]],
    limits: Mapping[str, float | int] | None = None,
    title: str = "Memory of the loss and its gradient",
) -> Figure:
    """One line for each way, with a mark at each size, and a horizontal line for each machine's memory.

    Args:
        ways: pairs in a batch and bytes under the name of each way, at most 4.
        limits: bytes under the name of a machine, at most 2.
        title: of the figure.

    Raises:
        ValueError: there is nothing to draw or too much, or not one positive number of bytes for each size.
    """
    limits = limits or {}
    if not 1 <= len(ways) <= len(LINES) or len(limits) > len(LEVELS):
        raise ValueError(f"{title!r} can show 1 to {len(LINES)} ways and {len(LEVELS)} limits, not {len(ways)} ways.")
    for name, (pairs, amount) in ways.items():
        if len(pairs) != len(amount) or not len(pairs) or not np.all(np.asarray(amount) > 0):
            raise ValueError(f"The way {name!r} of {title!r} needs a positive number of bytes for each size.")
    figure = Figure(figsize=(7.6, 4.4), layout="constrained")
    axis = figure.subplots()
    for (name, (pairs, amount)), (colour, style) in zip(ways.items(), LINES, strict=False):
        axis.plot(pairs, amount, style, color=colour, linewidth=2.5, markersize=7, label=name)
    for (name, limit), (colour, style) in zip(limits.items(), LEVELS, strict=False):
        axis.axhline(limit, color=colour, linestyle=style, linewidth=2.5, label=name)
    axis.set_xscale("log", base=2)
    axis.set_yscale("log")
    axis.xaxis.set_major_formatter(FuncFormatter(lambda pairs, _: f"{pairs:,.0f}"))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda amount, _: readable(amount)))
    axis.set_title(title, fontsize=TITLE)
    axis.set_xlabel("pairs in a batch", fontsize=LABEL)
    axis.set_ylabel("memory", fontsize=LABEL)
    axis.tick_params(labelsize=SMALL)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(fontsize=SMALL)
    return figure


def readable(amount: float | int) -> str:
    """Bytes as a person says them: three digits and a unit, each a thousand times the one before.

    >>> readable(8.5e6), readable(4294967296), readable(512)
    ('8.5 MB', '4.29 GB', '512 B')
    """
    units = ("B", "kB", "MB", "GB", "TB", "PB")
    power = int(np.clip(np.log10(max(amount, 1)) // 3, 0, len(units) - 1))
    return f"{amount / 1000**power:.3g} {units[power]}"
