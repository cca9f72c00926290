"""Gap and effective rank: values known by hand, eigenvalues with scipy's entropy, and what must not matter."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy

from clipit.evaluation import effective_rank, modality_gap

PROPERTY = settings(max_examples=20, deadline=None, derandomize=True, database=None)
SEEDS = st.integers(0, 2**16)


def unit_rows(seed, rows, width):
    drawn = np.random.default_rng(seed).normal(size=(rows, width))
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def rotation(seed, width):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(width, width)))[0]


def test_two_opposite_points_are_as_far_apart_as_can_be():
    assert modality_gap(np.array([[0.0, 1.0]]), np.array([[0.0, -1.0]])) == pytest.approx(2.0)


def test_a_gap_worked_out_by_hand():
    # the middles are (0.5, 0.5) and (-0.3, 0.5)
    images, texts = np.eye(2), np.array([[-0.6, 0.8], [-0.3, 0.0], [0.0, 0.7]])
    assert modality_gap(images, texts) == pytest.approx(0.8)


def test_equal_clouds_have_no_gap_even_when_their_pairs_are_shuffled_apart():
    images = unit_rows(0, 10, 4)
    assert modality_gap(images, images[::-1]) == pytest.approx(0.0, abs=1e-12)


@PROPERTY
@given(SEEDS)
def test_turning_the_whole_space_changes_neither_measure(seed):
    images, texts, turn = unit_rows(seed, 9, 5), unit_rows(seed + 1, 7, 5), rotation(seed, 5)
    assert modality_gap(images @ turn, texts @ turn) == pytest.approx(modality_gap(images, texts))
    assert effective_rank(images @ turn) == pytest.approx(effective_rank(images))


@PROPERTY
@given(SEEDS)
def test_the_effective_rank_lies_between_one_and_the_rank(seed):
    rows = unit_rows(seed, 6, 10)
    rows[3:] = rows[:3]  # a rank of three
    assert 1 <= effective_rank(rows) <= 3 + 1e-6


@pytest.mark.parametrize("directions", [1, 2, 5, 8])
def test_equally_used_directions_are_counted(directions):
    rows = np.eye(8)[np.arange(40) % directions]
    assert effective_rank(rows) == pytest.approx(directions)
    assert effective_rank(7 * rows) == pytest.approx(directions)  # lengths in common do not matter


def test_one_strong_and_one_weak_direction_by_hand():
    # singular values 3 and 1: shares 3/4 and 1/4
    by_hand = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert effective_rank(np.diag([3.0, 1.0])) == pytest.approx(math.exp(by_hand))


def test_it_equals_the_entropy_of_the_roots_of_the_eigenvalues():
    rows = unit_rows(3, 20, 6)
    singular_values = np.sqrt(np.linalg.eigvalsh(rows.T @ rows))
    assert effective_rank(rows) == pytest.approx(math.exp(entropy(singular_values)))


@pytest.mark.parametrize("measure", [effective_rank, lambda rows: modality_gap(rows, np.ones((2, 3)))])
@pytest.mark.parametrize(
    "rows, sentence",
    [
        (np.zeros((0, 3)), "at least one item"),
        (np.array([[1.0, np.nan, 0.0], [1.0, 0.0, 0.0]]), "1 of 2 embeddings hold NaN"),
    ],
)
def test_bad_embeddings_give_one_sentence(measure, rows, sentence):
    with pytest.raises(ValueError, match=sentence):
        measure(rows)


def test_spaces_of_different_widths_have_no_gap():
    with pytest.raises(ValueError, match="pictures are 3 wide and captions 2: not the same space"):
        modality_gap(np.ones((4, 3)), np.ones((4, 2)))


def test_zeros_use_no_direction():
    with pytest.raises(ValueError, match="all of them are zero"):
        effective_rank(np.zeros((3, 2)))
