"""Pictures of what happens: curves, galleries, filmstrips."""

from clipit.plots.curves import plot_curves
from clipit.plots.galleries import plot_filmstrip, plot_gallery

__all__ = ["plot_curves", "plot_filmstrip", "plot_gallery"]
