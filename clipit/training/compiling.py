"""How long JAX compiles, counted; and on an accelerator what it compiled, kept for the next run.

A program is compiled once for each shape of its input, at the first step that has it. On a GPU or TPU the large models
take minutes for that, so they are kept: ``JAX_COMPILATION_CACHE_DIR`` names a folder, else it is one in clipit's cache.
On a CPU nothing is kept unless that variable asks for it: on some processors JAX refuses what it has kept there, with
an error for each program (jax-ml/jax, issue 38445).

>>> before = seconds_compiling()
>>> jax.jit(lambda x: x + 1)(1.0).item()
2.0
>>> seconds_compiling() > before
True
"""

import jax

from clipit.data.cache import cache_folder

KINDS = (  # tracing in Python, lowering to StableHLO, compiling that: as JAX reports them
    "/jax/core/compile/jaxpr_trace_duration",
    "/jax/core/compile/jaxpr_to_mlir_module_duration",
    "/jax/core/compile/backend_compile_duration",
)
LARGEST = 2 * 1024**3  # bytes; beyond, those that were not used for longest are deleted

_heard = dict.fromkeys(KINDS, 0.0)


def _hear(event: str, duration_secs: float, **_: str | int) -> None:
    if event in _heard:
        _heard[event] += duration_secs


jax.monitoring.register_event_duration_secs_listener(_hear)


def seconds_compiling() -> float:
    """Seconds that this process has spent on tracing, lowering and compiling, since this module was imported."""
    return sum(_heard.values())


def keep_programs() -> None:
    """On an accelerator, keeps compiled programs for the next run; starts JAX if it has not started yet."""
    if jax.config.values["jax_compilation_cache_dir"] is None and jax.default_backend() != "cpu":
        jax.config.update("jax_compilation_cache_dir", str(cache_folder("programs")))
        jax.config.update("jax_compilation_cache_max_size", LARGEST)
