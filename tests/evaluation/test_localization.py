"""Occlusion finds what a similarity looks at; both measures agree with counting pixels by hand."""

import numpy as np
import pytest

from clipit.evaluation import intersection_over_union, occlusion_map, pointing_game
from clipit.evaluation.localization import in_boxes, windows


def picture_with(left, top, side, size=32):
    picture = np.full((size, size, 3), 60, np.uint8)
    picture[top : top + side, left : left + side] = 250
    return picture


def brightness(pictures):
    """A model that looks at nothing but bright pixels."""
    return (pictures > 200).mean(axis=(1, 2, 3))


@pytest.mark.parametrize(("left", "top"), [(0, 0), (24, 24), (10, 3), (5, 22)])
def test_the_heat_is_where_the_similarity_looks(left, top):
    heat = occlusion_map(picture_with(left, top, 8), brightness, window=8, stride=2)
    box = (left, top, left + 8, top + 8)
    assert heat.shape == (32, 32) and heat.min() == pytest.approx(0)
    assert pointing_game(heat, [box]) and intersection_over_union(heat, [box]) > 0.5
    elsewhere = (16 - left % 16, 16 - top % 16, 18 - left % 16, 18 - top % 16)
    if not in_boxes(heat.shape, [box])[int(elsewhere[1]), int(elsewhere[0])]:
        assert not pointing_game(heat, [elsewhere])


def test_each_pixel_s_heat_is_the_mean_over_the_windows_that_cover_it():
    """By brute force, pixel by pixel."""
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (9, 7, 3), dtype=np.uint8)
    weights = rng.normal(size=(9, 7, 3))

    def similarity(pictures):
        return (pictures * weights).sum(axis=(1, 2, 3))

    heat = occlusion_map(picture, similarity, window=4, stride=3)
    drops = {}
    for rows, columns in windows(9, 7, 4, 3):
        changed = picture.copy()
        changed[rows, columns] = 127
        drops[rows.start, columns.start] = float(similarity(picture[None])[0] - similarity(changed[None])[0])
    for row in range(9):
        for column in range(7):
            over = [drop for (top, left), drop in drops.items() if 0 <= row - top < 4 and 0 <= column - left < 4]
            assert heat[row, column] == pytest.approx(np.mean(over))


@pytest.mark.parametrize(("length", "window", "stride"), [(8, 4, 2), (9, 4, 4), (5, 8, 3), (4, 4, 1)])
def test_the_windows_cover_every_pixel_and_stay_inside(length, window, stride):
    covered = np.zeros((length, length), int)
    for rows, columns in windows(length, length, window, stride):
        assert rows.start >= 0 and (rows.stop <= length or window > length)
        covered[rows, columns] += 1
    assert covered.min() >= 1


def test_all_covered_pictures_are_asked_for_at_once():
    calls = []
    occlusion_map(picture_with(4, 4, 8), lambda pictures: calls.append(len(pictures)) or np.zeros(len(pictures)), 8, 8)
    assert calls == [17]


def test_intersection_over_union_by_hand():
    heat = np.zeros((4, 4))
    heat[0, :3] = 1.0
    assert intersection_over_union(heat, [(0, 0, 2, 2)]) == pytest.approx(2 / 5)
    assert intersection_over_union(heat, [(0, 0, 3, 1)]) == 1.0
    assert intersection_over_union(heat * 0, [(0, 0, 3, 1)]) == 0.0
    heat[3, 3] = 0.4
    assert intersection_over_union(heat, [(0, 0, 3, 1)]) == 1.0
    assert intersection_over_union(heat, [(0, 0, 3, 1)], share=0.3) == pytest.approx(3 / 4)
    assert intersection_over_union(heat, [(0, 0, 1, 1), (1, 0, 3, 1)]) == 1.0


def test_of_equally_hot_pixels_the_middle_one_counts():
    heat = np.zeros((5, 5))
    heat[1:4, 1:4] = 2.0
    assert pointing_game(heat, [(2, 2, 3, 3)]) and not pointing_game(heat, [(1, 1, 2, 2)])


def test_what_cannot_be_is_a_sentence():
    with pytest.raises(ValueError, match="stride at most window, not 5 and 4"):
        occlusion_map(picture_with(0, 0, 4), brightness, window=4, stride=5)
    with pytest.raises(ValueError, match="must be positive"):
        occlusion_map(picture_with(0, 0, 4), brightness, window=4, stride=0)
    for measure in (pointing_game, intersection_over_union):
        with pytest.raises(ValueError, match="There is no box"):
            measure(np.zeros((3, 3)), [])
        with pytest.raises(ValueError, match="not a number"):
            measure(np.full((3, 3), np.nan), [(0, 0, 1, 1)])
