"""``clipit bench embed``: vectors a second here and in PyTorch, for a ViT-B/32, a BERT-base and two real backbones.

ViT-B/32 and BERT-base have random weights, which takes the same time as trained ones. PyTorch is the eager one of
``transformers`` with its default attention. One picture and one sentence go through the library's own functions, the
rest through the encoders alone. EfficientNet has no model there and is the plain sequence of PyTorch's
convolutions, with the batch norms folded in as they are here. Both get the same inputs, in turn in one run.

>>> sentences(3, 8, vocabulary=50)["input_ids"].shape
(3, 8)
"""

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from clipit.models.config import BagOfWordsConfig, ConvNetConfig, DualConfig, EfficientNetConfig
from clipit.models.published import ITALIAN_BERT_XXL, VIT_B_32

PICTURES, SENTENCES, TOKENS = 8, 32, 24
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Contest:
    """One encoder in two libraries.

    Attributes:
        name: of the encoder.
        unit: what is counted.
        count: how many of them one call takes.
        ours: makes the vectors here.
        theirs: the same in PyTorch.
    """

    name: str
    unit: str
    count: int
    ours: Callable[[], Any]
    theirs: Callable[[], Any]


def embed() -> list[dict[str, Any]]:
    """A row for each encoder: how many a second in both libraries, and the ratio."""
    from clipit.apps.timing import in_turn
    from clipit.hub import ModelError

    if importlib.util.find_spec("torch") is None:
        raise ValueError('PyTorch is not installed: pip install "clipit-course[parity]".')
    rows = []
    for make in (vit, bert, one_picture, one_sentence, efficientnet, e5):
        try:
            contest = make()
        except ModelError as error:  # a package of the extra `backbones` is missing; the others are measured
            print(error, file=sys.stderr)
            continue
        difference = np.abs(np.asarray(contest.ours()) - contest.theirs().numpy()).max()
        took = in_turn({"jax": contest.ours, "pytorch": contest.theirs})
        speeds = {f"{contest.unit}_per_second_{library}": round(contest.count / s, 1) for library, s in took.items()}
        ratio = {"jax_times_as_quick": round(took["pytorch"] / took["jax"], 2)}
        rows.append({"model": contest.name, **speeds, **ratio, "largest_difference": f"{difference:.0e}"})
    return rows


def sentences(count: int, tokens: int, vocabulary: int) -> Arrays:
    """Random token numbers; nothing is padded."""
    ids = np.random.default_rng(0).integers(5, vocabulary, (count, tokens), np.int32)
    return {"input_ids": ids, "attention_mask": np.ones_like(ids)}


def pixels(side: int) -> np.ndarray:
    """Random pixels."""
    return np.random.default_rng(0).normal(size=(PICTURES, side, side, 3)).astype(np.float32)


def compiled(encoder: Any, *inputs: np.ndarray) -> Callable[[], Any]:
    """One call of an encoder of ours, waited for."""
    import jax
    import jax.numpy as jnp
    from flax import nnx

    graph, state = nnx.split(encoder)
    run = jax.jit(lambda state, *inputs: nnx.merge(graph, state)(*inputs))
    placed = [jnp.asarray(value) for value in inputs]
    return lambda: jax.block_until_ready(run(state, *placed))


def eager(module: Any, pick: str, **inputs: np.ndarray) -> Callable[[], Any]:
    """One call of a module of PyTorch, without gradients."""
    import torch

    module.eval()
    given = {name: torch.tensor(value) for name, value in inputs.items()}

    @torch.inference_mode()
    def run() -> Any:
        return module(**given)[pick]

    return run


def rebuilt(encoder: Any) -> Any:
    """The encoder of ``transformers`` with the weights of ours."""
    import torch
    import transformers

    from clipit.hub.configs import write_config
    from clipit.hub.names import to_transformers

    values = write_config(encoder.config)
    kinds = {"clip_vision_model": ("CLIPVisionConfig", "CLIPVisionModel"), "bert": ("BertConfig", "BertModel")}
    config, model = (getattr(transformers, name) for name in kinds[values["model_type"]])
    module = model(config(**values))
    tensors = {name: torch.tensor(value) for name, value in to_transformers(encoder).items()}
    missing = module.load_state_dict(tensors, strict=False).missing_keys
    assert all("pooler" in name or "position_ids" in name for name in missing), missing
    return module


def vit() -> Contest:
    """A vision transformer as large as that of the released CLIP-Italian."""
    from flax import nnx

    from clipit.models.vision import ViT

    encoder, given = ViT(VIT_B_32, nnx.Rngs(0)), pixels(224)
    theirs = eager(rebuilt(encoder), "pooler_output", pixel_values=given.transpose(0, 3, 1, 2))
    return Contest("ViT-B/32", "pictures", PICTURES, compiled(encoder, given), theirs)


