"""Study: does warming up the projections first give "a much better validation loss"?

CLIP-Italian joined two trained encoders by new projections, trained these with both encoders frozen, and then trained
everything. The published evidence is one plot whose lines differ in more than that. Here the arms differ in what
trains when, and in nothing else; each has its own best learning rate, from as many trials, and the same compute.

The main comparison, declared beforehand: the loss on held-out pairs at a fitted logit scale, warm-up then everything
minus everything at once, with 6,000 Italian pairs.
Controls: everything at once from random encoders (``from_scratch``), and the warm-up on shuffled captions.

>>> list(ARMS)
['direct', 'frozen', 'warmup', 'copied', 'image_locked', 'text_locked', 'from_scratch', 'shuffled']
"""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from flax import nnx

from clipit.data.batches import Pairs, find_positives, load_pairs
from clipit.data.emoji.world import make_world
from clipit.hub import load
from clipit.hub.folder import parameters
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.studies.computing import steps_within
from clipit.studies.fitting import devices_here, fit_phase, results_on, shuffled
from clipit.studies.summaries import difference, told, values
from clipit.studies.table import Row, Table, results_file
from clipit.studies.tuning import best_trial, next_trial
from clipit.training.common_scale import contrastive, loss_at_fitted_scale
from clipit.training.features import embed_pixels, embed_tokens
from clipit.training.recipe import PROJECTIONS, RECIPES, Phase, Recipe
from clipit.training.starting import start_model, with_loaded_encoders

NAME = "warmup"
SEEDS = (0, 2, 3, 4, 5)  # english-clip has seen the scenes of seed 1
TUNING_SEEDS = (100, 101)
SIZES = (1_500, 6_000, 24_000)  # Italian pairs; english-clip saw 40,000 English ones
MAIN_SIZE = 6_000
RATES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)  # of the kernels; everything else trains at 0.4 of it, as in the recipe
BATCH = 128
BUDGET = 300  # steps in which everything trains; every arm may compute as much, counted as in ``computing``
WARMUP_STEPS = 200
WARM_RATE = 1e-2  # of the projections while both encoders are frozen: the recipe's, not tuned
VISION, TEXT, ALL = ("vision.",), ("text.",), ("",)
# What trains in the phase after the warm-up; an arm without a warm-up has this phase alone.
ARMS = {
    "direct": ALL,
    "frozen": PROJECTIONS,
    "warmup": ALL,
    "copied": ALL,
    "image_locked": TEXT + PROJECTIONS,
    "text_locked": VISION + PROJECTIONS,
    "from_scratch": ALL,
    "shuffled": ALL,
}
WARMED = ("warmup", "copied", "shuffled")
TUNED = tuple(arm for arm in ARMS if arm != "shuffled")  # the control takes the warm-up's rate
AT_MAIN_SIZE = ("from_scratch", "shuffled")  # the controls are measured at one size
LOSS, OWN = "loss", "loss_at_own_scale"
MEASURED = ("text_to_image.recall@1", "text_to_image.mrr@10", "zero_shot.top1")
ENGLISH, VISION_MOVED, TEXT_MOVED = "english_zero_shot", "vision_moved", "text_moved"
KEY = ("kind", "arm", "pairs", "rate", "seed")
COLUMNS = (*KEY, "steps", LOSS, OWN, *MEASURED, ENGLISH, VISION_MOVED, TEXT_MOVED)
ABOUT = (
    "Does a warm-up with frozen encoders give a better validation loss? Made by: clipit study warmup",
    f"Every arm has the compute of {BUDGET} steps of {BATCH} pairs in which everything trains, its warm-up included",
    f"(frozen: {5 * WARMUP_STEPS} steps, after which its loss no longer falls).",
    "rate: of the kernels in the last phase. loss: contrastive loss of 500 held-out pairs, at the logit scale that is",
    "best for 500 others; loss_at_own_scale: of the same pairs, at the model's own scale. english_zero_shot: the",
    "trained image encoder under english-clip's projection and labels (before training: see the kind start).",
    "vision_moved, text_moved: length of the change of all parameters over their length before.",
    "kind: start (the encoders before training), tuning (rates, on the validation split of two seeds that are not used",
    "again; a rate at the edge is followed by others), result (test split, each arm at its best rate, one row a seed).",
    f"Main comparison: loss, warmup minus direct, with {MAIN_SIZE} pairs. Controls: from_scratch, shuffled.",
)


