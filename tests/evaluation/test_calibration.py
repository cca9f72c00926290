"""Calibration against a count by hand and scikit-learn's curve."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from clipit.evaluation import calibration, softmax

RNG = np.random.default_rng(0)


def test_a_model_that_is_right_as_often_as_it_says_has_almost_no_error():
    belief = RNG.uniform(0.5, 1, 200_000)
    shares = np.stack([belief, 1 - belief], axis=1)
    labels = (RNG.uniform(size=len(belief)) > belief).astype(int)
    assert calibration(shares, labels)["error"] < 0.005
    assert calibration(shares, 1 - labels)["error"] > 0.4  # surely right, and always wrong


def test_bins_are_those_of_scikit_learn():
    logits = RNG.normal(size=(500, 4)) * 3
    shares, labels = softmax(logits), RNG.integers(4, size=500)
    found = calibration(shares, labels, bins=10)
    right, believed = calibration_curve(shares.argmax(1) == labels, shares.max(1), n_bins=10)
    there = np.array(found["answers"]) > 0
    np.testing.assert_allclose(np.array(found["right"])[there], right)
    np.testing.assert_allclose(np.array(found["believed"])[there], believed)
    by_hand = sum(n * abs(b - r) for n, b, r in zip(np.array(found["answers"])[there], believed, right, strict=True))
    assert found["error"] == pytest.approx(by_hand / 500)
    assert sum(found["answers"]) == 500


def test_softmax_does_not_overflow():
    np.testing.assert_allclose(softmax(np.array([[1e4, 0.0], [0.0, 0.0]])), [[1, 0], [0.5, 0.5]])


@pytest.mark.parametrize(
    "shares, labels, bins, said",
    [
        ([[3.0, 1.0]], [0], 10, "logits"),
        ([[0.5, 0.5]], [0, 1], 10, "one label"),
        (np.zeros((0, 2)), [], 10, "one row"),
        ([[0.5, 0.5]], [0], 0, "bins"),
        ([[np.nan, 0.5]], [0], 10, "between 0 and 1"),
    ],
)
def test_bad_input_is_said_plainly(shares, labels, bins, said):
    with pytest.raises(ValueError, match=said):
        calibration(np.array(shares), labels, bins)