def bert() -> Contest:
    """A BERT as large as that of the released CLIP-Italian."""
    from flax import nnx

    from clipit.models.text import Bert

    encoder, given = Bert(ITALIAN_BERT_XXL, nnx.Rngs(0)), sentences(SENTENCES, TOKENS, ITALIAN_BERT_XXL.vocabulary_size)
    theirs = eager(rebuilt(encoder), "pooler_output", **given)
    return Contest("BERT-base", "sentences", SENTENCES, compiled(encoder, *given.values()), theirs)


def one_picture() -> Contest:
    """A picture alone, as one is embedded that somebody asks about: with all that the library does around it."""
    from clipit.hub import new_model
    from clipit.training.features import image_features

    model = new_model(DualConfig(VIT_B_32, BagOfWordsConfig(8)), seed=0)
    given = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), np.uint8)
    prepared = np.asarray(model.preprocess.normalise(given)).transpose(0, 3, 1, 2)
    theirs = eager(rebuilt(model.vision), "pooler_output", pixel_values=prepared)
    return Contest("ViT-B/32, one picture", "pictures", 1, lambda: image_features(model, given), theirs)


def one_sentence() -> Contest:
    """A query, in the same way."""
    from clipit.hub import new_model
    from clipit.training.features import text_features

    model = new_model(DualConfig(ConvNetConfig(), ITALIAN_BERT_XXL), seed=0)
    given = sentences(1, TOKENS, ITALIAN_BERT_XXL.vocabulary_size)
    theirs = eager(rebuilt(model.text), "pooler_output", **given)
    return Contest("BERT-base, one sentence", "sentences", 1, lambda: text_features(model, **given), theirs)


def e5() -> Contest:
    """The real E5-small."""
    import torch

    from clipit.hub import load_text

    encoder, _ = load_text("multilingual-e5-small")
    given = sentences(SENTENCES, TOKENS, encoder.config.vocabulary_size)
    tokens = eager(rebuilt(encoder), "last_hidden_state", **given)

    @torch.inference_mode()
    def theirs() -> Any:
        return tokens().mean(1)  # nothing is padded

    return Contest("multilingual-e5-small", "sentences", SENTENCES, compiled(encoder, *given.values()), theirs)


def efficientnet() -> Contest:
    """The real EfficientNet-Lite0."""
    import torch

    from clipit.hub import load_vision
    from clipit.hub.folder import parameters

    encoder, given = load_vision("efficientnet-lite0"), pixels(224)

    def quick(value: np.ndarray) -> Any:  # channels last, which is PyTorch's quicker layout
        tensor = torch.tensor(value)
        return tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor

    tensors = {name: quick(convolution(name, value)) for name, value in parameters(encoder).items()}
    picture = quick(given.transpose(0, 3, 1, 2))

    @torch.inference_mode()
    def theirs() -> Any:
        return torch_efficientnet(tensors, encoder.config, picture)

    return Contest("EfficientNet-Lite0", "pictures", PICTURES, compiled(encoder, given), theirs)


def convolution(name: str, value: np.ndarray) -> np.ndarray:
    """One of our tensors as PyTorch's convolution wants it: [out, in, height, width]."""
    if not name.endswith("kernel"):
        return value
    if value.ndim == 2:  # a linear layer on the channels
        return np.ascontiguousarray(value.T[:, :, None, None])
    if value.ndim == 3:  # depthwise
        return np.ascontiguousarray(value.transpose(2, 0, 1)[:, None])
    return np.ascontiguousarray(value.transpose(3, 2, 0, 1))


def torch_efficientnet(tensors: dict[str, Any], config: EfficientNetConfig, maps: Any) -> Any:
    """``clipit.models.efficientnet.EfficientNet`` in PyTorch; maps [batch, 3, height, width]."""
    from torch.nn import functional

    from clipit.apps.torch_twin import pad_same

    def convolve(name: str, maps: Any, stride: int = 1, groups: int = 1) -> Any:
        kernel = tensors[f"{name}.kernel"]
        before, after = pad_same(maps.shape[-1], kernel.shape[-1], stride)
        if before != after:
            maps, before = functional.pad(maps, (before, after, before, after)), 0
        return functional.conv2d(maps, kernel, tensors[f"{name}.bias"], stride, before, groups=groups)

    maps = functional.relu6(convolve("first", maps, 2))
    index = 0
    for repeats, _, stride, expansion, after in config.stages:
        for repeat in range(repeats):
            name, inner, step = f"blocks.{index}", maps, stride if repeat == 0 else 1
            if expansion > 1:
                inner = functional.relu6(convolve(f"{name}.widen", inner))
            inner = functional.relu6(convolve(f"{name}.look", inner, step, inner.shape[1]))
            narrow = convolve(f"{name}.narrow", inner)
            maps = maps + narrow if step == 1 and maps.shape[1] == after else narrow
            index += 1
    return functional.relu6(convolve("last", maps)).mean((2, 3))
