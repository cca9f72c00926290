"""What is drawn and how often, and how often a number is written."""

import random
from collections import Counter

import pytest

from clipit.data import SPLITS, WorldSettings
from clipit.data.emoji.captions import describe
from clipit.data.emoji.lexicon import written_frequencies
from clipit.data.emoji.sampling import belongs, is_drawable, is_unseen_combination, part, random_scene
from clipit.data.emoji.scene import MANY, Group, Scene


def scenes(split, number, settings=None):
    rng = random.Random(f"{split}/{number}")
    return [random_scene(split, rng, settings) for _ in range(number)]


@pytest.mark.parametrize("split", SPLITS)
def test_every_scene_belongs_to_its_split_and_can_be_drawn(split):
    assert all(belongs(scene, split) and is_drawable(scene) for scene in scenes(split, 300))


def test_the_parts_are_eight_one_and_one_of_ten():
    drawn = [random_scene("unseen_concepts", random.Random(seed)) for seed in range(3000)]  # from no part in particular
    shares = Counter(part(scene) for scene in drawn)
    for name, wanted in (("train", 0.8), ("validation", 0.1), ("test", 0.1)):
        assert shares[name] / len(drawn) == pytest.approx(wanted, abs=0.02)


def test_a_fixed_share_of_combinations_is_unseen():
    groups = [group for scene in scenes("unseen_concepts", 2000) for group in scene.groups]
    tinted = {(group.concept, group.color) for group in groups if group.color != "own"}
    unseen = [pair for pair in tinted if is_unseen_combination(Group(pair[0], 1, pair[1]))]
    assert 0.01 < len(unseen) / len(tinted) < 0.15
    assert not any(is_unseen_combination(Group(group.concept, 1, "own")) for group in groups)


def test_counts_are_pictured_as_often_as_the_settings_say():
    counts = Counter(scene.groups[0].count for scene in scenes("train", 4000, WorldSettings(two_kinds=0.0)))
    for count, wanted in enumerate(WorldSettings().pictured, start=1):
        # Unseen combinations, all with two objects or more, and clashes with the background shift it a little.
        assert counts[count] / 4000 == pytest.approx(wanted, abs=0.035), count


def test_settings_decide_about_kinds_and_colours():
    assert all(len(scene.groups) == 1 for scene in scenes("train", 100, WorldSettings(two_kinds=0.0)))
    assert all(len(scene.groups) == 2 for scene in scenes("train", 100, WorldSettings(two_kinds=1.0)))
    assert all(group.color == "own" for s in scenes("train", 100, WorldSettings(tinted=0.0)) for group in s.groups)


def test_number_words_are_as_frequent_as_in_real_text():
    settings, rng = WorldSettings(two_kinds=0.0), random.Random(0)
    written = settings.written_probabilities()
    said: Counter = Counter()
    for scene in scenes("train", 6000, settings):
        said.update(description.groups[0].count for description in describe(scene, rng, written))
    for count, frequency in enumerate(written_frequencies()[1:], start=2):
        assert said[count] / said[2] == pytest.approx(frequency, rel=0.2, abs=0.02), count
    assert said[MANY] > said[6]


def test_written_can_be_set():
    assert WorldSettings(written=(1.0,) * 6).written_probabilities() == (1.0,) * 6
    probabilities = WorldSettings().written_probabilities()
    assert probabilities[0] == 1.0 and max(probabilities[1:]) == pytest.approx(0.95)


@pytest.mark.parametrize(
    ("scene", "drawable"),
    [
        (Scene((Group("cat", 6, "black"), Group("dog", 2, "own")), None, "green"), True),
        (Scene((Group("cat", 6, "black"), Group("dog", 3, "own")), None, "green"), False),
        (Scene((Group("cat", 1, "green"),), None, "green"), False),
        (Scene((Group("cat", 1, "own"), Group("cat", 2, "own")), None, "green"), False),
    ],
)
def test_what_can_be_drawn(scene, drawable):
    assert is_drawable(scene) is drawable
