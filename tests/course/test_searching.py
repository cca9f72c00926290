"""The gallery of the lessons: what is right is right, and every line that is printed can be compared."""

import numpy as np
import pytest

import clipit
from clipit.course.map import course_map
from clipit.course.rounding import about
from clipit.course.searching import Gallery, open_gallery, say, show_worst
from clipit.data import SEARCHES
from clipit.data.emoji.claims import encode


@pytest.fixture(scope="module")
def gallery(tiny_run):
    return open_gallery(tiny_run.model, clipit.data.make_gallery(size=80))


def test_a_gallery_knows_what_is_on_its_pictures(gallery):
    assert len(gallery) == len(gallery.captions) == len(gallery.glosses) == 80
    np.testing.assert_array_equal(encode(gallery.scenes), np.array(gallery.world["scene"][:]))
    np.testing.assert_allclose(np.linalg.norm(gallery.vectors, axis=1), 1, atol=1e-5)


def test_a_gloss_says_in_english_what_the_caption_says(gallery):
    assert say(SEARCHES[0], "it") == "due gatti neri" and say(SEARCHES[0], "en") == "two black cats"
    row = int(gallery.right([SEARCHES[0]])[0].argmax())
    assert "due gatti neri" in gallery.captions[row] and "two black cats" in gallery.glosses[row]


def test_every_caption_is_true_of_its_own_picture(gallery):
    assert gallery.right_for_captions().diagonal().all()


def test_pictures_of_one_kind(gallery):
    rows, kinds, counts = gallery.of_one_kind()
    assert 0 < len(rows) == len(kinds) == len(counts) < 80
    assert all(gallery.world[int(row)]["objects"] == [kind] for row, kind in zip(rows, kinds, strict=True))


def test_a_search_marks_and_counts_what_is_right(gallery, capsys):
    right = gallery.right([SEARCHES[0]])[0]
    rows = [int(right.argmax()), int(right.argmin())]
    figure = gallery.show("due gatti neri", rows, SEARCHES[0])
    assert [axis.get_title() for axis in figure.axes] == ["1: right", "2: wrong"]
    assert capsys.readouterr().out == (
        f"Right among the first 2: 1. In the whole gallery it is true of {right.sum()} of 80 pictures.\n"
    )


def test_without_a_query_nothing_is_marked(gallery, capsys):
    figure = gallery.show("some", range(3))
    assert [axis.get_title() for axis in figure.axes] == ["", "", ""]
    assert not figure.axes[0].spines["left"].get_visible()
    assert capsys.readouterr().out == "3 of 80 pictures.\n"


def test_the_worst_searches_come_by_their_rank(gallery, capsys):
    # Vectors that are all different directions: each caption finds its own picture, unless it is sent astray.
    known = Gallery(gallery.world, gallery.pictures, np.eye(80, dtype=np.float32))
    queries = np.eye(80, dtype=np.float32)[[70, 75, 79]]
    queries[1, 0] = 2  # finds the picture 0 first, which is something else
    figure = show_worst(known, [70, 75, 79], queries, worst=2)
    printed = capsys.readouterr().out
    assert "Of 3 searches, 1 have a wrong first answer." in printed and ": 2, 1." in printed
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["A meant: no. 2", "A found: no. 1", "B meant: no. 1", "B found: no. 1"]
    styles = [axis.spines["left"].get_linestyle() for axis in figure.axes]
    assert styles[0] == styles[2] == styles[3] != styles[1]


@pytest.mark.parametrize(
    "share, words",
    [
        (0.0, "below 1 %"),
        (0.03, "below 5 %"),
        (0.05, "about 5 %"),
        (0.333, "about 35 %"),
        (0.92, "about 90 %"),
        (1.0, "above 95 %"),
    ],
)
def test_shares_in_words(share, words):
    assert about(share) == words


def test_the_map_marks_what_is_not_written():
    lines = course_map(written={0, 3}).splitlines()[2:]
    assert len(lines) == 13
    assert [number for number, line in enumerate(lines) if "planned" not in line] == [0, 3]
    assert all(("not written yet" in line) == ("planned" in line) for line in lines)
