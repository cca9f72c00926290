"""The one place for colours and for how figures look: Okabe and Ito's colours, letters for the last row of a classroom.

Okabe and Ito, "Color Universal Design" (2008): eight colours that people with any kind of colour vision tell apart.
Figures have a white ground of their own, so that they can be read in a dark notebook too.

>>> import matplotlib
>>> use_style()
>>> matplotlib.rcParams["font.size"], matplotlib.rcParams["figure.facecolor"]
(12.0, 'white')
"""

BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, YELLOW, BLACK = "#CC79A7", "#56B4E9", "#F0E442", "#000000"
GREY = "#555555"  # for what is not data: captions, axes, guesses
PALE = "#DDDDDD"  # for what should hardly be seen
COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION, YELLOW, BLACK)  # in the order in which lines get them
RIGHT, WRONG = BLUE, VERMILION
# For a few pairs that are told apart, dark enough for white letters, and none that means right or wrong.
OF_PAIRS = (GREEN, "#7B3294", PURPLE, "#444444")

TITLE, LABEL, SMALL = 14, 13, 12  # sizes of letters, points


def use_style() -> None:
    """From now on every figure of matplotlib looks like those of the course."""
    from cycler import cycler
    from matplotlib import rcParams

    rcParams.update(
        {
            "axes.facecolor": "white",
            "axes.labelsize": LABEL,
            "axes.prop_cycle": cycler(color=COLOURS),
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlesize": TITLE,
            "figure.constrained_layout.use": True,
            "figure.dpi": 100,
            "figure.facecolor": "white",
            "figure.figsize": (7, 4),
            "font.size": SMALL,
            "image.cmap": "viridis",
            "lines.linewidth": 2,
            "savefig.dpi": 200,
            "savefig.facecolor": "white",
        }
    )
