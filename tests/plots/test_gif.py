"""The GIF: its frames are the figures, it is the same every time, and small."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from clipit.plots import write_gif


def test_frames_keep_order_colours_and_times(tmp_path):
    colours = ["#0072b2", "#d55e00", "#ffffff"]
    path = write_gif([Figure(figsize=(1, 1), facecolor=colour) for colour in colours], tmp_path / "a.gif", 100)
    with Image.open(path) as gif:
        assert gif.n_frames == 3 and gif.info["loop"] == 0
        seen, durations = [], []
        for frame in range(3):
            gif.seek(frame)
            durations.append(gif.info["duration"])
            seen.append("#{:02x}{:02x}{:02x}".format(*gif.convert("RGB").getpixel((5, 5))))
    assert seen == colours and durations == [100, 100, 2000]


def moving():
    for angle in np.linspace(0, 1, 4):
        figure = Figure(figsize=(3, 3))
        figure.subplots().plot([0, np.cos(angle)], [0, np.sin(angle)], "o-")
        yield figure


def test_it_is_the_same_every_time_and_small(tmp_path):
    first, second = (write_gif(list(moving()), tmp_path / f"{name}.gif") for name in "ab")
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_size < 30_000
    with Image.open(first) as gif:
        assert gif.n_frames == 4


@pytest.mark.parametrize(
    ("figures", "milliseconds", "sentence"),
    [
        ([], 80, "There are no figures to make a GIF of"),
        ([Figure(figsize=(1, 1)), Figure(figsize=(2, 1))], 80, "need one size"),
        ([Figure(figsize=(1, 1))], 5, "less than 20 milliseconds"),
    ],
)
def test_what_makes_no_gif_is_a_sentence(figures, milliseconds, sentence, tmp_path):
    with pytest.raises(ValueError, match=sentence):
        write_gif(figures, tmp_path / "none.gif", milliseconds)
    assert not (tmp_path / "none.gif").exists()
