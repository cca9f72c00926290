"""A model out of this library: into a folder that PyTorch users load with ``transformers``, where it has a counterpart.

A ViT as CLIP's with BERT becomes a ``VisionTextDualEncoderModel``, with CLIP's own text encoder a ``CLIPModel``. What
``transformers`` does not have (the ConvNet, the bag of words, a BERT that takes the mean of its tokens) is written in
this library's own format, safetensors and JSON, which ``clipit.hub.folder`` documents and reads.

>>> import tempfile
>>> from clipit.hub.folder import new_model
>>> from clipit.inputs.tokenizer import train_tokenizer
>>> from clipit.models import BagOfWordsConfig, ConvNetConfig, DualConfig
>>> model = new_model(DualConfig(ConvNetConfig(16, (8,)), BagOfWordsConfig(40)), seed=0)
>>> with tempfile.TemporaryDirectory() as folder:
...     print(export(model, train_tokenizer(["due gatti"], 40), folder).reason)
transformers has no counterpart of an encoder like ConvNet.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from clipit.data.atomic import replacing
from clipit.hub.configs import no_counterpart, write_config
from clipit.hub.errors import ModelError
from clipit.hub.folder import save_model
from clipit.hub.model_card import Origin, model_card
from clipit.hub.names import to_transformers
from clipit.inputs.pictures import Preprocess, ShorterSidePreprocess
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.models.config import BertConfig, CausalTextConfig, ViTConfig

Values = dict[str, Any]
OWN = "clipit"


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        folder: where.
        reader: the class of ``transformers`` that reads it, or "clipit".
        reason: why ``transformers`` does not read it; empty where it does.
    """

    folder: Path
    reader: str
    reason: str = ""

    def __str__(self) -> str:
        if self.reason:
            return f"Written to {self.folder} in clipit's own format: {self.reason}"
        return (
            f"Written to {self.folder}. In PyTorch: transformers.{self.reader}.from_pretrained({str(self.folder)!r})."
        )


def export(
    model: DualEncoder, tokenizer: Tokenizer, folder: str | Path, half: bool = False, origin: Origin | None = None
) -> Exported:
    """Writes weights, config, tokenizer, preparation of pictures and a model card.

    Args:
        model: what to write.
        tokenizer: its tokenizer.
        folder: made if it is not there.
        half: as 16-bit numbers, half the size; embeddings then agree to about 3 digits only.
        origin: where the model comes from, for its card.

    Raises:
        ModelError: the folder is that of a run, whose model an export would replace.
    """
    folder = Path(folder)
    if (folder / "recipe.json").is_file() and (folder / "metrics.jsonl").is_file():
        raise ModelError(f"{folder} is the folder of a run: choose another one to export into.")
    try:
        config, pictures = transformers_config(model, tokenizer), processor_config(model.preprocess)
        tensors = to_transformers(model)
        written = Exported(folder, config["architectures"][0])
    except ModelError as reason:
        written = Exported(folder, OWN, str(reason))
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / "README.md") as file:
        limits = limits_of(model, tokenizer, written.reader)
        file.write_text(model_card(model.config, written.reader, origin or Origin(), limits), "utf-8")
    if written.reader == OWN:
        save_model(model, tokenizer, folder, half)
        return written
    save_tokenizer(tokenizer, folder)
    dtype = "float16" if half else str(tensors["visual_projection.weight"].dtype)
    write_json(folder / "preprocessor_config.json", pictures)
    write_json(folder / "config.json", config | {"dtype": dtype})
    if half:
        tensors = {name: value.astype(np.float16) for name, value in tensors.items()}
    with replacing(folder / "model.safetensors") as file:  # last: where it is, the folder is complete
        file.write_bytes(save({name: np.asarray(value) for name, value in tensors.items()}, {"format": "pt"}))
    return written


def limits_of(model: DualEncoder, tokenizer: Tokenizer, reader: str) -> list[str]:
    """What a user of the exported model should know, for its card."""
    limits = [f"Captions are cut at {tokenizer.max_tokens} tokens without a warning."]
    if reader != OWN and type(model.preprocess) is Preprocess:
        limits.append(
            "In training pictures were cut before they were resized, in transformers after it: of those that are not "
            "square the embeddings differ in the third digit."
        )
    return limits


def write_json(path: Path, values: Values) -> None:
    """JSON at one stroke."""
    with replacing(path) as file:
        file.write_text(json.dumps(values, indent=2) + "\n")


def transformers_config(model: DualEncoder, tokenizer: Tokenizer) -> Values:
    """config.json for ``transformers``.

    Raises:
        ModelError: it has no such model; the message says what it cannot do.
    """
    config = model.config
    if not isinstance(config.vision, ViTConfig):
        raise no_counterpart(f"an encoder like {type(config.vision).__name__.removesuffix('Config')}")
    vision, text = write_config(config.vision), write_config(config.text)
    if isinstance(config.text, BertConfig) and config.text.pooling != "pooler":
        raise no_counterpart(f"a BERT beside a ViT whose pooling is {config.text.pooling!r}, only of 'pooler'")
    clip = isinstance(config.text, CausalTextConfig)
    wrapped = tokenizer.transformers_tokenizer
    return {
        "model_type": "clip" if clip else "vision-text-dual-encoder",
        "architectures": ["CLIPModel" if clip else "VisionTextDualEncoderModel"],
        "projection_dim": config.projection_dim,
        "logit_scale_init_value": float(np.log(config.initial_logit_scale)),
        "vision_config": vision,
        "text_config": text | {"pad_token_id": wrapped.pad_token_id, "bos_token_id": wrapped.bos_token_id},
    }


def processor_config(preprocess: Preprocess) -> Values:
    """preprocessor_config.json: CLIP's way of preparing pictures, with our sizes and colours.

    Raises:
        ModelError: pictures are prepared in a way that CLIP's has no setting for.
    """
    if type(preprocess) is Preprocess:  # cuts before it resizes, CLIP's after: less than a pixel apart
        side = preprocess.image_size
        preprocess = ShorterSidePreprocess(side, preprocess.mean, preprocess.deviation, side)
    if not isinstance(preprocess, ShorterSidePreprocess):
        raise no_counterpart(f"pictures prepared by {type(preprocess).__name__}")
    return {
        "image_processor_type": "CLIPImageProcessor",
        "do_convert_rgb": True,
        "do_resize": True,
        "size": {"shortest_edge": preprocess.shorter_side},
        "resample": preprocess.resampling,
        "do_center_crop": True,
        "crop_size": {"height": preprocess.image_size, "width": preprocess.image_size},
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": list(preprocess.mean),
        "image_std": list(preprocess.deviation),
    }


def save_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """The tokenizer's files, which say where captions are cut, so that ``truncation=True`` is enough."""
    tokenizer.save(folder)
    path = folder / "tokenizer_config.json"
    write_json(path, json.loads(path.read_text("utf-8")) | {"model_max_length": tokenizer.max_tokens})


def origin_of(folder: str | Path, name: str) -> Origin:
    """What a run's folder, or that of weights which come with the course, says about where a model comes from."""

    def read(file: str) -> Values:
        path = Path(folder) / file
        return json.loads(path.read_text("utf-8")) if path.is_file() else {}

    return replace(Origin(), name=name, recipe=read("recipe.json"), results=read("results.json"))
