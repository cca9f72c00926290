"""Study: on real pretrained encoders and little data, does it pay to train the encoders too?

An EfficientNet trained on ImageNet and a multilingual BERT are joined by projections on some 900 emoji and their
Italian names, and looked at with emoji never seen. After a warm-up of the projections the arms differ in what trains
next, and in the pictures: one artist's, two artists', or these with cut-outs and mirrored copies. ``direct`` trains
everything from the start, which makes three arms of the warm-up question: direct, frozen, everything.

The main comparison, declared beforehand: text-to-image MRR@10 over unseen things, everything minus frozen, both with
all pictures, each at its best learning rate of as many trials.
Control: frozen, on captions that were shuffled.

>>> list(ARMS)
['frozen_one', 'frozen_two', 'frozen', 'last_layers', 'text', 'everything_one', 'everything', 'direct', 'shuffled']
"""

from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from clipit.data.batches import Pairs, batches
from clipit.hub.folder import parameters
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.studies.fitting import devices_here, shuffled
from clipit.studies.italian import distance_moved
from clipit.studies.summaries import difference, told, values
from clipit.studies.table import Row, Table, results_file
from clipit.studies.tuning import best_trial, trials, tune
from clipit.training.common_scale import loss_at_fitted_scale
from clipit.training.frozen import with_frozen_features
from clipit.training.mesh import make_mesh, spread
from clipit.training.own_data import embed_first, measure_pairs, own_collection, own_pairs
from clipit.training.recipe import PROJECTIONS, RECIPES, Phase, Recipe
from clipit.training.starting import preprocess_of, start_model, with_loaded_encoders
from clipit.training.step import batch_loss, make_optimizer, place

NAME = "real_backbones"
SEEDS = (0, 1, 2, 3, 4)  # each divides the things anew
TUNING_SEEDS = (100, 101)
RECIPE = replace(RECIPES["italian-real"], image_size=96, batch_size=64, variations=1)
BASE_RATE = 1e-3  # of AdamW in all phases; the paces are factors of it, so that all rates are one program
WARM_UP = Phase("warm-up", PROJECTIONS, 120, "adamw", BASE_RATE, warmup_steps=10)
STEPS, DIRECT_STEPS = 40, 60  # of the last phase; the warm-up has one pass of all pictures through both encoders
LAST = ("vision.blocks.14.", "vision.blocks.15.", "vision.last.", "text.blocks.10.", "text.blocks.11.", *PROJECTIONS)
FROZEN_RATES, RATES = (1e-4, 3e-4, 1e-3), (1e-5, 3e-5, 1e-4)
PROJECTION_RATE = 3e-4  # in the last phase, where the encoders' is tuned


@dataclass(frozen=True)
class Arm:
    """What trains in the last phase, on which pictures: "one" artist's, "two" artists', or these and "varied" ones."""

    trains: tuple[str, ...] = PROJECTIONS
    pictures: str = "varied"
    warmed: bool = True

    @property
    def frozen(self) -> bool:
        """Whether the encoders stay as they are; the rate then is the projections'."""
        return self.trains == PROJECTIONS


