"""Pictures of what happens: curves, galleries, filmstrips, matrices, bars, and what CLIP is."""

from clipit.plots.bars import plot_bars, plot_labels
from clipit.plots.curves import plot_curves
from clipit.plots.galleries import plot_captioned, plot_filmstrip, plot_gallery
from clipit.plots.matrices import plot_confusion, plot_similarities
from clipit.plots.towers import plot_two_towers

__all__ = [
    "plot_bars",
    "plot_captioned",
    "plot_confusion",
    "plot_curves",
    "plot_filmstrip",
    "plot_gallery",
    "plot_labels",
    "plot_similarities",
    "plot_two_towers",
]
