"""Study: why more negatives, and how many are enough? The size of the batch, and what each picture is told from.

A larger batch changes three things at once: each picture is told from more other captions, the gradient is the mean of
more pairs, and as many examples make fewer steps. So arms differ in one of them at a time:

- ``nce_16`` … ``nce_1024``: InfoNCE with batches of this size, all with equally many examples;
- ``sigmoid_16`` … ``sigmoid_1024``: the same with SigLIP's loss, which asks of each pair on its own;
- ``local_16``: batches of 1,024, of which each picture is told from the captions of its group of 16 only, as the
  devices of the original training did it. Beside nce_1024 nothing differs but the negatives;
- ``steps_16``, ``steps_64``, ``steps_256``: as many *steps* as nce_1024, so fewer examples the smaller the batch is, as
  if a larger batch took no longer: an accelerator that is not full. What a step really took is in the column seconds.

Equal captions of a batch, and captions that fit another picture too, are positives in all arms. The image encoder is
english-clip's and locked, so that its features are computed once; captions are read by a bag of words, which learns in
seconds: that makes 120 trainings affordable.

The main comparison, declared beforehand: text-to-image MRR@10, nce_1024 minus local_16, each at its best learning rate
of as many trials. Control: ``shuffled``, nce_64 on captions of other pictures.

>>> ARMS["local_16"].steps, ARMS["nce_16"].steps
(16, 1024)
"""

import math
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import jax.numpy as jnp
import numpy as np

from clipit.data.batches import Pairs, shuffled
from clipit.data.emoji.world import make_world
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.models.config import BagOfWordsConfig
from clipit.studies.italian import SEEDS, TUNING_SEEDS, italian_pairs, italian_recipe
from clipit.studies.summaries import difference, told, values
from clipit.studies.table import Row, Table, results_file
from clipit.studies.tuning import best_trial, trials, tune
from clipit.training.features import embed_captions, image_features
from clipit.training.in_memory import fit_phase
from clipit.training.measure import nouns, search_own
from clipit.training.recipe import PROJECTIONS, Phase, Recipe
from clipit.training.starting import start_model, with_loaded_encoders

NAME = "batch_size"
PAIRS, EXAMPLES, GALLERY = 6_000, 16_384, 1_000
SIZES, SIGMOID_SIZES, GROUP = (16, 64, 256, 1024), (16, 256, 1024), 16
STEPS = EXAMPLES // SIZES[-1]
RATES = (1e-3, 3e-3, 1e-2)
TRAINS = ("text.", *PROJECTIONS, "logit_bias")


@dataclass(frozen=True)
class Arm:
    """How many pairs a step has, of how many a picture is told from, which loss asks, and how many examples there are.

    Attributes:
        batch: pairs in a step.
        group: of so many each picture is told from the others; 0 for the batch.
        loss: as a ``Recipe`` says it.
        examples: pairs that are looked at in all.
    """

    batch: int
    group: int = 0
    loss: str = "info_nce"
    examples: int = EXAMPLES

    @property
    def steps(self) -> int:
        """Steps of the optimizer."""
        return self.examples // self.batch


ARMS = {
    **{f"nce_{size}": Arm(size) for size in SIZES},
    **{f"sigmoid_{size}": Arm(size, loss="sigmoid") for size in SIGMOID_SIZES},
    f"local_{GROUP}": Arm(SIZES[-1], group=GROUP),
    **{f"steps_{size}": Arm(size, examples=STEPS * size) for size in SIZES[:-1]},
    "shuffled": Arm(64),
}
CONTROL, AS_CONTROL = "shuffled", "nce_64"  # the control takes the rate of this one
MAIN = "text_to_image.mrr@10"
MEASURED = ("text_to_image.recall@1", MAIN, "image_to_text.mrr@10", "zero_shot.top1")
COLUMNS = ("kind", "arm", "rate", "seed", "batch", "steps", "seconds", *MEASURED)
ABOUT = (
    "Why more negatives, and how many are enough? Made by: clipit study batch_size",
    f"{PAIRS} pictures of five captions, AdamW; english-clip's image encoder, locked, and a bag of words. arm: loss",
    f"(nce: InfoNCE) and the size of the batch, {EXAMPLES} examples each; local: batches of {SIZES[-1]}, told from",
    f"its group of so many only; steps: {STEPS} steps whatever the batch. rate: tuned for every arm.",
    "seconds: of the training, compiling included; they are comparable only where nothing else ran.",
    "kind: tuning (validation split, two seeds not used again), result (test split, arms at their best rates).",
    f"Main comparison: {MAIN}, nce_{SIZES[-1]} minus local_16. Control: shuffled.",
)


