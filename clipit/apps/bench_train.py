"""``clipit bench train-step``: a training step here and in PyTorch, eager and compiled, on the same batch.

The small models are those of the recipe "quick", with either image encoder; the large one has the sizes of
CLIP-Italian: on a CPU a few pairs in float32, on an accelerator as many as fit, in bfloat16. ``share_of_matrix_speed``
compares the operations that the step needs, as the compiler counts them, with what one large product of matrices
reaches on one device.

>>> random_batch(replace(RECIPES["tiny"], batch_size=2))["input_ids"].shape
(2, 24)
"""

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from clipit.apps.timing import ROUNDS, in_turn
from clipit.models.config import ViTConfig
from clipit.training.recipe import RECIPES, Recipe

REAL_BATCH = 8
Row = dict[str, Any]


def train_step() -> list[Row]:
    """The same model, batch and optimizer here and in PyTorch: two small models and one as large as CLIP-Italian."""
    from clipit.training.in_memory import devices_here

    quick = replace(RECIPES["quick"], devices=devices_here(RECIPES["quick"].devices))
    rows = []
    for name, model in {"convnet": quick.model, "vit": replace(quick.model, vision=ViTConfig())}.items():
        recipe = replace(quick, train_size=512, model=replace(model, text=replace(model.text, vocabulary_size=1000)))
        rows += compare_steps(name, recipe)
    return [*rows, *compare_steps("ViT-B/32 + BERT-base", real_recipe(), rounds=3)]


def real_recipe() -> Recipe:
    """CLIP-Italian's sizes, as one measures them on this machine."""
    import jax

    real = replace(RECIPES["clip-italian"], devices=1)
    if jax.default_backend() == "cpu":
        return replace(real, batch_size=REAL_BATCH, dtype="float32")
    return as_large_as_fits(replace(real, dtype="bfloat16"))


def as_large_as_fits(recipe: Recipe) -> Recipe:
    """The recipe with the largest batch, a power of two, of which a step fits into the device's memory."""
    import jax

    from clipit.training.too_large import too_large

    for batch_size in (2**power for power in range(13, 0, -1)):
        tried = replace(recipe, batch_size=batch_size, train_size=max(recipe.train_size, batch_size))
        try:
            step, _ = jax_step(tried, random_batch(tried))
            step()
        except jax.errors.JaxRuntimeError as error:
            if not too_large(error):
                raise
        else:
            return tried
    raise ValueError(f"Not even two pairs of {recipe.name} fit into the memory of a device.")


def compare_steps(name: str, recipe: Recipe, rounds: int = ROUNDS) -> list[Row]:
    """Rows for one model: JAX, and PyTorch where it is installed."""
    batch = random_batch(recipe)
    ours, flops = jax_step(recipe, batch)
    actions: dict[str, Callable[[], Any]] = {"jax": ours, **torch_steps(recipe, batch)}
    times = in_turn(actions, rounds)
    fastest = matrix_speed(recipe.dtype)
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
    from clipit.training.step import compiled_step, computing, for_pure_step, place, train_step

    mesh = make_mesh(recipe.devices)
    model = new_model(recipe.model, seed=0)
    phase = recipe.phases[0]
    adamw = optax.adamw(phase.learning_rate, b2=0.98, weight_decay=0.01)
    optimizer = nnx.Optimizer(model, optax.chain(optax.clip_by_global_norm(phase.gradient_norm), adamw), wrt=nnx.Param)
    place(model, optimizer, mesh)
    placed = jax.device_put(batch, spread(mesh))
    how = computing(recipe, mesh)
    arrays, compiled_for = for_pure_step(model, optimizer, placed, model.preprocess, how=how)
    flops = (compiled_step().lower(*arrays, **compiled_for).cost_analysis() or {})["flops"]
    return lambda: jax.block_until_ready(train_step(model, optimizer, placed, model.preprocess, how)), flops


def torch_steps(recipe: Recipe, batch: dict[str, np.ndarray]) -> dict[str, Callable[[], Any]]:
    """The same step in PyTorch, eager and compiled; nothing without PyTorch, or where only JAX has the accelerator."""
    import jax

    if importlib.util.find_spec("torch") is None:
        print("PyTorch is not installed (the extra `parity`): only JAX is measured.", file=sys.stderr)
        return {}
    import torch

    if jax.default_backend() != "cpu" and not torch.cuda.is_available():
        print("This PyTorch does not see the accelerator: only JAX is measured.", file=sys.stderr)
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
    """One step of PyTorch's AdamW with clipped gradients on the same parameters, on the device that JAX has."""
    import jax
    import torch

    from clipit.apps.torch_twin import loss, to_torch
    from clipit.hub.folder import new_model, parameters

    model = new_model(recipe.model, seed=0)
    device = "cpu" if jax.default_backend() == "cpu" else "cuda"
    tensors = {name: torch.nn.Parameter(tensor.to(device)) for name, tensor in to_torch(parameters(model)).items()}
    optimizer = torch.optim.AdamW(tensors.values(), lr=recipe.phases[0].learning_rate, betas=(0.9, 0.98), fused=True)
    given = {name: torch.tensor(value).to(device) for name, value in batch.items()}
    precision = torch.autocast(device, torch.bfloat16, enabled=recipe.dtype == "bfloat16")
    evaluate = torch.compile(loss) if compiled else loss

    def step() -> float:
        pixels = (given["pixels"].float() - 127.5) / 127.5
        texts = (given["input_ids"].long(), given["attention_mask"], given["positives"])
        with precision:
            value = evaluate(tensors, recipe.model, pixels, *texts)
        optimizer.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(tensors.values(), recipe.phases[0].gradient_norm)
        optimizer.step()
        return value.item()

    return step


def matrix_speed(dtype: str = "float32") -> float:
    """Floating-point operations a second of JAX's product of two matrices on one device; larger on an accelerator."""
    import jax
    import jax.numpy as jnp

    rows, inner, columns = (8192, 128, 512) if jax.default_backend() == "cpu" else (8192, 8192, 8192)
    left, right = jnp.ones((rows, inner), dtype), jnp.ones((inner, columns), dtype)
    product = jax.jit(lambda a, b: a @ b)
    took = in_turn({"product": lambda: jax.block_until_ready(product(left, right))})["product"]
    return 2 * rows * inner * columns / took
