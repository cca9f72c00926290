"""The toy: its steps against finite differences, and what it is there to show."""

import math

import numpy as np
import pytest

from clipit.course.toy import Toy, start_points, train_toy
from clipit.losses import expected_loss


def normalise(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def loss_by_hand(images, texts, scale, negatives):
    """InfoNCE in loops and float64, or only the pull."""
    if not negatives:
        return scale * float(np.mean([1 - image @ text for image, text in zip(images, texts, strict=True)]))
    logits = scale * images @ texts.T
    rows = [math.log(np.exp(logits[i]).sum()) - logits[i, i] for i in range(len(logits))]
    columns = [math.log(np.exp(logits[:, i]).sum()) - logits[i, i] for i in range(len(logits))]
    return (float(np.mean(rows)) + float(np.mean(columns))) / 2


def step_by_hand(images, texts, scale, negatives, rate, nudge=1e-6):
    """One step from vectors of length one, with the slope of each number by a small nudge to it."""
    vectors = np.concatenate([images, texts]).astype(float)  # [2 * pairs, 2]
    slopes = np.zeros_like(vectors)
    for place in np.ndindex(vectors.shape):
        values = []
        for sign in (1, -1):
            moved = vectors.copy()
            moved[place] += sign * nudge
            values.append(loss_by_hand(*np.split(normalise(moved), 2), scale, negatives))
        slopes[place] = (values[0] - values[1]) / (2 * nudge)
    return np.split(normalise(vectors - rate * slopes), 2)


@pytest.mark.parametrize("negatives", [True, False])
@pytest.mark.parametrize("scale", [2.0, 10.0])
def test_a_step_is_what_finite_differences_say(negatives, scale):
    toy = Toy(pairs=5, logit_scale=scale, steps=1, negatives=negatives, learning_rate=0.2)
    images, texts = start_points(toy)
    history = train_toy(toy)
    assert history.losses[0] == pytest.approx(loss_by_hand(images, texts, scale, negatives), rel=1e-5)
    by_hand = step_by_hand(images, texts, scale, negatives, 0.2)
    np.testing.assert_allclose(history.image_points[1], by_hand[0], atol=1e-5)
    np.testing.assert_allclose(history.text_points[1], by_hand[1], atol=1e-5)


def test_a_shared_vector_moves_all_points_of_its_kind():
    """With one pair pulled and the others at rest, only what is shared can have moved the others."""
    images = np.array([[1.0, 0.0], [0.0, -1.0], [-1.0, 0.0]])
    texts = np.array([[0.0, 1.0], [0.0, -1.0], [-1.0, 0.0]])
    for shared in (False, True):
        toy = Toy(pairs=3, steps=1, negatives=False, shared=shared, learning_rate=0.05)
        first, second = train_toy(toy, (images, texts)).image_points
        moved = np.linalg.norm(second - first, axis=1) > 1e-4
        assert moved.tolist() == [True, False, shared]  # the middle one lies along the pull, and cannot turn


def test_the_start_is_on_the_circle_and_the_same_for_a_seed():
    for cones in (False, True):
        images, texts = start_points(Toy(pairs=50, cones=cones))
        np.testing.assert_allclose(np.linalg.norm([images, texts], axis=-1), 1, atol=1e-6)
        np.testing.assert_array_equal(images, start_points(Toy(pairs=50, cones=cones))[0])
    assert not np.array_equal(start_points(Toy(seed=1))[0], start_points(Toy())[0])


def test_points_stay_on_the_circle_and_every_step_is_a_frame():
    history = train_toy(Toy(pairs=6, steps=40, shared=True))
    assert history.image_points.shape == history.text_points.shape == (41, 6, 2) and history.losses.shape == (41,)
    np.testing.assert_allclose(np.linalg.norm(history.image_points, axis=-1), 1, atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_a_trained_toy_lies_evenly_on_the_circle_with_captions_on_their_pictures(seed):
    history = train_toy(Toy(pairs=8, seed=seed))
    images, texts = history.image_points[-1], history.text_points[-1]
    np.testing.assert_allclose(images, texts, atol=0.02)
    angles = np.sort(np.arctan2(images[:, 1], images[:, 0]))
    np.testing.assert_allclose(np.diff(angles), 2 * np.pi / 8, atol=0.02)
    assert history.losses[-1] > expected_loss(8, logit_scale=10.0)  # for which the circle is too narrow


def test_without_negatives_what_shares_weights_collapses_and_with_them_it_does_not():
    def spread(history):
        return 1 - np.linalg.norm(history.image_points[-1].mean(axis=0))

    alone, without = Toy(negatives=False), Toy(negatives=False, shared=True)
    assert spread(train_toy(without)) < 0.05 and train_toy(without).losses[-1] < 0.01
    assert spread(train_toy(Toy(shared=True, learning_rate=0.1))) > 0.9
    # Where nothing is shared, pairs close up wherever they are: nothing pushes them apart, nor together.
    assert spread(train_toy(alone)) > 0.7 and train_toy(alone).losses[-1] < 0.01


def test_a_soft_scale_closes_the_gap_between_two_cones_and_a_sharp_one_does_not():
    def gap(history):
        return [np.linalg.norm((history.image_points[f] - history.text_points[f]).mean(axis=0)) for f in (0, -1)]

    before, after = gap(train_toy(Toy(cones=True, logit_scale=1.0, learning_rate=1.0, steps=600)))
    assert before > 1 and after < 0.05
    before, after = gap(train_toy(Toy(cones=True)))
    assert before > 1 and after > 1


def test_thinning_keeps_the_first_and_the_last_frame():
    history = train_toy(Toy(pairs=3, steps=100))
    thin = history.thin(12)
    assert len(thin.losses) == len(thin.image_points) == len(thin.text_points) == 12
    assert (thin.losses[0], thin.losses[-1]) == (history.losses[0], history.losses[-1])
    np.testing.assert_array_equal(thin.text_points[-1], history.text_points[-1])
    assert len(history.thin(1000).losses) == 101


def test_a_given_start_is_brought_to_length_one():
    images, texts = np.array([[3.0, 0.0], [0.0, 2.0]]), np.array([[0.0, 1.0], [-5.0, 0.0]])
    first = train_toy(Toy(pairs=2, steps=1), (images, texts))
    np.testing.assert_allclose(first.image_points[0], [[1, 0], [0, 1]])
    np.testing.assert_allclose(first.text_points[0], [[0, 1], [-1, 0]])


GOOD = np.eye(2)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Toy(pairs=1), "at least two pairs to tell apart, not 1"),
        (lambda: Toy(pairs=0), "at least two pairs"),
        (lambda: Toy(steps=0), "at least one step"),
        (lambda: Toy(logit_scale=0.0), "logit_scale must be a positive number, not 0.0"),
        (lambda: Toy(logit_scale=float("nan")), "logit_scale must be a positive number, not nan"),
        (lambda: Toy(learning_rate=-1.0), "learning_rate must be a positive number"),
        (lambda: train_toy(Toy(pairs=2), (GOOD, np.eye(3)[:, :2])), r"needs the shape \(2, 2\)"),
        (lambda: train_toy(Toy(pairs=2), (GOOD, np.zeros((2, 2)))), "have no direction"),
        (lambda: train_toy(Toy(pairs=2), (GOOD * np.nan, GOOD)), "have no direction"),
        (lambda: train_toy(Toy(pairs=2, steps=5)).thin(1), "at least two frames"),
    ],
)
def test_what_cannot_be_trained_is_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence) as raised:
        make()
    assert str(raised.value).endswith(".")
