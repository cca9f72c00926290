"""Study: does it read who is red and who is blue? Pairs of scenes, and of captions, that hold the same things.

A model that only notes which words and which things there are can search well, and nobody sees it. So each probe has
two pictures and two captions that differ in who has what: colours swapped between two things, numbers swapped, or the
things' places. For each picture one of the two captions is right. As in Winoground (Thrush et al. 2022, arXiv
2204.03162), both pictures are drawn and both captions are asked of both; whoever does not look at the picture, however
well they know the language, is right in exactly half (Hsieh et al. 2023, "SugarCrepe", arXiv 2306.14610, on how probes
without this are solved blindly).

The main comparison, declared beforehand: the share of right choices, "thing" (another thing in place of the first,
which asks for no composition) minus "color".
Control: ``untrained``, a model that has learned nothing.

>>> black_cat = Scene((Group("cat", 1, "black"), Group("dog", 2, "white")), "left_of", "green")
>>> SWAPS["color"](black_cat).groups
(Group(concept='cat', count=1, color='white'), Group(concept='dog', count=2, color='black'))
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from clipit.data.emoji.captions import full_text
from clipit.data.emoji.drawing import paint
from clipit.data.emoji.layout import arrange
from clipit.data.emoji.lexicon import language
from clipit.data.emoji.sampling import WorldSettings, belongs, concept_names, is_drawable, propose
from clipit.data.emoji.scene import OWN_COLORS, Group, Scene
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.studies.summaries import difference, told, values
from clipit.studies.table import Row, Table, results_file
from clipit.studies.trained import SEEDS, trained_model, untrained_model
from clipit.training.features import embed_captions, embed_pixels

NAME = "composition"
PAIRS = 300
SETTINGS = WorldSettings(two_kinds=1.0, tinted=1.0)
ARMS, CONTROL = ("italian_clip", "untrained"), "untrained"
MEASURED = ("choice", "text", "image", "group")
COLUMNS = ("kind", "arm", "swap", "seed", "pairs", *MEASURED)
ABOUT = (
    "Does it read who has which colour, which number, which place? Made by: clipit study composition",
    f"The model of the recipe italian-clip, one for each seed; {PAIRS} pairs of scenes that hold the same things,",
    "neither of which training described, each with its fullest caption in Italian.",
    "swap: what the second scene exchanges between the first's two things; thing: another thing for the first one.",
    "choice: pictures whose own caption is nearer than the other; 0.5 for whoever does not look at the picture.",
    "text, image, group (Winoground): pairs in which both pictures choose right, both captions do, all four do; chance",
    "is 0.25, 0.25 and 0.17. Main comparison: choice, thing minus color. Control: untrained (it has learned nothing).",
)


def swap_colors(scene: Scene) -> Scene | None:
    """The two things with each other's colours; None if they have the same."""
    first, second = scene.groups
    if first.color == second.color or OWN_COLORS in (first.color, second.color):
        return None
    return replace(scene, groups=(replace(first, color=second.color), replace(second, color=first.color)))


def swap_counts(scene: Scene) -> Scene | None:
    """The two things as many as each other; None if they are equally many."""
    first, second = scene.groups
    if first.count == second.count:
        return None
    return replace(scene, groups=(replace(first, count=second.count), replace(second, count=first.count)))


def swap_places(scene: Scene) -> Scene | None:
    """The second left of the first, or above it; None where nothing is said of places, or one stands on the other."""
    return replace(scene, groups=scene.groups[::-1]) if scene.relation in ("left_of", "above") else None


def other_thing(scene: Scene) -> Scene:
    """Another thing in place of the first, always the same one for a scene."""
    first, second = scene.groups
    rng = random.Random(f"{scene}")
    names = [name for name in concept_names(False) if name not in (first.concept, second.concept)]
    return replace(scene, groups=(Group(rng.choice(names), first.count, first.color), second))


SWAPS: dict[str, Callable[[Scene], Scene | None]] = {
    "thing": other_thing,
    "color": swap_colors,
    "count": swap_counts,
    "place": swap_places,
}


