"""Figures as small files for ``figures/``: a picture as PNG, several one after the other as GIF.

>>> import tempfile
>>> paths = save_all({"white.png": lambda: Figure(figsize=(1, 1))}, Path(tempfile.mkdtemp()))
>>> [path.name for path in paths]
['white.png']
"""

import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from clipit.plots.gif import write_gif

FOLDER = Path(__file__).parents[2] / "figures"
DOTS = 120  # per inch


def save_all(figures: Mapping[str, Callable[[], Figure | Iterable[Figure]]], folder: Path) -> list[Path]:
    """Draws every figure, saves it in the folder under its name, and returns the paths.

    Args:
        figures: from file names, ending in .png or .gif, to what draws one figure or, for a GIF, several.
        folder: where to.
    """
    folder.mkdir(exist_ok=True)
    paths = []
    for name, draw in figures.items():
        drawn = draw()
        path = folder / name
        if isinstance(drawn, Figure):
            save_png(drawn, path)
        else:
            write_gif(list(drawn), path)
        paths.append(path)
    return paths


def save_png(figure: Figure, path: Path) -> None:
    """A PNG with a palette: drawings lose nothing that one sees, and the file is a third as large."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DOTS)
    with Image.open(file) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, "PNG", optimize=True)