def run() -> list[Row]:
    """Measures what is not yet in the table, and returns all of it."""
    table = Table(results_file(NAME), ABOUT, COLUMNS)
    table.complete([row("start", "english-clip", MAIN_SIZE, 0.0, SEEDS[0])], lambda **_: {ENGLISH: english(None)})
    table.complete([trial for cell in cells(TUNED) for rate in RATES for trial in trials(*cell, rate)], measured)
    while further := [
        trial
        for cell in cells(TUNED)
        if (rate := next_trial(tried(table.rows(), *cell), RATES)) is not None
        for trial in trials(*cell, rate)
    ]:
        table.complete(further, measured)
    rows = table.rows()
    results = [row("result", *cell, best_rate(rows, *cell), seed) for seed in SEEDS for cell in cells(tuple(ARMS))]
    table.complete(results, measured)
    return table.rows()


def row(kind: str, arm: str, pairs: int, rate: float, seed: int) -> dict[str, Any]:
    """What a row is found by."""
    return {"kind": kind, "arm": arm, "pairs": pairs, "rate": rate, "seed": seed}


def cells(arms: tuple[str, ...]) -> list[tuple[str, int]]:
    """Arms and numbers of pairs."""
    return [(arm, pairs) for pairs in SIZES for arm in arms if arm not in AT_MAIN_SIZE or pairs == MAIN_SIZE]


def trials(arm: str, pairs: int, rate: float) -> list[dict[str, Any]]:
    """A learning rate is tried with both seeds."""
    return [row("tuning", arm, pairs, rate, seed) for seed in TUNING_SEEDS]


def tried(rows: list[Row], arm: str, pairs: int) -> dict[float, float]:
    """For each rate that was tried the mean loss, negative: more is better."""
    found: dict[float, list[float]] = {}
    for one in rows:
        if (one["kind"], one["arm"], one["pairs"]) == ("tuning", arm, str(pairs)):
            found.setdefault(float(one["rate"]), []).append(float(one[LOSS]))
    return {rate: -float(np.mean(losses)) for rate, losses in sorted(found.items())}


def best_rate(rows: list[Row], arm: str, pairs: int) -> float:
    """The rate with the lowest mean loss; the control's is the warm-up's."""
    return best_trial(tried(rows, "warmup" if arm == "shuffled" else arm, pairs))


def recipe_for(arm: str, pairs: int, rate: float, seed: int) -> Recipe:
    """The recipe italian-clip with the arm's phases."""
    start = {"vision_from": "", "text_from": ""} if arm == "from_scratch" else {}
    recipe = RECIPES["italian-clip"]
    recipe = replace(recipe, seed=seed, train_size=pairs, batch_size=BATCH, devices=devices_here(), **start)
    warmup = Phase("warm-up", PROJECTIONS, WARMUP_STEPS, warmup_steps=20, **rates(WARM_RATE))
    last = Phase("main", ARMS[arm], BUDGET, warmup_steps=20, **rates(rate))
    phases = (warmup, last) if arm in WARMED else (last,)
    return replace(recipe, phases=tuple(replace(phase, steps=steps(phase, arm, pairs)) for phase in phases))


def steps(phase: Phase, arm: str, pairs: int) -> int:
    """How many steps the arm's compute allows."""
    if phase.name == "warm-up":
        return WARMUP_STEPS
    if arm == "frozen":
        return 5 * WARMUP_STEPS
    warmed = WARMUP_STEPS if arm in WARMED else 0
    return steps_within(BUDGET, phase, pairs, BATCH, warmed)


def rates(rate: float) -> dict[str, float]:
    """Both learning rates of a phase."""
    return {"kernel_learning_rate": rate, "learning_rate": 0.4 * rate}


