"""Each check of lesson 3: silent about the stub, satisfied by the folded solution, and helpful about usual mistakes."""

import jax
import jax.numpy as jnp
import jupytext
import numpy as np
import pytest

from clipit.course import notebooks
from clipit.course.exercises import toy
from clipit.course.extracting import exercises
from clipit.losses import info_nce

NAME = "03_toy_alignment_2d"
LESSON = exercises(NAME)
CHECKS = {"3.1": toy.step, "3.2": toy.collapsed, "3.3": toy.batch}


def test_every_exercise_has_its_check():
    assert set(LESSON) == set(CHECKS)


@pytest.mark.parametrize("number", CHECKS)
def test_the_stub_is_not_done_and_the_solution_is_correct(number, done_by):
    done_by(CHECKS[number], number, LESSON[number], jax=jax)


def test_the_first_clip_has_the_sixty_lines_that_the_lesson_promises():
    cells = jupytext.read(notebooks.NOTEBOOKS / "source" / f"{NAME}.py").cells
    parts = [cell.source for cell in cells if cell.cell_type == "code" and cell.source.startswith("# First CLIP, part")]
    lines = [line.strip() for part in parts for line in part.splitlines()]
    assert len(parts) == 6
    assert len([line for line in lines if line and not line.startswith("#")]) <= 60


def by_gradient(images, texts, scale, rate, sign=1):
    """What `jax.grad` does: an oracle for the step by hand."""
    gradient = jax.grad(info_nce)(jnp.asarray(images), jnp.asarray(texts), scale)
    return unit(images - sign * rate * np.asarray(gradient))


def unit(points, axis=1):
    return points / np.linalg.norm(points, axis=axis, keepdims=True)


def table(images, texts, scale):
    logits, pairs = scale * images @ texts.T, len(images)
    shares = jax.nn.softmax(logits, axis=1) + jax.nn.softmax(logits, axis=0)
    return scale * (shares - 2 * np.eye(pairs)) / (2 * pairs)


def one_direction(images, texts, scale, rate, axis):
    shares = jax.nn.softmax(scale * images @ texts.T, axis=axis)
    return unit(images - rate * scale * (shares - np.eye(len(images))) / len(images) @ texts)


def point(pairs, width, at=0):
    return np.eye(width)[[at] * pairs]


def draw(rng, pixels, numbers, size, replace=False, same=None, shuffle=False, last=0, rows=None):
    if rows is None:
        rows = rng.integers(0, len(pixels), size) if replace else rng.permutation(len(pixels))[:size]
    chosen = rng.integers(0, numbers.shape[1] - last, size)
    chosen = chosen if same is None else np.full(size, rng.integers(0, 5) if same == "each" else same)
    return pixels[rows], numbers[np.sort(rows) if shuffle else rows, chosen]


def draw_the_same(rng, pixels, numbers, size):
    return draw(np.random.default_rng(0), pixels, numbers, size)


def draw_the_first(rng, pixels, numbers, size):
    return draw(rng, pixels, numbers, size, rows=np.arange(size))


def draw_a_table(rng, pixels, numbers, size):
    rows = rng.permutation(len(pixels))[:size]
    return pixels[rows], numbers[rows][:, rng.integers(0, 5, size)]


