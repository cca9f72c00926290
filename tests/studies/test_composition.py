"""The study of composition: pairs that hold the same things, and scores that a blind guesser cannot win."""

import re
from collections import Counter

import numpy as np
import pytest

from clipit.data.emoji.sampling import part
from clipit.hub import load
from clipit.studies import composition as study


@pytest.mark.parametrize("swap", ["color", "count", "place"])
def test_both_captions_of_a_pair_have_the_same_words(swap):
    from clipit.data.emoji.captions import full_text
    from clipit.data.emoji.lexicon import language

    for first, second in study.scene_pairs(swap, 20, seed=0):
        assert first != second and part(first) == part(second) == "test"
        assert Counter(group.concept for group in first.groups) == Counter(group.concept for group in second.groups)
        one, other = (re.sub(r"\ban\b", "a", full_text(scene, language("en"))).split() for scene in (first, second))
        # "an orange" or "a red"; "a cat and two dogs" or "two cats and a dog"; nothing else may differ
        assert swap == "count" or Counter(one) == Counter(other)


def test_swaps_that_change_nothing_are_not_asked():
    scene = study.Scene((study.Group("cat", 2, "black"), study.Group("dog", 2, "black")), "on", "green")
    assert study.swap_colors(scene) is study.swap_counts(scene) is study.swap_places(scene) is None


def test_who_does_not_look_at_the_picture_is_right_in_half():
    rng = np.random.default_rng(0)
    blind = np.repeat(rng.normal(size=(50, 1, 2)), 2, axis=1)  # the same similarities for both pictures
    assert study.scores(blind)["choice"] == 0.5 and study.scores(blind)["group"] == 0


def test_chance_is_that_of_winoground():
    found = study.scores(np.random.default_rng(0).normal(size=(40_000, 2, 2)))
    assert found == pytest.approx({"choice": 0.5, "text": 0.25, "image": 0.25, "group": 1 / 6}, abs=0.01)


def test_a_trained_model_tells_things_apart_and_an_untrained_one_does_not(monkeypatch):
    monkeypatch.setattr(study, "trained_model", lambda seed: load("quick"))
    monkeypatch.setattr(study, "PAIRS", 40)
    trained, untrained = (study.measured("result", arm, "thing", 0) for arm in study.ARMS)
    assert set(trained) | {"kind", "arm", "swap", "seed"} == set(study.COLUMNS)
    assert trained["choice"] > 0.75  # of 80; a coin passes 0.67 once in a thousand times
    assert untrained["choice"] < 0.7