ARMS = {
    "frozen_one": Arm(pictures="one"),
    "frozen_two": Arm(pictures="two"),
    "frozen": Arm(),
    "last_layers": Arm(LAST),
    "text": Arm(("text.", *PROJECTIONS)),
    "everything_one": Arm(("",), "one"),
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
    f"Pictures of {RECIPE.image_size} pixels, batches of {RECIPE.batch_size}, AdamW; {WARM_UP.steps} steps of warm-up,",
    f"then {STEPS} (direct: no warm-up, {DIRECT_STEPS} steps, as the warm-up passes all pictures through once).",
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
    pairs, tokenizer = data(seed, ARMS[arm].pictures)
    trained_on = shuffled(pairs["train"], seed) if arm == CONTROL else pairs["train"]
    model = fresh_model(seed, tokenizer)
    before, held_out = parameters(model), pairs["validation" if kind == "tuning" else "test"]
    if ARMS[arm].warmed:
        train(model, trained_on, WARM_UP, seed, encoders=0.0, projections=BASE_RATE)
    halfway = look(model, held_out, WARM_UP)[MAIN]
    last = last_phase(arm)
    own = rate if ARMS[arm].frozen else PROJECTION_RATE if ARMS[arm].warmed else BASE_RATE
    train(model, trained_on, last, seed + 1, encoders=rate, projections=own)
    found = look(model, held_out, last)
    return {
        "things": len(held_out),
        LOSS: round(found[LOSS], 4),
        BEFORE: round(halfway, 4),
        **{name: round(found[name], 4) for name in MEASURED},
        "vision_moved": distance_moved(before, model, "vision."),
        "text_moved": distance_moved(before, model, "text."),
    }


def last_phase(arm: str) -> Phase:
    """What comes after the warm-up."""
    steps = STEPS if ARMS[arm].warmed else DIRECT_STEPS
    return Phase("last", ARMS[arm].trains, steps, "adamw", BASE_RATE, warmup_steps=5)


@lru_cache(maxsize=3)  # the arms of a seed come one after the other
def data(seed: int, pictures: str) -> tuple[dict[str, Pairs], Tokenizer]:
    """The pairs of each split, with the tokenizer that reads all their captions."""
    recipe = replace(RECIPE, seed=seed, variations=RECIPE.variations if pictures == "varied" else 0)
    collection = own_collection(recipe, preprocess_of(recipe))
    tokenizer = with_loaded_encoders(recipe, collection.captions)[1]
    assert tokenizer is not None
    pairs = own_pairs(recipe, collection, tokenizer)
    if pictures == "one":
        views = pairs["train"].views
        assert views is not None
        pairs["train"] = replace(pairs["train"], views=views[:, :1])
    return pairs, tokenizer


@lru_cache(maxsize=1)
def loaded_model(recipe: Recipe, tokenizer: Tokenizer) -> DualEncoder:
    """Both encoders with projections between them: read once, then copied."""
    return start_model(with_vocabulary(recipe, tokenizer), tokenizer)


def with_vocabulary(recipe: Recipe, tokenizer: Tokenizer) -> Recipe:
    """The recipe with the sizes of both encoders, the text encoder's cut to the tokenizer's words."""
    model = with_loaded_encoders(recipe, ["gatto"])[0].model
    text: Any = replace(model.text, vocabulary_size=tokenizer.vocabulary_size)  # type: ignore[call-arg]
    return replace(recipe, model=replace(model, text=text))


def fresh_model(seed: int, tokenizer: Tokenizer) -> DualEncoder:
    """The pretrained encoders, and projections that are random anew."""
    model = nnx.clone(loaded_model(replace(RECIPE, seed=0), tokenizer))
    rngs = nnx.Rngs(seed)
    for projection in (model.visual_projection, model.text_projection):
        wide, narrow = projection.kernel.shape
        nnx.update(projection, nnx.state(nnx.Linear(wide, narrow, use_bias=False, rngs=rngs)))
    return model


def train(
    model: DualEncoder, pairs: Pairs, phase: Phase, seed: int, encoders: float, projections: float
) -> list[float]:
    """Trains for one phase with these learning rates, and returns the loss of each step."""
    mesh, optimizer = make_mesh(devices_here()), make_optimizer(model, phase)
    place(model, optimizer, mesh)
    paces = jnp.array([encoders, projections]) / BASE_RATE
    stream = batches(with_frozen_features(model, pairs, phase), RECIPE.batch_size, seed)
    losses = []
    for _, batch in zip(range(phase.steps), stream, strict=False):
        batch.pop("rows")
        losses.append(paced_step(model, optimizer, jax.device_put(batch, spread(mesh)), paces, model.preprocess))
    return [float(loss) for loss in losses]


@nnx.jit(static_argnames=("preprocess",))
def paced_step(
    model: DualEncoder, optimizer: nnx.Optimizer, batch: dict[str, Array], paces: Float[Array, " 2"], preprocess: Any
) -> Float[Array, ""]:
    """One step, which the encoders go at the first pace and the projections at the second."""
    loss_of = partial(batch_loss, preprocess=preprocess)
    loss, gradients = nnx.value_and_grad(loss_of, argnums=nnx.DiffState(0, optimizer.wrt))(model, batch)
    before = nnx.state(model, optimizer.wrt)
    optimizer.update(model, gradients)

    def go(path: Any, start: Array, end: Array) -> Array:
        name = jax.tree_util.keystr(path, simple=True, separator=".")
        return start + paces[int(name.startswith(PROJECTIONS))] * (end - start)

    nnx.update(model, jax.tree_util.tree_map_with_path(go, before, nnx.state(model, optimizer.wrt)))
    return loss


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
                          ("text", "frozen"), ("everything_one", "frozen_one"), ("frozen", "frozen_one")):  # fmt: skip
        name = "Main comparison" if (first, second) == ("everything", "frozen") else "Also"
        apart = difference(values(rows, MAIN, arm=first), values(rows, MAIN, arm=second))
        lines.append(f"{name}, {MAIN}, {first} minus {second}: {told(apart)}")
    return lines