def run() -> list[Row]:
    """Measures what is not yet in the table, and returns all of it."""
    table = Table(results_file(NAME), ABOUT, COLUMNS)

    def trial(arm: str, rate: float) -> list[dict[str, Any]]:
        return [row("tuning", arm, rate, seed) for seed in TUNING_SEEDS]

    tuned = {arm: RATES for arm in ARMS if arm != CONTROL}
    tune(table, tuned, trial, lambda arm: trials(table.rows(), "rate", MAIN, arm=arm), measured)
    rows = table.rows()
    table.complete([row("result", arm, best_rate(rows, arm), seed) for seed in SEEDS for arm in ARMS], measured)
    return table.rows()


def row(kind: str, arm: str, rate: float, seed: int) -> dict[str, Any]:
    """What a row is found by."""
    return {"kind": kind, "arm": arm, "rate": rate, "seed": seed}


def best_rate(rows: list[Row], arm: str) -> float:
    """The rate with the best mean over the tuning seeds."""
    return best_trial(trials(rows, "rate", MAIN, arm=AS_CONTROL if arm == CONTROL else arm))


def recipe_for(arm: str, rate: float, seed: int, words: int) -> Recipe:
    """The recipe italian-clip with a bag of so many words in the place of its BERT, and an arm's batches and loss.

    The sigmoid loss starts at SigLIP's scale, and at the bias that is right to guess with batches of this size.
    """
    one = ARMS[arm]
    phase = Phase("all but the image encoder", TRAINS, one.steps, "adamw", rate, warmup_steps=one.steps // 8)
    recipe = replace(italian_recipe(PAIRS, seed), batch_size=one.batch, group_size=one.group, copy_projection=True)
    model = replace(recipe.model, text=BagOfWordsConfig(words, 256))
    if one.loss == "sigmoid":
        model = replace(model, initial_logit_scale=10.0, initial_logit_bias=-math.log(one.batch - 1))
    recipe = replace(recipe, loss=one.loss, model=model, text_from="", devices=1, phases=(phase,))
    return with_loaded_encoders(recipe)[0]


def measured(kind: str, arm: str, rate: float, seed: int) -> dict[str, Any]:
    """One row."""
    pairs, tokenizer = italian_pairs("train", PAIRS, seed)
    recipe = recipe_for(arm, rate, seed, tokenizer.vocabulary_size)
    model = start_model(recipe)
    started = time.perf_counter()
    fit_phase(model, recipe, 0, shuffled(pairs, seed) if arm == CONTROL else pairs)
    seconds = round(time.perf_counter() - started, 1)
    results = look(model, tokenizer, "validation" if kind == "tuning" else "test", seed)
    found = {name: round(results[name], 4) for name in MEASURED}
    return {"batch": recipe.batch_size, "steps": recipe.steps, "seconds": seconds, **found}


@lru_cache(maxsize=2)
def gallery(split: str, seed: int) -> Pairs:
    """Pictures that are searched."""
    return italian_pairs(split, GALLERY, seed)[0]


@lru_cache(maxsize=2)  # the locked encoder makes the same of them in every arm
def features_of(split: str, seed: int) -> Any:
    """What the image encoder makes of the gallery, float32 [pictures, features]."""
    pairs, tokenizer = italian_pairs("train", PAIRS, seed)
    model = start_model(recipe_for("nce_16", RATES[0], seed, tokenizer.vocabulary_size))
    return image_features(model, gallery(split, seed).pixels)


def look(model: DualEncoder, tokenizer: Tokenizer, split: str, seed: int) -> dict[str, float]:
    """Retrieval with the fullest caption of each picture, both ways, and zero-shot by nouns."""
    world = make_world(split, GALLERY, seed)
    images = np.asarray(model.project_image(jnp.asarray(features_of(split, seed))))  # [n, dim]
    texts = embed_captions(model, tokenizer, list(world["caption"]))  # [n, dim]
    alone = [place for place, kinds in enumerate(world["objects"]) if len(kinds) == 1]
    kinds = [world["objects"][place][0] for place in alone]
    results = search_own("text_to_image", texts, images) | search_own("image_to_text", images, texts)
    return results | nouns(model, tokenizer, images[alone], kinds, "it")


def summary(rows: list[Row]) -> list[str]:
    """Each arm's measures with the 95 % interval over seeds, then what differs from what, seed by seed."""
    lines = []
    for arm in ARMS:
        measures = (f"{name} {told(values(rows, name, arm=arm).values())}" for name in MEASURED)
        lines.append(f"{arm} at {best_rate(rows, arm):g}, {ARMS[arm].steps} steps: {', '.join(measures)}")
    pairs = [("nce_1024", "local_16"), ("nce_16", "nce_1024"), ("nce_1024", "steps_16")]
    pairs += [(f"sigmoid_{size}", f"nce_{size}") for size in SIGMOID_SIZES]
    for number, (first, other) in enumerate(pairs):
        apart = told(difference(values(rows, MAIN, arm=first), values(rows, MAIN, arm=other)))
        lines.append(f"{'Also' if number else 'Main comparison'}, {MAIN}, {first} minus {other}: {apart}")
    return lines
