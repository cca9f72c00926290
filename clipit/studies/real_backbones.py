"""Study: on real pretrained encoders and little data, does it pay to train the encoders too?

An EfficientNet trained on ImageNet and a multilingual BERT are joined by projections on some 900 emoji and their
Italian names, and looked at with emoji never seen. After a warm-up of the projections the arms differ in what trains
next; ``frozen_one`` has the pictures of one artist, all others those of two, with cut-outs and mirrored copies.
``direct`` trains everything from the start, which makes three arms of the warm-up question: direct, frozen, everything.

The main comparison, declared beforehand: text-to-image MRR@10 over unseen things, everything minus frozen, both with
all pictures, each at its best learning rate of as many trials.
Control: frozen, on captions that were shuffled.

>>> list(ARMS)
['frozen_one', 'frozen', 'last_layers', 'everything', 'direct', 'shuffled']
"""

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from clipit.data.batches import Pairs, batches, shuffled
from clipit.data.collection import Collection
from clipit.hub.folder import parameters
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.studies.italian import distance_moved
from clipit.studies.summaries import difference, told, values
from clipit.studies.table import Row, Table, results_file
from clipit.studies.tuning import best_trial, trials, tune
from clipit.training.common_scale import loss_at_fitted_scale
from clipit.training.frozen import with_frozen_features
from clipit.training.in_memory import devices_here
from clipit.training.mesh import make_mesh, spread
from clipit.training.own_data import embed_first, measure_pairs, own_collection, own_pairs
from clipit.training.recipe import PROJECTIONS, RECIPES, Phase, Recipe
from clipit.training.starting import preprocess_of, start_model, with_loaded_encoders
from clipit.training.step import make_optimizer, place, train_step

NAME = "real_backbones"
SEEDS = (0, 1, 2, 3, 4)  # each divides the things anew
TUNING_SEEDS = (100, 101)
RECIPE = replace(RECIPES["italian-real"], image_size=96, variations=1)
(WARM_UP,) = RECIPE.phases
BATCH = 64  # in the last phase; in the warm-up it is the recipe's
BASE_RATE = 1e-3  # of AdamW in the last phase, see ``train``
STEPS, DIRECT_STEPS = 24, 44  # of the last phase; the warm-up has one pass of all pictures through both encoders
LAST = ("vision.blocks.14.", "vision.blocks.15.", "vision.last.", "text.blocks.10.", "text.blocks.11.", *PROJECTIONS)
FROZEN_RATES, RATES = (1e-4, 3e-4, 1e-3), (3e-5, 1e-4, 3e-4)
PROJECTION_RATE = 3e-4  # in the last phase, where the encoders' is tuned


@dataclass(frozen=True)
class Arm:
    """What trains in the last phase, on which pictures: "one" artist's, or two artists' and "varied" ones."""

    trains: tuple[str, ...] = PROJECTIONS
    pictures: str = "varied"
    warmed: bool = True

    @property
    def frozen(self) -> bool:
        """Whether the encoders stay as they are; the rate then is the projections'."""
        return self.trains == PROJECTIONS


ARMS = {
    "frozen_one": Arm(pictures="one"),
    "frozen": Arm(),
    "last_layers": Arm(LAST),
    "everything": Arm(("",)),
    "direct": Arm(("",), warmed=False),
    "shuffled": Arm(),
}
CONTROL = "shuffled"  # takes the rate of frozen
MEASURED = ("text_to_image.recall@1", "text_to_image.recall@10", "text_to_image.mrr@10", "image_to_text.mrr@10")
MAIN, LOSS, BEFORE = "text_to_image.mrr@10", "loss", "mrr_before"
KEY = ("kind", "arm", "rate", "seed")
COLUMNS = (*KEY, "things", LOSS, BEFORE, *MEASURED, "vision_moved", "text_moved")
ABOUT = (
    "Does it pay to train real pretrained encoders on 900 pairs? Made by: clipit study real_backbones",
    "EfficientNet-Lite0 (ImageNet) and multilingual E5-small (4 bits), emoji by OpenMoji and Twemoji, Italian names.",
    f"Pictures of {RECIPE.image_size} pixels. Warm-up: {WARM_UP.steps} steps of {RECIPE.batch_size} pairs with Muon,",
    f"as in the recipe italian-real; then {STEPS} steps of {BATCH} pairs with AdamW (direct: no warm-up and",
    f"{DIRECT_STEPS} steps, as the warm-up passes all pictures through the encoders once).",
    "rate: of the encoders in the last phase; of the projections where encoders are frozen. things: in the gallery,",
    "none trained on, one picture each. loss: contrastive, at the logit scale that suits one half of them, read on",
    "the other. mrr_before: text_to_image.mrr@10 after the warm-up. vision_moved, text_moved: length of the change of",
    "all parameters over their length before. kind: tuning (validation things of two seeds that are not used again),",
    "result (test things, each arm at its best rate, one row for each seed, which also divides the things).",
    "Main comparison: text_to_image.mrr@10, everything minus frozen. Control: shuffled (captions of other things).",
)


