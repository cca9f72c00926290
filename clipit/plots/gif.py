"""Figures one after the other as a GIF, for places that run no scripts: one small palette for all frames.

>>> import tempfile
>>> figures = [Figure(figsize=(1, 1), facecolor=colour) for colour in ("white", "black")]
>>> path = write_gif(figures, Path(tempfile.mkdtemp()) / "blink.gif")
>>> with Image.open(path) as gif:
...     gif.n_frames
2
"""

import io
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

COLOURS = 32
DOTS = 66  # per inch
HOLD = 2000  # milliseconds for which the last frame stays, so that one can read it


def write_gif(figures: Sequence[Figure], path: str | Path, milliseconds: int = 80) -> Path:
    """Writes an endless GIF and returns its path; the same figures make the same file.

    Args:
        figures: the frames, all of one size.
        path: of the file.
        milliseconds: for which each frame stays, at least 20; the last one stays two seconds.

    Raises:
        ValueError: there are no figures, their sizes differ, or frames would stay too short for any browser.
    """
    if len(figures) == 0:
        raise ValueError("There are no figures to make a GIF of.")
    if milliseconds < 20:
        raise ValueError(f"Browsers show no frame for less than 20 milliseconds; {milliseconds} cannot be had.")
    frames = [draw(figure) for figure in figures]
    if len({frame.size for frame in frames}) > 1:
        raise ValueError(f"The frames of a GIF need one size, not {sorted({frame.size for frame in frames})}.")
    palette = shared_palette(frames)
    flat = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    durations = [milliseconds] * (len(flat) - 1) + [HOLD]
    path = Path(path)
    flat[0].save(path, "GIF", save_all=True, append_images=flat[1:], duration=durations, loop=0, optimize=True)
    return path


def draw(figure: Figure) -> Image.Image:
    """The figure as it looks, red, green and blue."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DOTS, facecolor="auto")  # its own ground, whatever the set-up chose
    with Image.open(file) as picture:
        return picture.convert("RGB")


def shared_palette(frames: Sequence[Image.Image]) -> Image.Image:
    """The colours of the first, the middle and the last frame: with one palette, what stands still takes no room.

    Chosen to cover all colours rather than to average the frequent ones: a white ground stays white.
    """
    width, height = frames[0].size
    seen = Image.new("RGB", (width, 3 * height))
    for place, frame in enumerate((frames[0], frames[len(frames) // 2], frames[-1])):
        seen.paste(frame, (0, place * height))
    return seen.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
