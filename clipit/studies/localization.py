"""Study: does covering a thing make a picture less like its name? Occlusion maps against the scenes' known boxes.

The demo of CLIP-Italian shows where in a picture something is: a grey window moves over the picture, and where the
similarity to the text falls most, there it should be. Our scenes know where everything is, so this can be checked, on
scenes with two kinds of things of which one is asked for.

The main comparison, declared beforehand: the share of hottest points that lie in a box of the thing that was asked for
(the pointing game), trained minus untrained model, with a window of a quarter of the picture's side.
Controls: ``untrained``, a model that has learned nothing, and ``other``, the map of the other thing's name, judged by
the boxes of the first: a map that finds anything at all, whatever it is asked, would do as well there.

>>> WINDOWS
(8, 16, 24)
"""

from functools import lru_cache
from typing import Any

import datasets
import numpy as np
from jaxtyping import Float

from clipit.data.batches import decode
from clipit.data.emoji.lexicon import language
from clipit.data.emoji.sampling import WorldSettings
from clipit.data.emoji.scene import Group
from clipit.data.emoji.world import make_world
from clipit.evaluation import intersection_over_union, occlusion_map, pointing_game
from clipit.evaluation.localization import Box, in_boxes
from clipit.studies.summaries import difference, told, values
from clipit.studies.table import Row, Table, results_file
from clipit.studies.trained import SEEDS, trained_model, untrained_model
from clipit.training.features import embed_captions, embed_pixels

NAME = "localization"
PICTURES, SIZE = 100, 64
WINDOWS, STRIDE, MAIN_WINDOW = (8, 16, 24), 4, 16
ARMS, CONTROL = ("named", "other", "untrained"), "untrained"
MEASURED = ("pointing", "iou", "guessing")
COLUMNS = ("kind", "arm", "window", "seed", "pictures", *MEASURED)
ABOUT = (
    "Does covering a thing make a picture less like its name? Made by: clipit study localization",
    f"The model of the recipe italian-clip, one for each seed; {PICTURES} scenes of the test split with two kinds of",
    f"things, {SIZE} pixels a side, a grey window that moves by {STRIDE}. window: its side in pixels.",
    "arm: named asks for the first thing; other asks for the second and is judged by the boxes of the first.",
    "pointing: hottest points inside a box of the first thing; guessing: the share of the picture that boxes cover.",
    "iou: pixels at least half as hot as the hottest and in a box, over pixels in either.",
    "Main comparison: pointing with a window of 16, named minus untrained. Control: untrained.",
)


def run() -> list[Row]:
    """Measures what is not yet in the table, and returns all of it."""
    table = Table(results_file(NAME), ABOUT, COLUMNS)
    wanted = [(seed, arm, MAIN_WINDOW) for seed in SEEDS for arm in ARMS]
    wanted += [(seed, ARMS[0], window) for seed in SEEDS for window in WINDOWS if window != MAIN_WINDOW]
    keys = [{"kind": "result", "arm": arm, "window": window, "seed": seed} for seed, arm, window in sorted(wanted)]
    table.complete(keys, measured)
    return table.rows()


@lru_cache(maxsize=1)
def scenes(seed: int, size: int) -> datasets.Dataset:
    """Scenes with two kinds of things."""
    return make_world("test", size, seed, settings=WorldSettings(two_kinds=1.0))


def boxes_of(scene: dict[str, Any]) -> list[Box]:
    """Where the first kind of thing is, in pixels."""
    return [
        ((x - side / 2) * SIZE, (y - side / 2) * SIZE, (x + side / 2) * SIZE, (y + side / 2) * SIZE)
        for x, y, side in scene["boxes"][0]
    ]


def measured(kind: str, arm: str, window: int, seed: int) -> dict[str, Any]:
    """One row."""
    model, tokenizer = trained_model(seed)
    model = untrained_model(model, seed) if arm == CONTROL else model
    world = scenes(seed, PICTURES)
    pixels, asked = decode(world, SIZE), int(arm == "other")
    names = [
        language("it").noun_phrase(Group(kinds[asked], counts[asked]))
        for kinds, counts in zip(world["objects"], world["counts"], strict=True)
    ]
    texts = embed_captions(model, tokenizer, names)  # [n, dim]
    pointed: list[float] = []
    overlap: list[float] = []
    covered: list[float] = []
    for scene, picture, text in zip(world, pixels, texts, strict=True):

        def similarity(pictures: Any, text: Float[np.ndarray, " dim"] = text) -> Float[np.ndarray, " n"]:
            return embed_pixels(model, pictures) @ text

        heat, boxes = occlusion_map(picture, similarity, window, STRIDE), boxes_of(scene)
        pointed.append(pointing_game(heat, boxes))
        overlap.append(intersection_over_union(heat, boxes))
        covered.append(float(in_boxes(heat.shape, boxes).mean()))
    found = zip(MEASURED, (pointed, overlap, covered), strict=True)
    return {"pictures": len(world), **{name: round(float(np.mean(value)), 4) for name, value in found}}


def summary(rows: list[Row]) -> list[str]:
    """Each arm with the 95 % interval over seeds, then the main comparison."""
    arms = dict.fromkeys((row["arm"], row["window"]) for row in rows)
    lines = []
    for arm, window in arms:
        shown = (f"{name} {told(values(rows, name, arm=arm, window=window).values())}" for name in MEASURED)
        lines.append(f"{arm}, window {window}: {', '.join(shown)}")
    named, untrained = (values(rows, "pointing", arm=arm, window=str(MAIN_WINDOW)) for arm in (ARMS[0], CONTROL))
    return [*lines, f"Main comparison, pointing, named minus untrained: {told(difference(named, untrained))}"]
