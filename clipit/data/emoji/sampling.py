"""What is drawn: random scenes, and the rules that keep some of them out of all training.

>>> import random
>>> scene = random_scene("train", random.Random(0))
>>> 1 <= len(scene.groups) <= 2
True
"""

import random
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b

from clipit.data.emoji.lexicon import concepts, written_frequencies
from clipit.data.emoji.scene import BACKGROUNDS, COLORS, OWN_COLORS, Group, Scene

SPLITS = ("train", "validation", "test", "unseen_combinations", "unseen_concepts", "unseen_art", "misleading_cues")
TRAINED_ON = ("train", "validation")  # the rest is only ever looked at to measure


@dataclass(frozen=True)
class WorldSettings:
    """What the small world looks like; the defaults are those of the course.

    Attributes:
        image_size: side of a picture in pixels.
        pictured: how often each count from 1 to 6 is drawn (weights).
        written: probability that a caption of a picture with 1 to 6 objects says the number (one is always said, by
            the singular); ``None`` follows the frequencies of number words in real text, see the lexicon's data card.
        two_kinds: share of the scenes that show two kinds of object.
        tinted: share of the groups that are painted in a named colour.
    """

    image_size: int = 64
    pictured: tuple[float, ...] = (0.34, 0.20, 0.15, 0.12, 0.10, 0.09)
    written: tuple[float, ...] | None = None
    two_kinds: float = 0.4
    tinted: float = 0.5

    def written_probabilities(self) -> tuple[float, ...]:
        """Probability for each count that a caption says it, such that the words' frequencies follow real text."""
        if self.written is not None:
            return self.written
        return written_like_text(self.pictured)


@cache
def written_like_text(pictured: tuple[float, ...]) -> tuple[float, ...]:
    """P(said | count), at most .95, such that pictured x said is proportional to the words' frequencies in text."""
    wanted = [frequency / shown for frequency, shown in zip(written_frequencies(), pictured, strict=True)]
    return (1.0, *(0.95 * share / max(wanted[1:]) for share in wanted[1:]))


def share(*words: object) -> float:
    """A fixed pseudo-random number in [0, 1) for these words: the same for every seed, machine and version."""
    digest = blake2b("/".join(map(str, words)).encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


@cache
def is_unseen_combination(group: Group) -> bool:
    """Whether this colour, or this count, of this concept is held out of training."""
    tinted = group.color not in (None, OWN_COLORS) and share("unseen", group.concept, group.color) < 0.06
    counted = (group.count or 0) >= 2 and share("unseen", group.concept, group.count) < 0.06
    return tinted or counted


def part(scene: Scene) -> str:
    """The split to which a description belongs, for ever: eight of ten are trained on."""
    position = share("part", scene)
    return "train" if position < 0.8 else "validation" if position < 0.9 else "test"


@cache
def concept_names(held_out: bool, support: bool | None = None) -> tuple[str, ...]:
    """Names of the concepts that may be trained on, or of those that are held out; or of things to stand on."""
    found = concepts(held_out=held_out)
    return tuple(concept.name for concept in found if support is None or concept.support == support)


def random_group(concept: str, rng: random.Random, settings: WorldSettings) -> Group:
    """A group of this concept with a random count and colour."""
    count = rng.choices(range(1, 7), settings.pictured)[0]
    color = rng.choice(COLORS) if rng.random() < settings.tinted else OWN_COLORS
    return Group(concept, count, color)


def propose(rng: random.Random, held_out: bool, settings: WorldSettings) -> Scene:
    """A random scene, without regard to splits."""
    names = concept_names(held_out)
    first = random_group(rng.choice(names), rng, settings)
    background = rng.choice(BACKGROUNDS)
    if rng.random() >= settings.two_kinds:
        return Scene((first,), None, background)
    relation = rng.choice((None, "left_of", "above", "on"))
    supports = concept_names(held_out, True) or concept_names(False, True)
    second = random_group(rng.choice(supports if relation == "on" else names), rng, settings)
    if relation == "on":
        second = Group(second.concept, rng.choice((1, 1, 1, 2)), second.color)
    return Scene((first, second), relation, background)


def is_drawable(scene: Scene) -> bool:
    """Two different kinds, at most eight objects together, and nothing in the colour of its background."""
    kinds = {group.concept for group in scene.groups}
    total = sum(group.count or 0 for group in scene.groups)
    return len(kinds) == len(scene.groups) and total <= 8 and all(g.color != scene.background for g in scene.groups)


def belongs(scene: Scene, split: str) -> bool:
    """Whether a scene may be shown in a split."""
    unseen = any(is_unseen_combination(group) for group in scene.groups)
    if split == "unseen_combinations":
        return unseen
    if split == "unseen_concepts":
        return True
    return not unseen and part(scene) == (split if split in TRAINED_ON else "test")


def random_scene(split: str, rng: random.Random, settings: WorldSettings | None = None) -> Scene:
    """Draws scenes until one belongs to the split.

    Raises:
        ValueError: there is no such split.
    """
    if split not in SPLITS:
        raise ValueError(f"There is no split called {split!r}; choose one of {', '.join(SPLITS)}.")
    settings = settings or WorldSettings()
    while True:
        scene = propose(rng, split == "unseen_concepts", settings)
        if is_drawable(scene) and belongs(scene, split):
            return scene
