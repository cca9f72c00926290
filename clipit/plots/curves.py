"""The loss between what it starts from and what it cannot pass, and recall on pictures never trained on.

>>> figure = plot_curves([{"step": 1, "loss": 5.5, "expected_start": 5.5, "floor": 1.0, "validation.recall@1": 0.0}])
>>> [axis.get_title() for axis in figure.axes]
['Loss of each step', 'Search in validation pictures']
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from clipit.plots.style import BLUE, GREEN, GREY, ORANGE


def plot_curves(metrics: Sequence[dict[str, Any]]) -> Figure:
    """Loss and validation recall over the steps of a run, from its metrics.

    Raises:
        ValueError: there are no metrics.
    """
    if not metrics:
        raise ValueError("There is no step to draw: the run has no metrics yet.")
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    steps, losses = [line["step"] for line in metrics], [line["loss"] for line in metrics]
    left.plot(steps, losses, color=BLUE, alpha=0.3, linewidth=1)
    width = max(1, len(losses) // 30)
    smooth = np.convolve(losses, np.ones(width) / width, "valid")
    left.plot(steps[width - 1 :], smooth, color=BLUE, linewidth=2.5, label="loss")
    left.axhline(metrics[0]["expected_start"], color=GREY, linestyle="--", label="knowing nothing: ln(batch)")
    left.axhline(metrics[0]["floor"], color=GREEN, linestyle=":", linewidth=2, label="least that captions allow")
    left.set(title="Loss of each step", xlabel="step", ylabel="loss (nats)", ylim=(0, None))
    left.legend()
    looks = [line for line in metrics if "validation.recall@1" in line]
    seen = [line["step"] for line in looks]
    right.plot(seen, [line["validation.recall@1"] for line in looks], "o-", color=ORANGE, label="recall@1")
    right.plot(seen, [line.get("validation.mrr@10", 0) for line in looks], "s-", color=BLUE, label="MRR@10")
    right.set(title="Search in validation pictures", xlabel="step", ylabel="share", ylim=(0, 1))
    right.legend(loc="lower right")
    return figure