def run() -> list[Row]:
    """Measures what is not yet in the table, and returns all of it."""
    table = Table(results_file(NAME), ABOUT, COLUMNS)
    grid = {arm: FROZEN_RATES if ARMS[arm].frozen else RATES for arm in ARMS if arm != CONTROL}

    def trial(arm: str, rate: float) -> list[dict[str, Any]]:
        return [row("tuning", arm, rate, seed) for seed in TUNING_SEEDS]

    tune(table, grid, trial, lambda arm: trials(table.rows(), "rate", MAIN, arm=arm), measured)
    rows = table.rows()
    table.complete([row("result", arm, best_rate(rows, arm), seed) for seed in SEEDS for arm in ARMS], measured)
    return table.rows()


def row(kind: str, arm: str, rate: float, seed: int) -> dict[str, Any]:
    """What a row is found by."""
    return {"kind": kind, "arm": arm, "rate": rate, "seed": seed}


def best_rate(rows: list[Row], arm: str) -> float:
    """The rate with the best mean over the tuning seeds; the control's is that of frozen."""
    return best_trial(trials(rows, "rate", MAIN, arm="frozen" if arm == CONTROL else arm))


def measured(kind: str, arm: str, rate: float, seed: int) -> dict[str, Any]:
    """One row: a warm-up, the last phase, and what they lead to on things never seen."""
    one, pairs = ARMS[arm], trained_on(seed, ARMS[arm].pictures, arm == CONTROL)
    held_out = divided(seed, one.pictures)["validation" if kind == "tuning" else "test"]
    model = nnx.clone(warmed(seed, one.pictures, arm == CONTROL)) if one.warmed else fresh_model(seed)
    before, halfway = parameters(model), look(model, held_out, WARM_UP)[MAIN]
    last = last_phase(one)
    projections = rate if one.frozen else PROJECTION_RATE if one.warmed else BASE_RATE
    train(model, pairs, last, BATCH, seed + 1, (rate, projections))
    found = look(model, held_out, last)
    return {
        "things": len(held_out),
        LOSS: round(found[LOSS], 4),
        BEFORE: round(halfway, 4),
        **{name: round(found[name], 4) for name in MEASURED},
        "vision_moved": distance_moved(before, model, "vision."),
        "text_moved": distance_moved(before, model, "text."),
    }


def last_phase(arm: Arm) -> Phase:
    """What comes after the warm-up."""
    return Phase("last", arm.trains, STEPS if arm.warmed else DIRECT_STEPS, "adamw", BASE_RATE, warmup_steps=5)


def trained_on(seed: int, pictures: str, shuffle: bool) -> Pairs:
    """The pairs to train on; for the control each with the captions of another."""
    pairs = divided(seed, pictures)["train"]
    return shuffled(pairs, seed) if shuffle else pairs


@lru_cache(maxsize=4)  # the arms of a seed come one after the other
def warmed(seed: int, pictures: str, shuffle: bool) -> DualEncoder:
    """The model after the warm-up, which arms have in common."""
    model = fresh_model(seed)
    train(model, trained_on(seed, pictures, shuffle), WARM_UP, RECIPE.batch_size, seed)
    return model


@cache
def collected() -> tuple[Recipe, Collection, Tokenizer]:
    """The emoji, the recipe with the sizes of the encoders that read them, and the tokenizer of all their names."""
    collection = own_collection(RECIPE, preprocess_of(RECIPE))
    recipe, tokenizer = with_loaded_encoders(RECIPE, collection.captions)
    assert tokenizer is not None
    return recipe, collection, tokenizer


