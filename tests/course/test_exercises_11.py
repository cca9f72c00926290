"""Each check of lesson 11: silent about the stub, satisfied by the solution, and helpful about usual mistakes."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import logsumexp

from clipit.course.exercises import scaling
from clipit.course.exercises.scaling import LOGITS, RUN, SQUARE
from clipit.course.extracting import exercises, function
from clipit.training.step import group_loss

LESSON = exercises("11_scale_up")
CHECKS = {"11.1": scaling.tile_loop, "11.2": scaling.accumulated, "11.3": scaling.hours}


def test_every_exercise_has_its_check():
    assert set(LESSON) == set(CHECKS)


@pytest.mark.parametrize("number", CHECKS)
def test_the_stub_is_not_done_and_the_solution_is_correct(number, done_by):
    done_by(CHECKS[number], number, LESSON[number], np=np)


def test_the_tile_loop_is_scipy_s():
    solution = function(LESSON["11.1"]["solution"], np=np)
    for tile in (1, 3, 7):
        assert solution(lambda a, b: LOGITS[:, a:b], 5, tile) == pytest.approx(logsumexp(LOGITS, axis=1))


def test_small_batches_are_those_of_the_original_training():
    solution = function(LESSON["11.2"]["solution"], np=np)
    symmetric = (SQUARE + SQUARE.T) / 2  # so that both directions of the library's loss are the same
    values, vectors = np.linalg.eigh(symmetric + 10 * np.eye(4))  # on its diagonal 10 more, which the loss sees
    rows = jnp.asarray(vectors * np.sqrt(values), jnp.float32)
    theirs = group_loss(rows, rows, jnp.float32(1.0), jnp.eye(4, dtype=bool), 2)
    assert solution(symmetric + 10 * np.eye(4), 2) == pytest.approx(float(theirs), abs=1e-4)


def in_tiles(logits, columns, tile, rescale=True, last=True, shift=True):
    largest, total = np.full(3, -np.inf), np.zeros(3)
    for start in range(0, columns if last else columns - 1, tile):
        part = logits(start, min(start + tile, columns))
        new = np.maximum(largest, part.max(1)) if rescale else part.max(1)
        if shift:
            total = total * (np.exp(largest - new) if rescale else 1) + np.exp(part - new[:, None]).sum(1)
        else:
            total = total + np.exp(part).sum(1)
        largest = np.maximum(largest, new)
    return (largest if shift else 0) + np.log(total)


def seconds(pairs, operations, peak, share, devices):
    return pairs * operations / (peak * share * devices)


WRONG_ANSWERS = {
    "all at once": ("11.1", lambda logits, n, tile: logsumexp(logits(0, n), axis=1), "more than `tile`"),
    "last tile": ("11.1", lambda logits, n, tile: in_tiles(logits, n, tile, last=False), "never looked at"),
    "overflow": ("11.1", lambda logits, n, tile: in_tiles(logits, n, tile, shift=False), "overflows"),
    "not rescaled": ("11.1", lambda logits, n, tile: in_tiles(logits, n, tile, rescale=False), "multiplied by exp"),
    "one number": ("11.1", lambda logits, n, tile: in_tiles(logits, n, tile).mean(), "one for each row"),
    "whole": ("11.2", lambda logits, size: scaling.small_batches(logits, 4), "whole batch"),
    "first": ("11.2", lambda logits, size: scaling.small_batches(logits[:2, :2], 2), "first small batch"),
    "one by one": ("11.2", scaling.per_pair, "one by one"),
    "sum": ("11.2", lambda logits, size: scaling.per_pair(logits, size).sum(), "take their mean"),
    "built in": ("11.2", lambda logits, size: scaling.small_batches(logits, 2), "use `size`"),
    "seconds": ("11.3", seconds, "divide by 3600"),
    "minutes": ("11.3", lambda *run: seconds(*run) / 60, "60 once more"),
    "no share": ("11.3", lambda n, o, p, s, d: seconds(n, o, p, 1, d) / 3600, "share that is reached"),
    "no devices": ("11.3", lambda n, o, p, s, d: seconds(n, o, p, s, 1) / 3600, "how many they are"),
    "longer": ("11.3", lambda n, o, p, s, d: seconds(n, o, p, s, 1 / d) / 3600, "shorter, not longer"),
}


@pytest.mark.parametrize("number, answer, sentence", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_a_usual_mistake_is_named(number, answer, sentence, told_by):
    told_by(CHECKS[number], number, answer, sentence)


def test_the_examples_tell_mistakes_apart():
    assert LOGITS.max() > 700 and RUN[-1] > 1  # np.exp overflows, and several devices
