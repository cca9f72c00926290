"""``clipit bench NAME``: how quick things are on this machine, printed as it is measured.

What is compared is measured in turn, round after round in one run, and the medians are compared: on a machine that is
shared, absolute times drift by a factor of two.

>>> list(BENCHES)
['train-step', 'loading', 'scenes', 'evaluation', 'start', 'data', 'embed', 'loss', 'warmup', 'search']
"""

import importlib.util
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from clipit.apps.bench_embed import embed
from clipit.apps.bench_loss import loss
from clipit.apps.bench_search import search
from clipit.apps.bench_warmup import warmup
from clipit.models.config import ViTConfig
from clipit.training.recipe import RECIPES, Recipe

ROUNDS = 7
Row = dict[str, Any]


def run_bench(name: str) -> list[Row]:
    """Runs a benchmark and returns its rows.

    Raises:
        ValueError: there is no such benchmark.
    """
    if name not in BENCHES:
        raise ValueError(f"There is no benchmark called {name!r}; choose one of {', '.join(BENCHES)}.")
    return BENCHES[name]()


def seconds(action: Callable[[], Any]) -> float:
    """How long something takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def in_turn(actions: dict[str, Callable[[], Any]], rounds: int = ROUNDS, uncounted: int = 2) -> dict[str, float]:
    """The median seconds of each action; every round runs each once, after some rounds that are not counted."""
    taken: dict[str, list[float]] = {name: [] for name in actions}
    for turn in range(rounds + uncounted):
        for name, action in actions.items():
            took = seconds(action)
            if turn >= uncounted:
                taken[name].append(took)
    return {name: statistics.median(times) for name, times in taken.items()}


def train_step() -> list[Row]:
    """The same model, batch and optimizer here and in PyTorch, for the ConvNet and for the ViT."""
    quick = RECIPES["quick"]
    rows = []
    for name, model in {"convnet": quick.model, "vit": replace(quick.model, vision=ViTConfig())}.items():
        recipe = replace(quick, train_size=512, model=replace(model, text=replace(model.text, vocabulary_size=1000)))
        rows += compare_steps(name, recipe)
    return rows


def compare_steps(name: str, recipe: Recipe) -> list[Row]:
    """Rows for one model: JAX, and PyTorch where it is installed."""
    batch = random_batch(recipe)
    ours, flops = jax_step(recipe, batch)
    actions: dict[str, Callable[[], Any]] = {"jax": ours, **torch_steps(recipe, batch)}
    times = in_turn(actions)
    fastest = matrix_speed()
    rivals = [took for rival, took in times.items() if rival != "jax"]
    return [
        {
            "model": name,
            "library": library,
            "pictures_per_second": round(recipe.batch_size / took),
            "share_of_matrix_speed": round(flops / took / fastest, 2),
            "jax_times_as_quick": round(took / times["jax"], 2) if library != "jax" else "",
            "jax_against_the_better": round(min(rivals) / times["jax"], 2) if rivals and library == "jax" else "",
        }
        for library, took in times.items()
    ]


def random_batch(recipe: Recipe) -> dict[str, np.ndarray]:
    """A batch of the right shapes; what is in it does not change the time."""
    rng, batch, side = np.random.default_rng(0), recipe.batch_size, recipe.model.vision.image_size
    return {
        "pixels": rng.integers(0, 255, (batch, side, side, 3), np.uint8),
        "input_ids": rng.integers(5, 900, (batch, 24), np.int32),
        "attention_mask": np.ones((batch, 24), np.int32),
        "positives": np.eye(batch, dtype=bool),
    }


def jax_step(recipe: Recipe, batch: dict[str, np.ndarray]) -> tuple[Callable[[], Any], float]:
    """A step of the library's own training with AdamW, which PyTorch has too, and the operations that it needs."""
    import jax
    import optax
    from flax import nnx

    from clipit.hub.folder import new_model
    from clipit.training.mesh import make_mesh, spread
    from clipit.training.step import for_pure_step, place, pure_step, train_step

    mesh = make_mesh(recipe.devices)
    model = new_model(recipe.model, seed=0)
    phase = recipe.phases[0]
    adamw = optax.adamw(phase.learning_rate, b2=0.98, weight_decay=0.01)
    optimizer = nnx.Optimizer(model, optax.chain(optax.clip_by_global_norm(phase.gradient_norm), adamw), wrt=nnx.Param)
    place(model, optimizer, mesh)
    placed = jax.device_put(batch, spread(mesh))
    arrays, how = for_pure_step(model, optimizer, placed, model.preprocess)
    cost = pure_step.lower(*arrays, **how).compile().cost_analysis() or {}
    flops = recipe.devices * cost["flops"]  # the compiler counts the share of one device
    return lambda: jax.block_until_ready(train_step(model, optimizer, placed, model.preprocess)), flops


def torch_steps(recipe: Recipe, batch: dict[str, np.ndarray]) -> dict[str, Callable[[], Any]]:
    """The same step in PyTorch, eager and compiled; nothing without PyTorch."""
    if importlib.util.find_spec("torch") is None:
        print("PyTorch is not installed (the extra `parity`): only JAX is measured.", file=sys.stderr)
        return {}
    steps = {"pytorch": torch_step(recipe, batch, compiled=False)}
    try:
        compiled = torch_step(recipe, batch, compiled=True)
        compiled()
    except Exception as error:  # it needs a C++ compiler; without one the comparison goes on
        print(f"PyTorch could not compile the step ({type(error).__name__}): it is left out.", file=sys.stderr)
        return steps
    return {**steps, "pytorch compiled": compiled}


def torch_step(recipe: Recipe, batch: dict[str, np.ndarray], compiled: bool) -> Callable[[], Any]:
    """One step of PyTorch's AdamW with clipped gradients on the same parameters."""
    import torch

    from clipit.apps.torch_twin import loss, to_torch
    from clipit.hub.folder import new_model, parameters

    model = new_model(recipe.model, seed=0)
    tensors = to_torch(parameters(model))
    optimizer = torch.optim.AdamW(tensors.values(), lr=recipe.phases[0].learning_rate, betas=(0.9, 0.98), fused=True)
    given = {name: torch.tensor(value) for name, value in batch.items()}
    evaluate = torch.compile(loss) if compiled else loss

    def step() -> float:
        pixels = (given["pixels"].float() - 127.5) / 127.5
        texts = (given["input_ids"].long(), given["attention_mask"], given["positives"])
        value = evaluate(tensors, recipe.model, pixels, *texts)
        optimizer.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(tensors.values(), recipe.phases[0].gradient_norm)
        optimizer.step()
        return value.item()

    return step


def matrix_speed() -> float:
    """Floating-point operations a second of JAX's product of [8192, 128] and [128, 512] matrices, one device."""
    import jax
    import jax.numpy as jnp

    left, right = jnp.ones((8192, 128)), jnp.ones((128, 512))
    product = jax.jit(lambda a, b: a @ b)
    took = in_turn({"product": lambda: jax.block_until_ready(product(left, right))})["product"]
    return 2 * 8192 * 128 * 512 / took


def loading() -> list[Row]:
    """How much of the training time the step waits for its batch."""
    from clipit.data.batches import batches, load_pairs
    from clipit.data.emoji.world import make_world
    from clipit.inputs.tokenizer import train_tokenizer
    from clipit.training.loading import fitted

    recipe = replace(RECIPES["quick"], train_size=2_000)
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
    share = round(times["waiting"] / sum(times.values()), 4)
    return [{"share_of_time_waiting": share, "milliseconds_step": round(1000 * times["step"] / 20)}]


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
    "train-step": train_step,
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
