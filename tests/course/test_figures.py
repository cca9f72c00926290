"""What `make figures` draws for the lessons: true to the training, and what lies in figures/ is small."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clipit.course.figures import FIGURES, TWO_STARTS, on_circle, quick_then_slow, similarity_matrix
from clipit.course.toy import Toy, train_toy
from clipit.plots.encoders import plot_encoder
from clipit.plots.saving import FOLDER, save_all


def test_what_lies_in_figures_is_small_and_all_there():
    for name in FIGURES:
        path = FOLDER / name
        assert path.stat().st_size < (300_000 if path.suffix == ".gif" else 100_000), name
        with Image.open(path) as picture:
            assert getattr(picture, "n_frames", 1) > 20 or path.suffix == ".png", name


def test_frames_run_from_the_first_step_to_the_last():
    frames = quick_then_slow(train_toy(Toy(pairs=3, steps=100)), 20)
    assert frames[0] == 0 and frames[-1] == 100 and frames == sorted(set(frames)) and frames[1] == 1
    assert frames[-1] - frames[-2] > frames[2] - frames[1]


def test_the_matrix_beside_the_plane_says_what_the_plane_shows():
    plane, matrix = next(similarity_matrix()).axes
    pictures, captions = (on_circle(degrees) for degrees in TWO_STARTS)
    said = [float(text.get_text().replace("−", "-")) for text in matrix.texts]
    np.testing.assert_allclose(np.reshape(said, (2, 2)), captions @ pictures.T, atol=0.00501)
    assert [text.get_text() for text in plane.texts] == ["gatto", "cane"] and plane.get_title().startswith("step 0")
    assert matrix.get_ylabel() == "caption" and matrix.get_xlabel() == "picture"


def test_an_encoder_shows_all_its_pieces():
    pieces = ["[CLS]", "due", "gatti", "[SEP]"]
    axis = plot_encoder("The text encoder", "due gatti", pieces, "tokens").axes[0]
    texts = [text.get_text() for text in axis.texts]
    assert {*pieces, "due gatti", "tokens", "projection"} <= set(texts)
    assert min(text.get_fontsize() for text in axis.texts if text.get_text()) >= 12


@pytest.mark.parametrize("pieces", [[], ["a"] * 10])
def test_too_many_pieces_or_none_is_a_sentence(pieces):
    with pytest.raises(ValueError, match=f"shows 1 to 9 pieces, not {len(pieces)}"):
        plot_encoder("The text encoder", "due gatti", pieces, "tokens")


def test_saving_makes_the_same_file_every_time(tmp_path: Path):
    only = {"text_encoder.png": FIGURES["text_encoder.png"]}
    first, second = (save_all(only, tmp_path / name)[0].read_bytes() for name in "ab")
    assert first == second
