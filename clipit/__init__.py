"""clipit: how CLIP works and how CLIP-Italian was trained, as a course of notebooks and a small library in JAX.

Importing it is quick; each room is opened when it is first used.
"""

import importlib
import os
from typing import TYPE_CHECKING, Any

# Else transformers says at every start that PyTorch is missing, which clipit does without on purpose.
os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")

if TYPE_CHECKING:
    from clipit import course, data, evaluation, hub, inputs, losses, models, plots, training
    from clipit.hub import load

__all__ = ["course", "data", "evaluation", "hub", "inputs", "load", "losses", "models", "plots", "training"]


def __getattr__(name: str) -> Any:
    if name == "load":
        return importlib.import_module("clipit.hub").load
    if name in __all__:
        return importlib.import_module(f"clipit.{name}")
    raise AttributeError(f"module 'clipit' has no attribute {name!r}")