@cache
def italian_pairs(split: str, size: int, seed: int) -> tuple[Pairs, Tokenizer]:
    """Pictures and Italian captions as the text encoder's tokenizer cuts them."""
    recipe, tokenizer = with_loaded_encoders(RECIPES["italian-clip"])
    assert tokenizer is not None
    world = make_world(split, size, seed, language=recipe.language)
    return load_pairs(world, tokenizer, recipe.model.vision.image_size), tokenizer


def measured(kind: str, arm: str, pairs: int, rate: float, seed: int) -> dict[str, Any]:
    """Trains an arm and measures it, for tuning on the validation split, else on the test split."""
    recipe = with_loaded_encoders(recipe_for(arm, pairs, rate, seed))[0]
    if arm == "from_scratch":
        recipe = replace(recipe, model=with_loaded_encoders(RECIPES["italian-clip"])[0].model)
    model = start_model(recipe)
    if arm == "copied":
        nnx.update(model.visual_projection, nnx.state(load("english-clip")[0].visual_projection))
    before = parameters(model)
    data, tokenizer = italian_pairs("train", pairs, seed)
    data = shuffled(data, seed) if arm == "shuffled" else data
    for number in range(len(recipe.phases)):
        fit_phase(model, recipe, number, data)
    split = "validation" if kind == "tuning" else "test"
    found = {"steps": recipe.steps, **losses(model, split, seed)}
    if kind == "tuning":
        return found
    results = results_on(split, model, tokenizer, recipe)
    moved = {VISION_MOVED: moved_by(before, model, "vision."), TEXT_MOVED: moved_by(before, model, "text.")}
    return {**found, **{name: round(results[name], 4) for name in MEASURED}, ENGLISH: english(model), **moved}


def losses(model: DualEncoder, split: str, seed: int) -> dict[str, float]:
    """The loss of held-out pairs at the fitted logit scale, and at the model's own."""
    pairs, _ = italian_pairs(split, 1_000, seed)
    first = np.zeros(len(pairs), int)  # of each picture's captions the first
    positives = find_positives(pairs, np.arange(len(pairs)), first)  # [n, n]
    images = embed_pixels(model, pairs.pixels)  # [n, dim]
    texts = embed_tokens(model, pairs.input_ids[:, 0], pairs.attention_mask[:, 0])  # [n, dim]
    half = slice(len(pairs) // 2, None)
    own = contrastive(images[half] @ texts[half].T, positives[half, half], float(model.logit_scale()))
    return {LOSS: round(loss_at_fitted_scale(images, texts, positives), 4), OWN: round(own, 4)}


def english(model: DualEncoder | None) -> float:
    """English zero-shot accuracy on the test split with the model's image encoder in english-clip."""
    whole, tokenizer = load("english-clip")
    if model is not None:
        nnx.update(whole.vision, nnx.state(model.vision))
    recipe = replace(RECIPES["english-clip"], seed=SEEDS[0])
    return round(results_on("test", whole, tokenizer, recipe)["zero_shot.top1"], 4)


def moved_by(before: dict[str, np.ndarray], model: DualEncoder, beginning: str) -> float:
    """The length of the change of the parameters whose names begin so, over their length before."""
    after = parameters(model)
    names = [name for name in before if name.startswith(beginning)]
    changes = np.sqrt(sum(np.sum((after[name] - before[name]) ** 2) for name in names))
    return round(float(changes / np.sqrt(sum(np.sum(before[name] ** 2) for name in names))), 3)


def summary(rows: list[Row]) -> list[str]:
    """Each arm's measures with the 95 % interval over seeds, then the comparison for each number of pairs."""
    lines = []
    for arm, pairs in cells(tuple(ARMS)):
        shown = [f"{name} {told(values(rows, name, arm=arm, pairs=str(pairs)).values())}" for name in COLUMNS[6:]]
        lines.append(f"{pairs} pairs, {arm} at {best_rate(rows, arm, pairs):g}: {', '.join(shown)}")
    for pairs in SIZES:
        both = [values(rows, LOSS, arm=arm, pairs=str(pairs)) for arm in ("warmup", "direct")]
        name = "Main comparison" if pairs == MAIN_SIZE else "The same"
        lines.append(f"{name}, {pairs} pairs, loss, warmup minus direct: {told(difference(*both))}")
    return lines
