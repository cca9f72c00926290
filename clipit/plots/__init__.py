"""Pictures of what happens: curves, galleries, filmstrips, matrices, bars, and what CLIP is."""

from clipit.plots.animation import animate_space
from clipit.plots.attention import plot_attention, plot_token_attention
from clipit.plots.bars import plot_bars, plot_labels
from clipit.plots.curves import plot_curves
from clipit.plots.distributions import plot_distributions
from clipit.plots.funnel import plot_funnel
from clipit.plots.galleries import plot_captioned, plot_filmstrip, plot_gallery
from clipit.plots.gif import write_gif
from clipit.plots.heatmaps import plot_heatmaps, plot_patches
from clipit.plots.intervals import plot_intervals
from clipit.plots.layers import plot_layers
from clipit.plots.lines import plot_lines
from clipit.plots.maps import plot_maps
from clipit.plots.matrices import plot_confusion, plot_similarities
from clipit.plots.memory import plot_memory
from clipit.plots.runs import plot_losses, plot_starts
from clipit.plots.space import plot_space
from clipit.plots.spaces import plot_spaces
from clipit.plots.tokens import plot_token_values, plot_tokens
from clipit.plots.towers import plot_two_towers

__all__ = [
    "animate_space",
    "plot_attention",
    "plot_bars",
    "plot_captioned",
    "plot_confusion",
    "plot_curves",
    "plot_distributions",
    "plot_filmstrip",
    "plot_funnel",
    "plot_gallery",
    "plot_heatmaps",
    "plot_intervals",
    "plot_labels",
    "plot_layers",
    "plot_lines",
    "plot_losses",
    "plot_maps",
    "plot_memory",
    "plot_patches",
    "plot_similarities",
    "plot_space",
    "plot_spaces",
    "plot_starts",
    "plot_token_attention",
    "plot_token_values",
    "plot_tokens",
    "plot_two_towers",
    "write_gif",
]
