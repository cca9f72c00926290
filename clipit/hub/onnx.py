"""Both encoders as ONNX (https://onnx.ai), which runs in browsers, on phones, and wherever there is no Python.

Two files, each from prepared inputs to vectors of length one. The number of pictures or captions is open; captions
are padded to the longest that the model reads, because a file has one length. What a program needs to prepare the
inputs (side of the pictures, colours, padding, logit scale) stands in each file's metadata. Needs the extra ``onnx``.

>>> image_encoder, text_encoder = export_onnx(model, tokenizer, "folder")  # doctest: +SKIP
"""

import json
import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from clipit.data.atomic import replacing
from clipit.hub.errors import ModelError
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder

OPSET = 21  # the version of ONNX's operations: before it, GroupNorm had one scale for a whole group of channels
TOLERANCE = 1e-4
Arrays = dict[str, np.ndarray]


def export_onnx(model: DualEncoder, tokenizer: Tokenizer, folder: str | Path) -> list[Path]:
    """Writes image_encoder.onnx and text_encoder.onnx, and checks both against the model.

    Inputs are ``pixels`` float32 [n, side, side, 3], as ``model.preprocess`` gives them, and ``input_ids`` and
    ``attention_mask`` int32 [n, max_tokens]; the output is ``embeddings`` float32 [n, projection_dim].

    Raises:
        ModelError: jax2onnx or onnxruntime is not installed, or a file does not compute what the model does.
    """
    side, length = model.config.vision.image_size, getattr(model.config.text, "max_tokens", tokenizer.max_tokens)
    ids = np.full((2, length), tokenizer.transformers_tokenizer.pad_token_id, np.int32)
    ids[:, :2] = 2 % tokenizer.vocabulary_size
    pixels = np.random.default_rng(0).normal(size=(2, side, side, 3)).astype(np.float32)
    mask = (np.arange(length) < 2).astype(np.int32) * np.ones_like(ids)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    image, text = folder / "image_encoder.onnx", folder / "text_encoder.onnx"
    facts = {"logit_scale": float(model.logit_scale())}
    prepare = model.preprocess
    pictures = facts | {"image_size": side, "mean": prepare.mean, "deviation": prepare.deviation}
    captions = facts | {"max_tokens": length, "pad_token_id": tokenizer.transformers_tokenizer.pad_token_id}
    write(image, model.encode_image, {"pixels": pixels}, pictures)
    write(
        text,
        lambda input_ids, attention_mask: model.encode_text({"input_ids": input_ids, "attention_mask": attention_mask}),
        {"input_ids": ids, "attention_mask": mask},
        captions,
    )
    return [image, text]


def write(path: Path, encode: Callable[..., Any], example: Arrays, facts: dict[str, Any]) -> None:
    """Converts one encoder, compares it with the model on an example, and only then puts it in its place."""
    proto = convert(encode, example, path.stem)
    for name, value in facts.items():
        proto.metadata_props.add(key=name, value=json.dumps(value))
    with replacing(path) as unfinished:
        unfinished.write_bytes(proto.SerializeToString())
        wanted = np.asarray(encode(*map(jnp.asarray, example.values())))
        difference = float(np.abs(run_onnx(unfinished, example) - wanted).max())
        if not difference <= TOLERANCE:
            raise ModelError(f"{path} would differ from the model by {difference:.0e}: it was not written.")


def convert(encode: Callable[..., Any], example: Arrays, name: str) -> Any:
    """The ONNX model of a function; of its inputs' shapes the first number is left open."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about types of JAX's that it asks for in a way that is going out of use
        for noisy in ("onnx_ir", "jax2onnx"):  # notes about shapes, and about other people's layers, that nobody needs
            logging.getLogger(noisy).setLevel(logging.ERROR)
        try:
            import jax
            from jax2onnx import to_onnx
        except ImportError as error:
            raise not_installed(error) from None
        (batch,) = jax.export.symbolic_shape("batch")
        inputs = [jax.ShapeDtypeStruct((batch, *value.shape[1:]), value.dtype) for value in example.values()]
        names = {"input_names": list(example), "output_names": ["embeddings"]}
        return to_onnx(encode, inputs, model_name=name, opset=OPSET, **names)


def run_onnx(path: Path, inputs: Arrays) -> np.ndarray:
    """What a file computes, by onnxruntime."""
    try:
        import onnxruntime
    except ImportError as error:
        raise not_installed(error) from None
    try:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4  # what goes wrong is said below
        session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
        return session.run(["embeddings"], inputs)[0]
    except Exception as error:  # onnxruntime raises classes of its own, one for each kind of fault
        reason = str(error).split("Status Message:")[-1].strip()[:160]
        raise ModelError(f"This model's ONNX file does not run ({reason}): nothing was written.") from None


def not_installed(error: ImportError) -> ModelError:
    """The sentence for a missing package."""
    return ModelError(f'{error.name} is not installed: pip install "clipit-course[onnx]".')
