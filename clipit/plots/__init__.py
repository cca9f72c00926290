"""Pictures of what happens: curves, galleries, filmstrips, bars, and what CLIP is."""

from clipit.plots.bars import plot_bars, plot_labels
from clipit.plots.curves import plot_curves
from clipit.plots.galleries import plot_captioned, plot_filmstrip, plot_gallery
from clipit.plots.towers import plot_two_towers

__all__ = [
    "plot_bars",
    "plot_captioned",
    "plot_curves",
    "plot_filmstrip",
    "plot_gallery",
    "plot_labels",
    "plot_two_towers",
]