@lru_cache(maxsize=3)
def divided(seed: int, pictures: str) -> dict[str, Pairs]:
    """The pairs of each split."""
    _, collection, tokenizer = collected()
    recipe = replace(RECIPE, seed=seed, variations=RECIPE.variations if pictures == "varied" else 0)
    pairs = own_pairs(recipe, collection, tokenizer)
    views = pairs["train"].views
    if pictures == "one" and views is not None:
        pairs["train"] = replace(pairs["train"], views=views[:, :1])
    return pairs


@cache
def loaded_model() -> DualEncoder:
    """Both encoders with projections between them: read once, then copied."""
    recipe, _, tokenizer = collected()
    return start_model(recipe, tokenizer)


def fresh_model(seed: int) -> DualEncoder:
    """The pretrained encoders, and projections that are random anew."""
    return with_new_projections(loaded_model(), seed)


def with_new_projections(loaded: DualEncoder, seed: int) -> DualEncoder:
    """A copy of a model whose projections are random anew."""
    model, rngs = nnx.clone(loaded), nnx.Rngs(seed)
    for projection in (model.visual_projection, model.text_projection):
        wide, narrow = projection.kernel.shape
        nnx.update(projection, nnx.state(nnx.Linear(wide, narrow, use_bias=False, rngs=rngs)))
    return model


def train(
    model: DualEncoder,
    pairs: Pairs,
    phase: Phase,
    batch_size: int,
    seed: int,
    rates: tuple[float, float] = (BASE_RATE, BASE_RATE),
) -> None:
    """Trains for one phase, with other learning rates of the encoders and of the projections if they are given.

    AdamW's steps are in proportion to its rate. So all go as far as the base rate takes them, and then back to where
    their own would have: every rate is the same program, which takes a minute to compile.
    """
    mesh, optimizer = make_mesh(devices_here()), make_optimizer(model, phase)
    place(model, optimizer, mesh)
    shares = jnp.array(rates) / BASE_RATE
    stream = batches(with_frozen_features(model, pairs, phase), batch_size, seed)
    for _, batch in zip(range(phase.steps), stream, strict=False):
        batch.pop("rows")
        before = jax.tree.map(jnp.asarray, nnx.state(model, optimizer.wrt))  # a copy: the state itself moves along
        train_step(model, optimizer, jax.device_put(batch, spread(mesh)), model.preprocess)
        nnx.update(model, part_way(before, nnx.state(model, optimizer.wrt), shares))


@jax.jit
def part_way(before: Any, after: Any, shares: Float[Array, " 2"]) -> Any:
    """Parameters between two: of the way, encoders go the first share and projections the second."""

    def go(path: Any, start: Array, end: Array) -> Array:
        name = jax.tree_util.keystr(path, simple=True, separator=".")
        return start + shares[int(name.startswith(PROJECTIONS))] * (end - start)

    return jax.tree_util.tree_map_with_path(go, before, after)


def look(model: DualEncoder, pairs: Pairs, phase: Phase) -> dict[str, float]:
    """Retrieval and the loss on pairs that were not trained on; quick where encoders were frozen in the phase."""
    pairs = with_frozen_features(model, pairs, phase)
    return measure_pairs(model, pairs) | {LOSS: loss_at_fitted_scale(*embed_first(model, pairs))}


def summary(rows: list[Row]) -> list[str]:
    """Each arm's measures with the 95 % interval over seeds, then the comparisons, seed by seed."""
    lines = []
    for arm in ARMS:
        shown = [f"{name} {told(values(rows, name, arm=arm).values())}" for name in (LOSS, BEFORE, *MEASURED)]
        lines.append(f"{arm} at {best_rate(rows, arm):g}: {', '.join(shown)}")
    for first, second in (("everything", "frozen"), ("everything", "direct"), ("last_layers", "frozen"),
                          ("frozen", "frozen_one")):  # fmt: skip
        name = "Main comparison" if (first, second) == ("everything", "frozen") else "Also"
        apart = difference(values(rows, MAIN, arm=first), values(rows, MAIN, arm=second))
        lines.append(f"{name}, {MAIN}, {first} minus {second}: {told(apart)}")
    return lines
