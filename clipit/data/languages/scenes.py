"""Pictures of the small world that need no other words than those of some sheets, and are trained on or held out.

What is held out is so twice: the scene was in no training of the course's models, and its caption is in none of the
new language's. Two sheets with the same things and colours get the same pictures.

>>> settings = SceneSettings(size=3)
>>> drawn = draw_pictures(("cat", "dog"), ("red", "black"), settings)
>>> drawn.pixels.shape, {group.concept for scene in drawn.scenes for group in scene.groups} <= {"cat", "dog"}
((3, 64, 64, 3), True)
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Bool, UInt8

from clipit.data.emoji.claims import describes, encode
from clipit.data.emoji.drawing import paint
from clipit.data.emoji.layout import SIZINGS, arrange
from clipit.data.emoji.sampling import WorldSettings, is_drawable, is_unseen_combination, part
from clipit.data.emoji.scene import BACKGROUNDS, OWN_COLORS, Group, Scene
from clipit.data.languages.writing import spoken

IMAGE_SIZE = 64
TRIES = 1_000  # for a scene whose caption no other one has; then a caption comes twice


@dataclass(frozen=True)
class SceneSettings:
    """Which scenes are drawn.

    Attributes:
        split: "train" or "test".
        size: how many.
        seed: of all that is random.
        two_kinds: share of the scenes with two kinds of things.
        tinted: share of the groups that have one of the sheet's colours; the others have the art's own.
    """

    split: str = "train"
    size: int = 3_000
    seed: int = 0
    two_kinds: float = 0.5
    tinted: float = 0.5

    def __post_init__(self) -> None:
        if self.split not in ("train", "test"):
            raise ValueError(f"split is 'train' or 'test', not {self.split!r}.")
        if self.size < 1:
            raise ValueError(f"size must be at least 1, not {self.size}.")


@dataclass(frozen=True, eq=False)  # compared by identity, so that what is made of them can be kept
class Pictures:
    """Drawn scenes.

    Attributes:
        scenes: what is on each picture.
        pixels: the pictures.
    """

    scenes: tuple[Scene, ...]
    pixels: UInt8[np.ndarray, "n height width 3"]

    def __len__(self) -> int:
        return len(self.scenes)

    @cached_property
    def right(self) -> Bool[np.ndarray, "n n"]:
        """Of which pictures (columns) the fullest caption of each (rows) is true: its own, and at times others."""
        return describes(encode([spoken(scene) for scene in self.scenes]), encode(self.scenes))

    def fitting(self, query: Scene) -> Bool[np.ndarray, " n"]:
        """Of which pictures a query is true."""
        return describes(encode([query]), encode(self.scenes))[0]


def draw_pictures(things: Sequence[str], colors: Sequence[str], settings: SceneSettings | None = None) -> Pictures:
    """Draws scenes with these things in these colours; the same ones for the same words and settings.

    Raises:
        ValueError: there are fewer than two things.
    """
    settings = settings or SceneSettings()
    if len(things) < 2:
        raise ValueError(f"Scenes need at least two things, not {len(things)}.")
    scenes: list[Scene] = []
    pixels = np.empty((settings.size, IMAGE_SIZE, IMAGE_SIZE, 3), np.uint8)
    said: set[Scene] = set()
    for row in range(settings.size):
        rng = random.Random(f"{settings.seed}/language/{settings.split}/{row}")
        scene = new_scene(sorted(things), sorted(colors), settings, rng, said)
        scenes.append(scene)
        pixels[row] = np.asarray(paint(scene, arrange(scene, rng, rng.choice(SIZINGS)), "openmoji", IMAGE_SIZE))
    return Pictures(tuple(scenes), pixels)


def new_scene(
    things: Sequence[str], colors: Sequence[str], settings: SceneSettings, rng: random.Random, said: set[Scene]
) -> Scene:
    """A scene of the split; of those held out each has a caption of its own, as far as ``TRIES`` draws find one."""
    for _ in range(TRIES):
        scene = scene_of_split(things, colors, settings, rng)
        if settings.split == "train" or spoken(scene) not in said:
            break
    said.add(spoken(scene))
    return scene


def scene_of_split(things: Sequence[str], colors: Sequence[str], settings: SceneSettings, rng: random.Random) -> Scene:
    """Draws scenes until one belongs to the split, and so does what a caption says of it."""
    while True:
        bare = Scene(propose(things, colors, settings, rng))
        if part(spoken(bare)) != settings.split or any(map(is_unseen_combination, bare.groups)):
            continue
        scenes = [replace(bare, background=background) for background in BACKGROUNDS]
        fitting = [scene for scene in scenes if part(scene) == settings.split and is_drawable(scene)]
        if fitting:
            return rng.choice(fitting)


def propose(
    things: Sequence[str], colors: Sequence[str], settings: SceneSettings, rng: random.Random
) -> tuple[Group, ...]:
    """One or two kinds of things side by side, as often and as many as in the small world."""
    kinds = rng.sample(things, 2 if rng.random() < settings.two_kinds else 1)
    return tuple(
        Group(
            kind,
            rng.choices(range(1, 7), WorldSettings().pictured)[0],
            rng.choice(colors) if colors and rng.random() < settings.tinted else OWN_COLORS,
        )
        for kind in kinds
    )
