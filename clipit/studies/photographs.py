"""Study: do projections that learned from drawings find photographs? Real encoders, trained on emoji, search stamps.

An EfficientNet trained on ImageNet's photographs and a multilingual BERT know their worlds; between them stand two
projections that were warmed up on drawn emoji and their Italian names, as in the recipe italian-real. Then they search
the stamps of Tux Paint, most of which are photographs, by the captions that people wrote in Italian. No stamp was
trained on.

The main comparison, declared beforehand: text-to-image recall@10 over all stamps, emoji minus shuffled.
Control: ``shuffled``, the same training with each emoji's name given to another.

Needs ``apt-get install tuxpaint-stamps-default``, or the package's file, whose place ``CLIPIT_STAMPS`` then names.

>>> ARMS
('emoji', 'shuffled')
"""

import os
from dataclasses import replace
from functools import cache
from typing import Any

from clipit.data.batches import shuffled
from clipit.data.collection import Collection, Thing, read_collection
from clipit.data.sources.stamps import INSTALLED
from clipit.data.variations import make_pairs
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.studies.real_backbones import RECIPE, SEEDS, WARM_UP, train, with_new_projections
from clipit.studies.summaries import difference, told, values
from clipit.studies.table import Row, Table, results_file
from clipit.training.frozen import with_frozen_features
from clipit.training.own_data import measure_pairs, own_collection, own_pairs
from clipit.training.starting import preprocess_of, start_model, with_loaded_encoders

NAME = "photographs"
ARMS, CONTROL = ("emoji", "shuffled"), "shuffled"
WAYS = ("text_to_image", "image_to_text")
MEASURED = tuple(f"{way}.{name}" for way in WAYS for name in ("recall@1", "recall@10", "mrr@10"))
MAIN = "text_to_image.recall@10"
COLUMNS = ("kind", "arm", "seed", "gallery", "chance@10", *MEASURED)
ABOUT = (
    "Do projections that learned from drawings find photographs? Made by: clipit study photographs",
    f"EfficientNet-Lite0 (ImageNet) and multilingual E5-small (4 bits), frozen; projections: {WARM_UP.steps} steps of",
    f"{RECIPE.batch_size} emoji (OpenMoji, Twemoji) with their Italian names, pictures of {RECIPE.image_size} pixels.",
    "gallery: pictures of Debian's package tuxpaint-stamps-default 2022.06.04-1 (GPL-2) that have an Italian caption,",
    "without its letters and signs (category symbols). Of forty looked at, three quarters were photographs, the",
    "others drawings. Each caption is a query. chance@10: what a guess of ten finds.",
    "kind result: one row for each seed, which draws other projections and other emoji to train on.",
    f"Main comparison: {MAIN}, emoji minus shuffled. Control: shuffled (names of other emoji).",
)


def run() -> list[Row]:
    """Measures what is not yet in the table, and returns all of it."""
    table = Table(results_file(NAME), ABOUT, COLUMNS)
    table.complete([{"kind": "result", "arm": arm, "seed": seed} for seed in SEEDS for arm in ARMS], measured)
    return table.rows()


def measured(kind: str, arm: str, seed: int) -> dict[str, Any]:
    """One row."""
    emoji, stamps, loaded, tokenizer = collected()
    pairs = own_pairs(replace(RECIPE, seed=seed), emoji, tokenizer)["train"]
    model = with_new_projections(loaded, seed)
    train(model, shuffled(pairs, seed) if arm == CONTROL else pairs, WARM_UP, RECIPE.batch_size, seed)
    asked = with_frozen_features(model, make_pairs(stamps, pictured(stamps), tokenizer), WARM_UP)
    found = measure_pairs(model, asked)
    return {
        "gallery": len(asked),
        "chance@10": round(10 / len(asked), 4),
        **{name: round(found[name], 4) for name in MEASURED},
    }


@cache
def collected() -> tuple[Collection, Collection, DualEncoder, Tokenizer]:
    """Emoji, stamps, both encoders with projections between them, and a tokenizer for all that is said of either."""
    emoji = own_collection(RECIPE, preprocess_of(RECIPE))
    stamps = read_collection(f"stamps:{os.environ.get('CLIPIT_STAMPS', INSTALLED)}", preprocess_of(RECIPE))
    recipe, tokenizer = with_loaded_encoders(RECIPE, [*emoji.captions, *stamps.captions])
    assert tokenizer is not None
    return emoji, stamps, start_model(recipe, tokenizer), tokenizer


def pictured(stamps: Collection) -> list[Thing]:
    """All stamps but letters and signs; a thing's key begins with the source and the stamp's category."""
    return [thing for thing in stamps.things if not thing.key.startswith("stamps/symbols/")]


def summary(rows: list[Row]) -> list[str]:
    """Each arm with the 95 % interval over seeds, then the main comparison."""
    lines = [
        f"{arm}: {', '.join(f'{name} {told(values(rows, name, arm=arm).values())}' for name in MEASURED)}"
        for arm in ARMS
    ]
    apart = difference(*(values(rows, MAIN, arm=arm) for arm in ARMS))
    return [*lines, f"Main comparison, {MAIN}, emoji minus shuffled: {told(apart)}"]