WRONG = {
    "uphill": ("3.1", lambda i, t, s, r: by_gradient(i, t, s, r, sign=-1), "goes uphill"),
    "off the circle": ("3.1", lambda i, t, s, r: i - r * table(i, t, s) @ t, "left the circle"),
    "columns' lengths": ("3.1", lambda i, t, s, r: unit(i - r * table(i, t, s) @ t, axis=0), "axis=1 with keepdims"),
    "no scale": ("3.1", lambda i, t, s, r: unit(i - r * table(i, t, s) / s @ t), "scale stands in front"),
    "rows only": ("3.1", lambda i, t, s, r: one_direction(i, t, s, r, 1), "one direction only"),
    "columns only": ("3.1", lambda i, t, s, r: one_direction(i, t, s, r, 0), "one direction only"),
    "pairs alone": ("3.1", lambda i, t, s, r: unit(i - r * 2 * table(i, t, s) @ t), "2 times the number of pairs"),
    "four": ("3.1", lambda i, t, s, r: unit(i - r * len(i) / 2 * table(i, t, s) @ t), "2 times the number of pairs"),
    "one diagonal": (
        "3.1",
        lambda i, t, s, r: unit(i - r * (table(i, t, s) + s * np.eye(len(i)) / (2 * len(i))) @ t),
        "both directions want the diagonal",
    ),
    "transposed": ("3.1", lambda i, t, s, r: unit(i - r * table(i, t, s).T @ t), "not its transpose"),
    "by pictures": ("3.1", lambda i, t, s, r: unit(i - r * table(i, t, s) @ i), "not by the pictures"),
    "gradient": ("3.1", lambda i, t, s, r: table(i, t, s) @ t, "this is the gradient"),
    "the table": ("3.1", lambda i, t, s, r: table(i, t, s), "yours have the shape (3, 3)"),
    "standing still": ("3.1", lambda i, t, s, r: i, "yours is [[1.0, 0.0]"),
    "fixed rate": ("3.1", lambda i, t, s, r: by_gradient(i, t, s, 0.5), "right for the example, but not for two pairs"),
    "zeros": ("3.2", lambda n, w: (np.zeros((n, w)), np.zeros((n, w))), "points nowhere"),
    "ones": ("3.2", lambda n, w: (np.ones((n, w)), np.ones((n, w))), "length 2.24: make every length one"),
    "two points": ("3.2", lambda n, w: (point(n, w), point(n, w, 1)), "the pull is not content"),
    "spread": ("3.2", lambda n, w: (np.eye(w)[np.arange(n) % w],) * 2, "has not collapsed"),
    "one array": ("3.2", point, "return two arrays"),
    "always two": ("3.2", lambda n, w: (point(n, 2), point(n, 2)), "one of yours has (7, 2)"),
    "as it was": (
        "3.3",
        lambda rng, p, n, size: draw(rng, p, n, size, replace=True, shuffle=True, last=1),
        "pixels and captions need the same rows",
    ),
    "shuffled": ("3.3", lambda rng, p, n, size: draw(rng, p, n, size, shuffle=True), "need the same rows"),
    "twice": ("3.3", lambda rng, p, n, size: draw(rng, p, n, size, replace=True), "comes twice in a batch"),
    "never the last": ("3.3", lambda rng, p, n, size: draw(rng, p, n, size, last=1), "caption 4 of a picture"),
    "first caption": ("3.3", lambda rng, p, n, size: draw(rng, p, n, size, same=0), "always caption 0"),
    "one caption a batch": ("3.3", lambda rng, p, n, size: draw(rng, p, n, size, same="each"), "draw one for each"),
    "own generator": ("3.3", draw_the_same, "every batch has the same pictures"),
    "first pictures": ("3.3", draw_the_first, "every batch has the same pictures"),
    "a table": ("3.3", draw_a_table, "(40, 3) and (40, 40, 2)"),
    "one too few": ("3.3", lambda rng, p, n, size: draw(rng, p, n, 39), "(39, 3)"),
}


@pytest.mark.parametrize("number, answer, sentence", WRONG.values(), ids=WRONG)
def test_a_usual_mistake_is_named(number, answer, sentence, told_by):
    told_by(CHECKS[number], number, answer, sentence)


@pytest.mark.parametrize("number", CHECKS)
def test_every_exercise_has_three_usual_mistakes_or_more(number):
    assert sum(of == number for of, _, _ in WRONG.values()) >= 3


def test_the_step_by_gradient_and_a_loop_are_right_too(capsys):
    def by_loop(images, texts, scale, rate):
        own = table(images, texts, scale)
        moved = [image - rate * sum(own[i, j] * text for j, text in enumerate(texts)) for i, image in enumerate(images)]
        return unit(np.array(moved))

    for answer in (by_gradient, by_loop):
        toy.step(answer)
    assert capsys.readouterr().out == 2 * "Exercise 3.1: correct.\n"


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_code_that_fails_is_a_finding(check, capsys):
    check(lambda *_: 1 / 0)
    assert "your code stopped with ZeroDivisionError" in capsys.readouterr().out


def test_a_step_that_works_in_place_is_right_and_leaves_the_example_as_it_was(capsys):
    def step(images, texts, scale, rate):
        images -= rate * toy.slopes_by_similarity(images, texts, scale) @ texts
        images /= np.linalg.norm(images, axis=1, keepdims=True)
        return images

    for _ in range(2):
        toy.step(step)
    assert capsys.readouterr().out == "Exercise 3.1: correct.\n" * 2
