"""How many captions each rule drops, and how many are left after it.

>>> figure = plot_funnel("From 100 captions", 100, ["length", "language"], [10, 5])
>>> [text.get_text() for text in figure.axes[0].texts]
['10 dropped, 90 left', '5 dropped, 85 left']
"""

from collections.abc import Sequence
from itertools import accumulate

from matplotlib.figure import Figure

from clipit.plots.bars import enlarge
from clipit.plots.style import LABEL, ORANGE

ROOM = 1.6  # how far the axis goes on beyond the longest bar, for what is written beside it


def plot_funnel(title: str, came: int, rules: Sequence[str], dropped: Sequence[int]) -> Figure:
    """One bar for what each rule drops, and beside it how many are left. (Bars of what is left look all alike.)

    Args:
        title: of the figure.
        came: how many came in.
        rules: names of the rules, in the order in which they are asked.
        dropped: how many each rule drops.

    Raises:
        ValueError: nothing came in, there is not one number for each rule, or more was dropped than came.
    """
    if came < 1 or len(rules) != len(dropped) or min(dropped, default=0) < 0 or sum(dropped) > came:
        raise ValueError(f"{title!r} needs something that came in, and for each rule how much of it was dropped.")
    left = accumulate(dropped, lambda before, number: before - number, initial=came)
    next(left)  # what came in is no rule's
    figure = Figure(figsize=(9, 0.55 * len(rules) + 1.4), layout="constrained")
    axis = figure.subplots()
    bars = axis.barh(range(len(rules)), dropped, color=ORANGE, height=0.7)
    told = [f"{number:,} dropped, {rest:,} left" for number, rest in zip(dropped, left, strict=True)]
    axis.bar_label(bars, told, fontsize=LABEL, padding=4)
    axis.set_yticks(range(len(rules)), rules)
    axis.invert_yaxis()
    axis.set(title=title, xlabel=f"captions dropped, of {came:,}", xlim=(0, ROOM * max([1, *dropped])))
    enlarge(axis)
    return figure
