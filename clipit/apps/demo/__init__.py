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
import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from clipit.apps.demo.chosen import chosen
from clipit.apps.demo.gallery import DemoGallery, folder_gallery, save_pictures, world_gallery
from clipit.apps.demo.runtime import copy_runtime, find_runtime
from clipit.apps.demo.words import examples, glosses, labels, spoken, template, things, written
from clipit.data.locate import data_folder
from clipit.hub import ModelError, load
from clipit.hub.onnx import export_onnx
from clipit.inputs.pictures import MiddlePreprocess, Preprocess, ShorterSidePreprocess
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.training.features import embed_captions, embed_pixels

PAGE = ("index.html", "style.css", "page.js", "model.js", "tokenizer.js", "pictures.js", "searching.js", "asking.js",
        "finding.js", "elements.js")  # fmt: skip
MADE = {*PAGE, "demo.json", "tokenizer.json", "image_encoder.onnx", "text_encoder.onnx", "vectors.bin", "pictures",
        "runtime"}  # fmt: skip


@dataclass(frozen=True)
class DemoSettings:
    """What goes into a demo.

    Attributes:
        gallery: a folder with pictures to search; None is the gallery of the small world that `clipit search` has.
        runtime: a folder with the files of onnxruntime-web; None gets them once from the npm registry.
        most_pictures: of a reader's folder; a page with more would be slow to open.
        chosen: successes, and failures, that are shown.
    """

    gallery: Path | None = None
    runtime: Path | None = None
    most_pictures: int = 1_000
    chosen: int = 6


@dataclass(frozen=True)
class Written:
    """A demo that was written: where, and how large it is."""

    folder: Path
    pictures: int
    bytes: int


def write_demo(run: str | Path, folder: str | Path, settings: DemoSettings | None = None) -> Written:
    """Writes the demo of a model into a folder; a demo that is there already is replaced.

    Args:
        run: a run's folder, or the name of weights that come with the course.
        folder: where to write; it is made, or is empty, or holds a demo.
        settings: what goes into it.

    Raises:
        ValueError: the run is none, the folder holds something else, the gallery holds no pictures, or a tower or its
            tokenizer cannot be brought into a page.
        RuntimeError: onnxruntime-web cannot be had.
    """
    settings, folder = settings or DemoSettings(), Path(folder)
    check_folder(folder)
    model, tokenizer = load(run)
    facts = facts_of(run, model, tokenizer)
    gallery = open_gallery(facts["language"], settings)
    runtime = find_runtime(settings.runtime)
    vectors = embed_pixels(model, np.stack([model.preprocess.resize(picture) for picture in gallery.pictures]))
    facts |= gallery.told() | words_of(facts["language"], facts.pop("own_data"))
    facts["chosen"] = chosen_of(model, tokenizer, vectors, gallery, settings.chosen)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as beside:
        unfinished = Path(beside) / "demo"
        unfinished.mkdir()
        export_towers(model, tokenizer, unfinished)
        copy_page(unfinished, tokenizer)
        copy_runtime(runtime, unfinished / "runtime")
        save_pictures(gallery, unfinished / "pictures")
        (unfinished / "vectors.bin").write_bytes(vectors.astype("<f4").tobytes())
        (unfinished / "demo.json").write_text(json.dumps(facts, ensure_ascii=False) + "\n", "utf-8")
        put_in_place(unfinished, folder)
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return Written(folder, len(gallery.pictures), sum(sizes))


def check_folder(folder: Path) -> None:
    """Raises ValueError where something else lies than an older demo."""
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file: name a folder for the demo.")
    others = sorted({path.name for path in folder.iterdir()} - MADE) if folder.is_dir() else []
    if others:
        raise ValueError(f"{folder} holds something else ({others[0]}): choose a new folder for the demo.")


def put_in_place(unfinished: Path, folder: Path) -> None:
    """A finished demo takes the place of an older one, or of an empty folder."""
    check_folder(folder)  # writing took a while
    if folder.is_dir():
        shutil.rmtree(folder)
    os.rename(unfinished, folder)


def open_gallery(language: str, settings: DemoSettings) -> DemoGallery:
    """The pictures to search in."""
    if settings.gallery is not None:
        return folder_gallery(settings.gallery, settings.most_pictures)
    if spoken(language) is None:
        raise ValueError(f"The small world has no captions in {language!r}: name pictures of yours with --gallery.")
    return world_gallery(language)


def recipe_of(run: str | Path) -> dict[str, Any]:
    """The recipe of a run, as JSON; empty for a model that was trained elsewhere."""
    for path in (Path(run) / "recipe.json", data_folder("weights", str(run), "recipe.json")):
        if path.is_file():
            try:
                return dict(json.loads(path.read_text("utf-8")))
            except ValueError:
                raise ModelError(f"{path} is damaged: it is no JSON.") from None
    return {}


def facts_of(run: str | Path, model: DualEncoder, tokenizer: Tokenizer) -> dict[str, Any]:
    """What the page must know about the model, to prepare inputs as Python does."""
    recipe, prepare, wrapped = recipe_of(run), model.preprocess, tokenizer.transformers_tokenizer
    check_tokenizer(tokenizer)
    begin, end = wrapped("")["input_ids"]
    return {
        "model": Path(run).name,
        "language": recipe.get("language", "it"),
        "own_data": bool(recipe.get("data")),
        "logit_scale": float(model.logit_scale()),
        "image_size": model.config.vision.image_size,
        "mean": list(prepare.mean),
        "deviation": list(prepare.deviation),
        "border": border_of(prepare),
        "max_tokens": getattr(model.config.text, "max_tokens", tokenizer.max_tokens),
        "cut": tokenizer.max_tokens,
        "begin": begin,
        "end": end,
        "pad": wrapped.pad_token_id,
        "dim": model.config.projection_dim,
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


def words_of(language: str, own_data: bool) -> dict[str, Any]:
    """What the page can say in the model's language: examples, glosses, labels and things to count."""
    known = spoken(language)
    if known is None:
        return {"examples": [], "glosses": {}, "things": [], "labels": [], "template": "{}", "written": []}
    return {
        "examples": examples(known),
        "glosses": glosses(known),
        "things": things(known),
        "labels": labels(known),
        "template": template(known),
        "written": [] if own_data else written(known),
    }


def chosen_of(
    model: DualEncoder, tokenizer: Tokenizer, vectors: Float[np.ndarray, "n dim"], gallery: DemoGallery, number: int
) -> dict[str, Any]:
    """Successes and failures, where it is known what the pictures show."""
    if gallery.true is None:
        return {}
    return chosen(embed_captions(model, tokenizer, gallery.captions), vectors, gallery.true, number)


def copy_page(folder: Path, tokenizer: Tokenizer) -> None:
    """The page's own files, and the tokenizer."""
    room = files("clipit.apps.demo") / "page"
    for name in PAGE:
        (folder / name).write_text((room / name).read_text("utf-8"), "utf-8")
    told = tokenizer.transformers_tokenizer.backend_tokenizer.to_str()
    (folder / "tokenizer.json").write_text(told + "\n", "utf-8")
