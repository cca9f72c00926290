"""``clipit bench warmup``: an epoch with frozen encoders, their features cached, and as the original script ran it.

The script of CLIP-Italian froze both encoders and still ran them in every step. What they say of a picture or a caption
is the same in every epoch, so that here they run once. Both ways see the same pairs in the same order, a whole epoch
each, in turn, with everything that a step needs: reading the batch, the step, waiting for it. The real encoders have
random weights, pictures and captions, which takes the same time as trained ones.

>>> distance({"a": np.array([0.0, 4.0])}, {"a": np.array([3.0, 0.0])})
5.0
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from clipit.training.recipe import PROJECTIONS, RECIPES, Phase, Recipe

ROUNDS = 3
TOKENS = 24  # in a caption of random words
SMALL = replace(RECIPES["italian-clip"], train_size=4_096)
REAL = replace(
    RECIPES["clip-italian"], train_size=64, batch_size=32, devices=1, dtype="float32", vision_from="", text_from="",
    copy_projection=False,
)  # fmt: skip


def warmup() -> list[dict[str, Any]]:
    """A row for the encoders of the real CLIP-Italian, and one for the small ones of the recipe "italian-clip"."""
    from clipit.training.in_memory import devices_here
    from clipit.training.loading import load_data
    from clipit.training.runs import RunFolder

    here = replace(SMALL, devices=devices_here(SMALL.devices))
    with tempfile.TemporaryDirectory() as folder:
        small, pairs, _ = load_data(here, RunFolder(folder))
    return [compare(REAL, random_pairs(REAL)), compare(small, pairs)]


def random_pairs(recipe: Recipe) -> Any:
    """Pictures and captions of the right shapes."""
    from clipit.data.batches import Pairs

    rng, count, side = np.random.default_rng(0), recipe.train_size, recipe.model.vision.image_size
    ids = rng.integers(5, 1_000, (count, 1, TOKENS), np.int32)
    pixels = rng.integers(0, 256, (count, side, side, 3), np.uint8)
    return Pairs(pixels, ids, np.ones_like(ids), np.arange(count)[:, None])


def compare(recipe: Recipe, pairs: Any, rounds: int = ROUNDS) -> dict[str, Any]:
    """Seconds of an epoch both ways, their ratio, and how far apart the parameters are in the end."""
    from clipit.apps.timing import in_turn
    from clipit.hub.folder import parameters
    from clipit.training.frozen import with_frozen_features
    from clipit.training.starting import start_model

    epochs = rounds + 2  # ``in_turn`` does not count the first two
    steps = epochs * (len(pairs) // recipe.batch_size)
    phase = Phase("warm-up", PROJECTIONS, steps=steps, optimizer="adamw", learning_rate=1e-3, warmup_steps=0)
    models = {way: start_model(recipe) for way in ("running", "cached")}
    given = {"running": pairs, "cached": with_frozen_features(models["cached"], pairs, phase)}
    took = in_turn({way: epoch_of(model, given[way], recipe, phase) for way, model in models.items()}, rounds)
    start, running, cached = map(parameters, (start_model(recipe), *models.values()))
    return {
        "recipe": recipe.name,
        "pairs": len(pairs),
        "seconds_running_the_encoders": round(took["running"], 2),
        "seconds_with_cached_features": round(took["cached"], 3),
        "times_as_quick": round(took["running"] / took["cached"], 1),
        "distance_of_both_over_distance_moved": f"{distance(running, cached) / distance(start, running):.0e}",
    }


def epoch_of(model: Any, pairs: Any, recipe: Recipe, phase: Phase) -> Callable[[], Any]:
    """One epoch each time it is called, the next one."""
    import jax

    from clipit.data.batches import batches
    from clipit.training.mesh import make_mesh, spread
    from clipit.training.step import make_optimizer, place, train_step

    mesh = make_mesh(recipe.devices)
    optimizer = make_optimizer(model, phase)
    place(model, optimizer, mesh)
    stream = batches(pairs, recipe.batch_size, recipe.seed)

    def epoch() -> None:
        for _ in range(len(pairs) // recipe.batch_size):
            batch = next(stream)
            batch.pop("rows")
            measured = train_step(model, optimizer, jax.device_put(batch, spread(mesh)), model.preprocess)
        jax.block_until_ready(measured)

    return epoch


def distance(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> float:
    """The distance of two models, all parameters taken as one vector."""
    return float(np.sqrt(sum(np.square(value - other[name], dtype=np.float64).sum() for name, value in one.items())))
