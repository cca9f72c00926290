"""Each check of lesson 1: silent about the stub, satisfied by the folded solution, and helpful about usual mistakes."""

import jax
import numpy as np
import pytest

from clipit.course.exercises import encoders
from clipit.course.extracting import exercises

LESSON = exercises("01_encoders")
CHECKS = {"1.1": encoders.step, "1.2": encoders.patches, "1.3": encoders.pool, "1.4": encoders.project}


def test_every_exercise_has_its_check():
    assert set(LESSON) == set(CHECKS)


@pytest.mark.parametrize("number", CHECKS)
def test_the_stub_is_not_done_and_the_solution_is_correct(number, done_by):
    done_by(CHECKS[number], number, LESSON[number], jax=jax)


def squares(picture, size):
    """[rows, columns, size, size, 3]: what a right answer flattens."""
    height, width, _ = picture.shape
    return picture.reshape(height // size, size, width // size, size, 3).transpose(0, 2, 1, 3, 4)


def by_loops(picture, size):
    edges = [(top, left) for top in range(0, len(picture), size) for left in range(0, picture.shape[1], size)]
    return np.stack([picture[top : top + size, left : left + size].reshape(-1) for top, left in edges])


def norm(rows, axis=1):
    return np.linalg.norm(rows, axis=axis, keepdims=True)


def total(tokens, mask):
    return (tokens * mask[..., None]).sum(1)


def in_place(loss, point, rate):
    point[0] = point[0] - rate * jax.grad(loss)(point)[0]
    return point


RIGHT = {
    "patches by loops": ("1.2", by_loops),
    "mean of each sentence": (
        "1.3",
        lambda tokens, mask: np.stack([t[m > 0].mean(0) for t, m in zip(tokens, mask, strict=True)]),
    ),
    "mean with einsum": ("1.3", lambda t, m: np.einsum("btw,bt->bw", t, m) / m.sum(1)[:, None]),
    "root of squares": ("1.4", lambda f, m: (f @ m) / np.sqrt(((f @ m) ** 2).sum(1, keepdims=True))),
}

WRONG = {
    "uphill": ("1.1", lambda loss, p, rate: p + rate * jax.grad(loss)(p), "goes uphill"),
    "no rate": ("1.1", lambda loss, p, rate: p - jax.grad(loss)(p), "rate is not used"),
    "only the gradient": ("1.1", lambda loss, p, rate: jax.grad(loss)(p), "this is the gradient"),
    "only the change": ("1.1", lambda loss, p, rate: rate * jax.grad(loss)(p), "this is the gradient"),
    "the loss": ("1.1", lambda loss, p, rate: p - rate * loss(p), "subtracts the loss itself"),
    "not moved": ("1.1", lambda loss, p, rate: p, "the point has not moved"),
    "divided": ("1.1", lambda loss, p, rate: p - jax.grad(loss)(p) / rate, "divides by the rate"),
    "in place": ("1.1", in_place, "your code stopped with TypeError"),
    "always this loss": (
        "1.1",
        lambda loss, p, rate: p - 0.1 * np.array([2 * (p[0] - 3), 4 * (p[1] - 3)]),
        "not for another loss",
    ),
    "half the gradient": ("1.1", lambda loss, p, rate: p - rate * jax.grad(loss)(p) / 2, "is [1.4, 4.2]"),
    "pieces of rows": ("1.2", lambda p, size: p.reshape(-1, size * size * 3), "pieces of rows, not squares"),
    "columns first": (
        "1.2",
        lambda p, size: squares(p, size).transpose(1, 0, 2, 3, 4).reshape(-1, size * size * 3),
        "column by column",
    ),
    "not flattened": ("1.2", lambda p, size: squares(p, size).reshape(-1, size, size, 3), "not yet flattened"),
    "still a grid": ("1.2", lambda p, size: squares(p, size), "not yet flattened"),
    "colours apart": (
        "1.2",
        lambda p, size: squares(p, size).transpose(0, 1, 4, 2, 3).reshape(-1, size * size * 3),
        "keep the three colours of a pixel together",
    ),
    "all in one": ("1.2", lambda p, size: squares(p, size).ravel(), "one row for each patch"),
    "turned": (
        "1.2",
        lambda p, size: squares(p, size).transpose(0, 1, 3, 2, 4).reshape(-1, size * size * 3),
        "go through its pixels row by row",
    ),
    "always two": ("1.2", lambda p, size: squares(p, 2).reshape(-1, 12), "use `size` where you wrote a number"),
    "only the first": ("1.2", lambda p, size: p[:size, :size].reshape(1, -1), "the shape (6, 12), yours (1, 12)"),
    "no mask": ("1.3", lambda tokens, mask: tokens.mean(1), "padding is counted as if it were words"),
    "divided by all": ("1.3", lambda t, m: total(t, m) / t.shape[1], "still counted"),
    "sum": ("1.3", total, "this is the sum"),
    "all sentences": ("1.3", lambda t, m: total(t, m) / m.sum(), "all sentences together"),
    "wrong axis": ("1.3", lambda t, m: t.mean(0), "wrong axis"),
    "first token": ("1.3", lambda t, m: t[:, 0], "the first token alone"),
    "one vector": ("1.3", lambda t, m: t[m > 0].mean(0), "one vector for all sentences"),
    "largest": ("1.3", lambda t, m: (t * m[..., None]).max(1), "for the example it is [[2.0, 2.0], [4.0, 1.0]]"),
    "not normalised": ("1.4", lambda f, m: f @ m, "divide each row by its length"),
    "normalised before": ("1.4", lambda f, m: f / norm(f) @ m, "before the product"),
    "one length for all": ("1.4", lambda f, m: f @ m / np.linalg.norm(f @ m), "each row has a length of its own"),
    "columns": ("1.4", lambda f, m: f @ m / norm(f @ m, 0), "each row is a vector"),
    "squared": ("1.4", lambda f, m: f @ m / norm(f @ m) ** 2, "squared lengths"),
    "sum of numbers": ("1.4", lambda f, m: f @ m / (f @ m).sum(1, keepdims=True), "root of the sum of squares"),
    "no product": ("1.4", lambda f, m: f / norm(f), "the product is missing"),
    "lengths": ("1.4", lambda f, m: norm(f @ m), "these are the lengths"),
    "largest number": ("1.4", lambda f, m: f @ m / (f @ m).max(1, keepdims=True), "for the example it is [[0.6, 0.8]"),
}


@pytest.mark.parametrize("number, answer", RIGHT.values(), ids=RIGHT)
def test_another_right_way_is_right(number, answer, capsys):
    CHECKS[number](answer)
    assert capsys.readouterr().out == f"Exercise {number}: correct.\n"


@pytest.mark.parametrize("number, answer, sentence", WRONG.values(), ids=WRONG)
def test_a_usual_mistake_is_named(number, answer, sentence, told_by):
    told_by(CHECKS[number], number, answer, sentence)


@pytest.mark.parametrize("number", CHECKS)
def test_every_exercise_has_three_usual_mistakes_or_more(number):
    assert sum(of == number for of, _, _ in WRONG.values()) >= 3
