"""``clipit bench NAME``: how quick things are on this machine, printed as it is measured; ``clipit bench`` alone: all.

>>> list(BENCHES)
['all', 'train-step', 'parts', 'loading', 'scenes', 'evaluation', 'start', 'data', 'embed', 'loss', 'warmup', 'search']
"""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from clipit.apps.bench_embed import embed
from clipit.apps.bench_loss import loss
from clipit.apps.bench_parts import measured_parts
from clipit.apps.bench_search import search
from clipit.apps.bench_table import table
from clipit.apps.bench_train import jax_step, train_step
from clipit.apps.bench_warmup import warmup
from clipit.apps.timing import in_turn, seconds
from clipit.training.recipe import RECIPES

Row = dict[str, Any]


def run_bench(name: str) -> list[Row]:
    """Runs a benchmark and returns its rows.

    Raises:
        ValueError: there is no such benchmark.
    """
    if name not in BENCHES:
        raise ValueError(f"There is no benchmark called {name!r}; choose one of {', '.join(BENCHES)}.")
    return BENCHES[name]()


def loading() -> list[Row]:
    """How much of the training time the step waits for its batch."""
    from clipit.data.batches import batches, load_pairs
    from clipit.data.emoji.world import make_world
    from clipit.inputs.tokenizer import train_tokenizer
    from clipit.training.in_memory import devices_here
    from clipit.training.loading import fitted

    recipe = replace(RECIPES["quick"], train_size=2_000, devices=devices_here(RECIPES["quick"].devices))
    world = make_world("train", recipe.train_size)
    tokenizer = train_tokenizer(world["caption"][:], recipe.vocabulary_size)
    pairs = load_pairs(world, tokenizer, recipe.model.vision.image_size)
    recipe = replace(recipe, model=fitted(recipe, tokenizer))
    stream = batches(pairs, recipe.batch_size, recipe.seed)
    step, _ = jax_step(recipe, {name: value for name, value in next(stream).items() if name != "rows"})
    times = {"waiting": 0.0, "step": 0.0}
    for turn in range(25):
        waited, stepped = seconds(lambda: next(stream)), seconds(step)
        if turn >= 5:  # the first step compiles, and meanwhile batches are made in advance
            times["waiting"] += waited
            times["step"] += stepped
    whole = sum(times.values())
    return [
        {
            "share_of_time_waiting": round(times["waiting"] / whole, 4),
            "times_as_quick": round(times["step"] / whole, 4),  # as a training that never waits
            "milliseconds_step": round(1000 * times["step"] / 20),
        }
    ]


def scenes() -> list[Row]:
    """Scenes drawn and described in a second by one core; the sprites are drawn beforehand, once for all."""
    from clipit.data.emoji.sampling import WorldSettings
    from clipit.data.emoji.world import WorldRequest, make_rows

    request = WorldRequest("train", 1_000, 0, "openmoji", "it", WorldSettings())
    first = seconds(lambda: make_rows(request, 1_000))
    again = min(seconds(lambda: make_rows(request, 1_000)) for _ in range(3))
    return [{"scenes_per_second": round(1_000 / again), "with_sprites_to_draw": round(1_000 / first)}]


def evaluation() -> list[Row]:
    """Seconds to measure a model on all test splits, once they are drawn."""
    from clipit.hub import load
    from clipit.training.measure import measure

    model, tokenizer = load("quick")
    measure(model, tokenizer, RECIPES["quick"])
    return [{"seconds": round(seconds(lambda: measure(model, tokenizer, RECIPES["quick"])), 1)}]


def start() -> list[Row]:
    """Seconds of ``import clipit`` and of ``clipit --help``, each in a new Python."""
    commands = {"import clipit": ["-c", "import clipit"], "clipit --help": ["-m", "clipit", "--help"]}
    times = in_turn(
        {
            name: lambda command=command: subprocess.run([sys.executable, *command], capture_output=True, check=True)  # type: ignore[misc]
            for name, command in commands.items()
        }
    )
    return [{"what": name, "seconds": round(took, 2)} for name, took in times.items()]


def data() -> list[Row]:
    """A million rows of WIT's format read, filtered and split in streaming; killed in the middle and resumed."""
    from clipit.apps.bench_data import bench

    return bench()


BENCHES: dict[str, Callable[[], list[Row]]] = {
    "all": table,
    "train-step": train_step,
    "parts": measured_parts,
    "loading": loading,
    "scenes": scenes,
    "evaluation": evaluation,
    "start": start,
    "data": data,
    "embed": embed,
    "loss": loss,
    "warmup": warmup,
    "search": search,
}
