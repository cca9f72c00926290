"""Each check of lesson 5: silent about the stub, satisfied by the folded solution, and helpful about usual mistakes."""

import numpy as np
import pytest

from clipit.course.exercises import warming
from clipit.course.extracting import exercises, function
from clipit.course.warming import WARMUP, join
from clipit.hub.folder import parameters
from clipit.training.phases import over
from clipit.training.recipe import Phase

LESSON = exercises("05_frozen_warmup")
CHECKS = {"5.1": warming.trains, "5.2": warming.shrunk, "5.3": warming.over}


def test_every_exercise_has_its_check():
    assert set(LESSON) == set(CHECKS)


@pytest.mark.parametrize("number", CHECKS)
def test_the_stub_is_not_done_and_the_solution_is_correct(number, done_by):
    done_by(CHECKS[number], number, LESSON[number], np=np)


def test_the_answer_to_the_first_is_what_the_recipe_does():
    solution = function(LESSON["5.1"]["solution"])
    names = parameters(join())
    assert {name for name in names if solution(name)} == {name for name in names if WARMUP.moves(name)}
    assert {*warming.TRAINS, *warming.FROZEN} <= set(names)


@pytest.mark.parametrize("patience", [1, 2, 3, 4])
def test_the_answer_to_the_third_is_what_the_library_does(patience):
    phase = Phase(steps=100, patience=patience)
    ends = [
        look
        for look in range(1, len(warming.LOOKS) + 1)
        if over(phase, [{"validation.loss": loss} for loss in warming.LOOKS[:look]])
    ]
    assert warming.first_over(warming.LOOKS, patience) == (ends[0] if ends else None)


def looks_without_news(losses, patience, fresh=lambda loss, best: loss < best, first=1, late=0):
    best, since = float("inf"), 0
    for look, loss in enumerate(losses, first):
        best, since = (loss, 0) if fresh(loss, best) else (best, since + 1)
        if since >= patience + late:
            return look
    return None


WRONG = {
    "everything": ("5.1", lambda name: True, "nothing is frozen"),
    "nothing": ("5.1", lambda name: False, "freezes everything"),
    "other way round": ("5.1", lambda name: name.startswith(("vision", "text.")), "other way round"),
    "too much of text": ("5.1", lambda name: name.startswith(("visual", "text", "log")), "would move"),
    "one projection": ("5.1", lambda name: name.startswith(("visual_projection.", "log")), "new and random"),
    "no scale": ("5.1", lambda name: "_projection." in name, "the logit scale learns too"),
    "no dot": ("5.1", lambda name: name.startswith(("visual_proj", "text_proj", "log")), "compare with the dot"),
    "not compounded": ("5.2", lambda r, d, n: 1 - r * d * n, "multiply, step by step"),
    "lost": ("5.2", lambda r, d, n: 1 - (1 - r * d) ** n, "what is lost"),
    "no rate": ("5.2", lambda r, d, n: (1 - d) ** n, "multiplied with the learning rate"),
    "no decay": ("5.2", lambda r, d, n: (1 - r) ** n, "multiplied with the decay"),
    "one step": ("5.2", lambda r, d, n: 1 - r * d, "one step only"),
    "grows": ("5.2", lambda r, d, n: (1 + r * d) ** n, "it grows"),
    "from zero": ("5.3", lambda losses, patience: looks_without_news(losses, patience, first=0), "counted from 1"),
    "too late": ("5.3", lambda losses, patience: looks_without_news(losses, patience, late=1), "not one look later"),
    "first rise": ("5.3", lambda losses, patience: 1 + int(np.argmax(np.diff(losses) >= 0)) + 1, "ends nothing yet"),
    "lowest so far": ("5.3", lambda losses, patience: 5, "the look with the lowest loss"),
    "equal is news": (
        "5.3",
        lambda losses, patience: looks_without_news(losses, patience, fresh=lambda loss, best: loss <= best),
        "only a lower loss is news",
    ),
}


@pytest.mark.parametrize("number, answer, sentence", WRONG.values(), ids=WRONG)
def test_a_usual_mistake_is_named(number, answer, sentence, told_by):
    told_by(CHECKS[number], number, answer, sentence)