def run() -> list[Row]:
    """Measures what is not yet in the table, and returns all of it."""
    table = Table(results_file(NAME), ABOUT, COLUMNS)
    wanted = [(seed, arm, swap) for seed in SEEDS for arm in ARMS for swap in SWAPS]
    keys = [{"kind": "result", "arm": arm, "swap": swap, "seed": seed} for seed, arm, swap in wanted]
    table.complete(keys, measured)
    return table.rows()


def measured(kind: str, arm: str, swap: str, seed: int) -> dict[str, Any]:
    """One row."""
    model, tokenizer = trained_model(seed)
    model = untrained_model(model, seed) if arm == CONTROL else model
    found = scores(similarities(model, tokenizer, scene_pairs(swap, PAIRS, seed), seed))
    return {"pairs": PAIRS, **{name: round(value, 4) for name, value in found.items()}}


@lru_cache(maxsize=len(SWAPS))
def scene_pairs(swap: str, size: int, seed: int) -> list[tuple[Scene, Scene]]:
    """Scenes of the test split, each beside what a swap makes of it, which is of the test split too."""
    found = _proposed(swap, random.Random(f"{swap}/{seed}"))
    return [next(found) for _ in range(size)]


def _proposed(swap: str, rng: random.Random) -> Iterator[tuple[Scene, Scene]]:
    while True:
        scene = propose(rng, False, SETTINGS)
        if len(scene.groups) == 2 and is_drawable(scene) and belongs(scene, "test"):
            other = SWAPS[swap](scene)
            if other is not None and is_drawable(other) and belongs(other, "test"):
                yield scene, other


def draw(scene: Scene, seed: int) -> UInt8[np.ndarray, "64 64 3"]:
    """A picture of a scene."""
    boxes = arrange(scene, random.Random(f"{seed}/{scene}"))
    return np.asarray(paint(scene, boxes, "openmoji", SETTINGS.image_size))


def similarities(
    model: DualEncoder, tokenizer: Tokenizer, pairs: list[tuple[Scene, Scene]], seed: int
) -> Float[np.ndarray, "pairs 2 2"]:
    """Of each pair's two pictures (rows) to its two captions (columns)."""
    scenes = [scene for pair in pairs for scene in pair]
    images = embed_pixels(model, np.stack([draw(scene, seed) for scene in scenes]))  # [pairs * 2, dim]
    texts = embed_captions(model, tokenizer, [full_text(scene, language("it")) for scene in scenes])
    return np.einsum("pid,pjd->pij", images.reshape(len(pairs), 2, -1), texts.reshape(len(pairs), 2, -1))


def scores(similarity: Float[np.ndarray, "pairs 2 2"]) -> dict[str, float]:
    """Shares of right choices; a tie is wrong.

    >>> scores(np.array([[[0.9, 0.1], [0.8, 0.7]]]))  # both captions choose right, but only the first picture
    {'choice': 0.5, 'text': 0.0, 'image': 1.0, 'group': 0.0}
    """
    right = np.diagonal(similarity, axis1=1, axis2=2)  # [pairs, 2]
    by_picture = right > similarity[:, [0, 1], [1, 0]]  # [pairs, 2], each picture between the captions
    by_caption = right > similarity[:, [1, 0], [0, 1]]  # [pairs, 2], each caption between the pictures
    text, image = by_picture.all(axis=1), by_caption.all(axis=1)
    found = {"choice": by_picture, "text": text, "image": image, "group": text & image}
    return {name: float(np.mean(value)) for name, value in found.items()}


def summary(rows: list[Row]) -> list[str]:
    """Each swap's scores with the 95 % interval over seeds, then the main comparison."""
    lines = []
    for arm in ARMS:
        for swap in SWAPS:
            shown = (f"{name} {told(values(rows, name, arm=arm, swap=swap).values())}" for name in MEASURED)
            lines.append(f"{arm}, {swap}: {', '.join(shown)}")
    thing, color = (values(rows, "choice", arm=ARMS[0], swap=swap) for swap in ("thing", "color"))
    return [*lines, f"Main comparison, choice, thing minus color: {told(difference(thing, color))}"]
