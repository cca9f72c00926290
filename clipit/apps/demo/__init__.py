"""The demo: a folder with a page in which the model itself runs, for any static host, or ``python -m http.server``.

CLIP-Italian showed its results in an online demo. This one has no server: both encoders are ONNX files beside the page,
a runtime in WebAssembly computes them in the browser, and nothing that one types or drops onto it leaves the machine.

    index.html, style.css, *.js     the page, in plain JavaScript
    demo.json                       what it must know: the model's numbers, the gallery, examples, words
    tokenizer.json                  as the model's folder has it
    image_encoder.onnx, text_encoder.onnx
    vectors.bin                     of the gallery, float32
    pictures/                       of the gallery
    runtime/                        onnxruntime-web (MIT)

>>> DemoSettings().runtime is None
True
>>> write_demo("quick", "demo")  # doctest: +SKIP
"""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from clipit.apps.demo.contents import DemoSettings, Written, open_contents
from clipit.apps.demo.gallery import save_pictures
from clipit.apps.demo.placing import check_folder, size_of, whole_folder
from clipit.apps.demo.runtime import copy_runtime, find_runtime
from clipit.hub import ModelError
from clipit.hub.onnx import export_onnx
from clipit.inputs.pictures import MiddlePreprocess, Preprocess, ShorterSidePreprocess
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder

PAGE = ("index.html", "style.css", "page.js", "model.js", "tokenizer.js", "pictures.js", "searching.js", "asking.js",
        "finding.js", "elements.js")  # fmt: skip
MADE = {*PAGE, "demo.json", "tokenizer.json", "image_encoder.onnx", "text_encoder.onnx", "vectors.bin", "pictures",
        "runtime"}  # fmt: skip


def write_demo(run: str | Path, folder: str | Path, settings: DemoSettings | None = None) -> Written:
    """Writes the demo of a model into a folder; a demo that is there already is replaced.

    Args:
        run: a run's folder, what `clipit language train` wrote, or the name of weights that come with the course.
        folder: where to write; it is made, or is empty, or holds a demo.
        settings: what goes into it.

    Raises:
        ValueError: the run is none, the folder holds something else, the gallery holds no pictures or is the index of
            another model, or a tower or its tokenizer cannot be brought into a page.
        RuntimeError: onnxruntime-web cannot be had.
    """
    settings, folder = settings or DemoSettings(), Path(folder)
    check_folder(folder, MADE)
    contents = open_contents(run, settings)
    model, tokenizer, gallery = contents.model, contents.tokenizer, contents.gallery
    prepared = inputs_of(model, tokenizer)
    runtime = find_runtime(settings.runtime)
    vectors = contents.vectors()
    told = prepared | contents.told(vectors, settings.chosen)
    with whole_folder(folder, MADE) as unfinished:
        export_towers(model, tokenizer, unfinished)
        copy_page(unfinished, tokenizer)
        copy_runtime(runtime, unfinished / "runtime")
        save_pictures(gallery, unfinished / "pictures")
        (unfinished / "vectors.bin").write_bytes(vectors.astype("<f4").tobytes())
        (unfinished / "demo.json").write_text(json.dumps(told, ensure_ascii=False) + "\n", "utf-8")
    return Written(folder, len(gallery.pictures), size_of(folder), gallery.left_out)


def inputs_of(model: DualEncoder, tokenizer: Tokenizer) -> dict[str, Any]:
    """What the page must know to prepare inputs as Python does."""
    prepare, wrapped = model.preprocess, tokenizer.transformers_tokenizer
    check_tokenizer(tokenizer)
    begin, end = wrapped("")["input_ids"]
    return {
        "mean": list(prepare.mean),
        "deviation": list(prepare.deviation),
        "border": border_of(prepare),
        "max_tokens": getattr(model.config.text, "max_tokens", tokenizer.max_tokens),
        "cut": tokenizer.max_tokens,
        "begin": begin,
        "end": end,
        "pad": wrapped.pad_token_id,
    }


def border_of(prepare: Preprocess) -> float:
    """The share of a picture's shorter side that is cut off on each side before the rest is resized.

    >>> border_of(ShorterSidePreprocess(image_size=224, shorter_side=256))
    0.0625
    """
    if isinstance(prepare, ShorterSidePreprocess):
        return (1 - prepare.image_size / prepare.shorter_side) / 2
    return prepare.border if isinstance(prepare, MiddlePreprocess) else 0.0


def check_tokenizer(tokenizer: Tokenizer) -> None:
    """Raises ModelError for a tokenizer that tokenizer.js cannot follow."""
    parts = json.loads(tokenizer.transformers_tokenizer.backend_tokenizer.to_str())
    kinds = [(parts[name] or {}).get("type") for name in ("model", "normalizer", "pre_tokenizer")]
    ends = tokenizer.transformers_tokenizer("")["input_ids"]
    if kinds != ["WordPiece", "BertNormalizer", "BertPreTokenizer"] or len(ends) != 2:
        raise ModelError(f"The page reads BERT's tokenizers only (WordPiece), not {kinds[0]}: this model has no demo.")


def export_towers(model: DualEncoder, tokenizer: Tokenizer, folder: Path) -> None:
    """Both encoders as ONNX.

    Raises:
        ModelError: one of them cannot be exported.
    """
    try:
        export_onnx(model, tokenizer, folder)
    except ModelError:
        raise
    except Exception as error:  # jax2onnx raises whatever a layer that it does not know makes it raise
        reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
        raise ModelError(f"The model's towers cannot be exported as ONNX ({reason}): it has no demo.") from error


def copy_page(folder: Path, tokenizer: Tokenizer) -> None:
    """The page's own files, and the tokenizer."""
    room = files("clipit.apps.demo") / "page"
    for name in PAGE:
        (folder / name).write_text((room / name).read_text("utf-8"), "utf-8")
    told = tokenizer.transformers_tokenizer.backend_tokenizer.to_str()
    (folder / "tokenizer.json").write_text(told + "\n", "utf-8")
