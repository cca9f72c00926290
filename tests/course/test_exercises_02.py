"""Each check of lesson 2: silent about the stub, satisfied by the folded solution, and helpful about usual mistakes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from clipit import losses
from clipit.course import notebooks
from clipit.course.exercises import contrastive
from clipit.course.extracting import exercises

LESSON = exercises("02_contrastive_loss")
CHECKS = {"2.1": contrastive.info_nce, "2.2": contrastive.gradient, "2.3": contrastive.loss_before}


def test_every_exercise_has_its_check():
    assert set(LESSON) == set(CHECKS)


@pytest.mark.parametrize("number", CHECKS)
def test_the_stub_is_not_done_and_the_solution_is_correct(number, done_by):
    done_by(CHECKS[number], number, LESSON[number], jax=jax, jnp=jnp)


def test_what_the_checks_take_for_right_is_what_the_library_and_jax_say():
    images, texts = jnp.asarray(contrastive.IMAGES), jnp.asarray(contrastive.TEXTS)
    by_library = float(losses.info_nce(images, texts, 7.0))
    assert contrastive.symmetric(7 * contrastive.IMAGES @ contrastive.TEXTS.T) == pytest.approx(by_library)

    def of_similarities(similarities):
        logits = 3 * similarities
        return -(jnp.diag(jax.nn.log_softmax(logits, 1)) + jnp.diag(jax.nn.log_softmax(logits, 0))).mean() / 2

    by_jax = jax.grad(of_similarities)(jnp.asarray(contrastive.SIMILARITIES))
    np.testing.assert_allclose(contrastive.slopes(contrastive.SIMILARITIES, 3.0), by_jax, rtol=1e-5)


def shares(logits, axis):
    return jax.nn.softmax(jnp.asarray(logits), axis=axis)


def logs(logits, axis=1):
    return jax.nn.log_softmax(logits, axis=axis)


def right(logits):
    return -(jnp.diag(logs(logits, 1)) + jnp.diag(logs(logits, 0))).mean() / 2


def naive(x, y, s):
    weights = jnp.exp(s * x @ y.T)
    return -(jnp.log(jnp.diag(weights / weights.sum(0))) + jnp.log(jnp.diag(weights / weights.sum(1, keepdims=True)))
    ).mean() / 2  # fmt: skip


def slope(s, scale, rows=1.0, columns=1.0, wanted=2.0):
    logits = scale * s
    return scale * (rows * shares(logits, 1) + columns * shares(logits, 0) - wanted * np.eye(2)) / 4


WRONG = {
    "rows only": ("2.1", lambda x, y, s: -jnp.diag(logs(s * x @ y.T)).mean(), "from pictures to captions alone"),
    "columns only": ("2.1", lambda x, y, s: -jnp.diag(logs(s * x @ y.T, 0)).mean(), "from captions to pictures alone"),
    "one direction twice": (
        "2.1",
        lambda x, y, s: -(jnp.diag(logs(s * x @ y.T, 0)) + jnp.diag(logs((s * x @ y.T).T, 1))).mean() / 2,
        "from captions to pictures alone",
    ),
    "one direction twice, added": (
        "2.1",
        lambda x, y, s: -(jnp.diag(logs(s * x @ y.T, 0)) + jnp.diag(logs((s * x @ y.T).T, 1))).mean(),
        "the same direction up twice",
    ),
    "added": ("2.1", lambda x, y, s: 2 * right(s * x @ y.T), "divide by two"),
    "sum": ("2.1", lambda x, y, s: len(x) * right(s * x @ y.T), "the sum over the batch"),
    "divided": ("2.1", lambda x, y, s: right(x @ y.T / s), "multiply by it"),
    "no scale": ("2.1", lambda x, y, s: right(x @ y.T), "the scale is not used"),
    "no logarithm": (
        "2.1",
        lambda x, y, s: (jnp.diag(shares(s * x @ y.T, 0)) + jnp.diag(shares(s * x @ y.T, 1))).mean() / 2,
        "take the logarithm of each first",
    ),
    "logarithm of the mean": (
        "2.1",
        lambda x, y, s: -jnp.log((jnp.diag(shares(s * x @ y.T, 0)) + jnp.diag(shares(s * x @ y.T, 1))).mean() / 2),
        "this takes the mean first",
    ),
    "no minus": ("2.1", lambda x, y, s: -right(s * x @ y.T), "the sign is wrong"),
    "all pairs": ("2.1", lambda x, y, s: -logs(s * x @ y.T).mean(), "on the diagonal"),
    "whole matrix": (
        "2.1",
        lambda x, y, s: -jnp.diag(logs(s * x @ y.T, (0, 1))).mean(),
        "each row is a question of its own",
    ),
    "pull only": ("2.1", lambda x, y, s: -s * (x * y).sum(1).mean(), "nothing pushes the others away"),
    "bits": ("2.1", lambda x, y, s: right(s * x @ y.T) / jnp.log(2), "base two"),
    "not averaged": ("2.1", lambda x, y, s: -jnp.diag(logs(s * x @ y.T)), "take the mean over the batch"),
    "a matrix": ("2.1", lambda x, y, s: s * x @ y.T, "keep the diagonal"),
    "overflow": ("2.1", naive, "exp overflows for a large one"),
    "fixed scale": ("2.1", lambda x, y, s: right(2.0 * x @ y.T), "not for two pairs at scale 3"),
    "another number": ("2.1", lambda x, y, s: 0.5, "yours is 0.500"),
    "uphill": ("2.2", lambda s, scale: -slope(s, scale), "the direction of a step"),
    "gradient, rows only": ("2.2", lambda s, scale: slope(s, scale, columns=0, wanted=1), "captions alone"),
    "gradient, columns only": ("2.2", lambda s, scale: 2 * slope(s, scale, rows=0, wanted=1), "pictures alone"),
    "gradient, no scale": ("2.2", lambda s, scale: slope(s, scale) / scale, "the scale is missing in front"),
    "gradient, scale divides": ("2.2", lambda s, scale: slope(s, scale) / scale**2, "the scale divides here"),
    "gradient, not averaged": ("2.2", lambda s, scale: 4 * slope(s, scale), "divide by four"),
    "gradient, shares": ("2.2", lambda s, scale: slope(s, scale, wanted=0), "lacks what is wanted"),
    "gradient, one wanted": ("2.2", lambda s, scale: slope(s, scale, wanted=1), "two in all"),
    "gradient, unscaled": ("2.2", lambda s, scale: scale * slope(s, 1.0), "before the softmax"),
    "gradient, transposed": ("2.2", lambda s, scale: slope(s, scale).T, "yours is transposed"),
    "gradient, one number": ("2.2", lambda s, scale: 0.0, "one number for each similarity"),
    "gradient, fixed": (
        "2.2",
        lambda s, scale: slope(contrastive.SIMILARITIES, contrastive.SCALE),
        "use both as they are given",
    ),
    "gradient, zeros": ("2.2", lambda s, scale: np.zeros((2, 2)), "yours is [[0.0, 0.0], [0.0, 0.0]]"),
    "one device": ("2.3", lambda pairs, devices: np.log(pairs), "the pairs of one device"),
    "logarithm times devices": ("2.3", lambda pairs, devices: devices * np.log(pairs), "pairs by devices first"),
    "base two": ("2.3", lambda pairs, devices: np.log2(pairs * devices), "base two"),
    "base ten": ("2.3", lambda pairs, devices: np.log10(pairs * devices), "base ten"),
    "count": ("2.3", lambda pairs, devices: pairs * devices, "the loss is the logarithm of it"),
    "share": ("2.3", lambda pairs, devices: 1 / (pairs * devices), "minus the logarithm of it"),
    "negative": ("2.3", lambda pairs, devices: -np.log(pairs * devices), "never negative"),
    "others only": ("2.3", lambda pairs, devices: np.log(pairs * devices - 1), "leave nothing out"),
    "both added": ("2.3", lambda pairs, devices: 2 * np.log(pairs * devices), "averaged, not added"),
    "halved": ("2.3", lambda pairs, devices: np.log(pairs * devices) / 2, "do not halve"),
    "eight devices": ("2.3", lambda pairs, devices: np.log(8 * pairs), "for 256 pairs on one device"),
    "constant": ("2.3", lambda pairs, devices: 4.0, "yours is 4.000"),
}  # fmt: skip


@pytest.mark.parametrize("number, answer, sentence", WRONG.values(), ids=WRONG)
def test_a_usual_mistake_is_named(number, answer, sentence, told_by):
    told_by(CHECKS[number], number, answer, sentence)


@pytest.mark.parametrize("number", CHECKS)
def test_every_exercise_has_three_usual_mistakes_or_more(number):
    assert sum(of == number for of, _, _ in WRONG.values()) >= 3


def test_the_expected_output_in_the_text_is_what_the_checks_expect():
    text = (notebooks.NOTEBOOKS / "source" / "02_contrastive_loss.py").read_text("utf-8")
    loss = contrastive.symmetric(contrastive.SCALE * contrastive.IMAGES @ contrastive.TEXTS.T)
    slopes = contrastive.slopes(contrastive.SIMILARITIES, contrastive.SCALE)
    assert f"the loss is {loss:.3f}." in text
    assert f"`{slopes.round(3).tolist()}`" in text
    assert f"For 16 pairs on each of 8 devices: {np.log(128):.3f}. If such a run begins at {np.log(16):.2f}" in text
