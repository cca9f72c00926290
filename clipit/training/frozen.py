"""What a frozen encoder makes of every picture and caption, computed once and kept.

An encoder that does not train says the same of a picture in every epoch. So it runs once; a phase that moves only the
projections then costs next to nothing. The original training script ran both encoders again in every step.

>>> fingerprint({"a": np.zeros(2)}) == fingerprint({"a": np.zeros(2)}) != fingerprint({"a": np.ones(2)})
True
"""

import hashlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

import numpy as np

from clipit.data.atomic import replacing
from clipit.data.batches import Pairs
from clipit.data.cache import cache_folder, cached_path
from clipit.data.streaming import Stream
from clipit.hub.folder import parameters
from clipit.models import DualEncoder
from clipit.training.features import image_features, text_features
from clipit.training.phases import frozen_encoders
from clipit.training.processes import all_agree
from clipit.training.recipe import Phase

Data = TypeVar("Data", Pairs, Pairs | Stream)


def with_frozen_features(model: DualEncoder, pairs: Data, phase: Phase) -> Data:
    """The pairs with the features of each encoder that the phase does not train; a stream stays as it is.

    They are kept in the cache, named by everything that they depend on: the encoder's parameters and config, how
    pictures are prepared, and the pictures or captions themselves.
    """
    if isinstance(pairs, Stream):
        return pairs
    values = parameters(model)
    frozen = frozen_encoders(phase, values)
    if "vision" in frozen:
        made_of = {**of_encoder(values, "vision."), "pixels": pairs.pixels}
        name = fingerprint(made_of, f"{model.config.vision} {model.preprocess}")
        pairs = replace(pairs, image_features=kept(name, lambda: image_features(model, pairs.pixels)))
    if "text" in frozen:
        ids, mask = (tokens.reshape(-1, tokens.shape[-1]) for tokens in (pairs.input_ids, pairs.attention_mask))
        name = fingerprint({**of_encoder(values, "text."), "ids": ids, "mask": mask}, str(model.config.text))
        features = kept(name, lambda: text_features(model, ids, mask))
        pairs = replace(pairs, text_features=features.reshape(*pairs.input_ids.shape[:2], -1))
    return pairs


def of_encoder(values: Mapping[str, np.ndarray], beginning: str) -> dict[str, np.ndarray]:
    """The parameters whose names begin so."""
    return {name: value for name, value in values.items() if name.startswith(beginning)}


def fingerprint(arrays: Mapping[str, np.ndarray], settings: str = "") -> str:
    """A name that changes when a single number of the arrays does, or the settings."""
    digest = hashlib.blake2b(settings.encode(), digest_size=16)
    for name, values in sorted(arrays.items()):
        digest.update(f"{name} {values.dtype} {values.shape}".encode())
        digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()


def kept(name: str, compute: Callable[[], np.ndarray]) -> np.ndarray:
    """An array from the cache, mapped into memory; computed and written there when it is missing or damaged."""
    file = cached_path("features", f"{name}.npy")
    if all_agree(file.is_file()):  # all processes compute them together, or none does
        try:
            return np.load(file, mmap_mode="r")
        except (OSError, ValueError, EOFError):
            print(f"{file} is damaged: it is made again.", file=sys.stderr)
    features = compute()
    file = cache_folder("features") / file.name  # what is damaged may lie where one only reads
    file.parent.mkdir(parents=True, exist_ok=True)
    with replacing(file) as unfinished, unfinished.open("wb") as opened:
        np.save(opened, features)
    return np.load(file, mmap_mode="r")
