"""How many captions pass each rule: a bar that becomes shorter from rule to rule.

>>> figure = plot_funnel("From 100 captions", 100, ["length", "language"], [10, 5])
>>> [text.get_text() for text in figure.axes[0].texts]
['100', '90', '85']
"""

from collections.abc import Sequence

from matplotlib.figure import Figure

from clipit.plots.bars import enlarge
from clipit.plots.style import BLUE, LABEL, ORANGE, SMALL


def plot_funnel(title: str, came: int, rules: Sequence[str], dropped: Sequence[int]) -> Figure:
    """One bar for what came in, and one for what each rule leaves; what it drops is orange beside it.

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
    left = [came]
    for number in dropped:
        left.append(left[-1] - number)
    figure = Figure(figsize=(9, 0.55 * len(left) + 1.7), layout="constrained")
    axis = figure.subplots()
    places = range(len(left))
    bars = axis.barh(places, left, color=BLUE, height=0.7, label="left")
    axis.barh(places, [0, *dropped], left=left, color=ORANGE, height=0.7, label="dropped by the rule")
    axis.bar_label(bars, [f"{number:,}" for number in left], fontsize=LABEL, label_type="center", color="white")
    names = ["all captions", *(f"{rule}: {number:,} dropped" for rule, number in zip(rules, dropped, strict=True))]
    axis.set_yticks(places, names)
    axis.invert_yaxis()
    axis.set(title=title, xlabel="captions", xlim=(0, 1.02 * came))
    enlarge(axis)
    figure.legend(loc="outside lower right", fontsize=SMALL)
    return figure
