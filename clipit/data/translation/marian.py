"""A Marian model that CTranslate2 runs: such as OPUS-MT's, small and quick on a processor.

Junczys-Dowmunt et al. 2018, "Marian: Fast Neural Machine Translation in C++"; Tiedemann and Thottingal 2020, "OPUS-MT";
Klein et al. 2020, "The OpenNMT Neural Machine Translation Toolkit" (CTranslate2). Needs the extra ``translation``:
``pip install clipit-course[translation]``.

The folder holds what CTranslate2's converter writes, and the two SentencePiece models of OPUS-MT:

    config.json  model.bin  shared_vocabulary.json  source.spm  target.spm

>>> load_marian("no such/folder here")
Traceback (most recent call last):
ValueError: There is no folder no such/folder here, and it is no name on the hub (owner/model).
"""

import importlib.util
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SIDES = ("source.spm", "target.spm")
NEEDED = ("model.bin", *SIDES)
HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
END = "</s>"


class Marian:
    """A translator made of a CTranslate2 model and two SentencePiece models."""

    def __init__(self, model: Any, source: Any, target: Any, name: str, beam_size: int = 4):
        """Keeps the parts.

        Args:
            model: a ``ctranslate2.Translator``, or what has its ``translate_batch``.
            source: the SentencePiece model of the language that is translated: ``encode(sentence, out_type=str)``.
            target: that of the other language: ``decode(pieces)``.
            name: kept beside each translation.
            beam_size: how many translations are followed at once.
        """
        self.model, self.source, self.target = model, source, target
        self.name, self.beam_size = name, beam_size

    def __call__(self, sentences: Sequence[str]) -> list[str]:
        """The translations."""
        pieces = [[*self.source.encode(sentence, out_type=str), END] for sentence in sentences]
        results = self.model.translate_batch(pieces, beam_size=self.beam_size, max_batch_size=64)
        return [self.target.decode([piece for piece in result.hypotheses[0] if piece != END]) for result in results]


def load_marian(place: str) -> Marian:
    """Loads a model from a folder, or from the hub.

    Raises:
        ValueError: the extra is not installed, there is neither folder nor hub model, or a file is missing.
    """
    folder = Path(place).expanduser()
    if not folder.is_dir() and not HUB_NAME.fullmatch(place):
        raise ValueError(f"There is no folder {place}, and it is no name on the hub (owner/model).")
    missing = [name for name in ("ctranslate2", "sentencepiece") if importlib.util.find_spec(name) is None]
    if missing:
        raise ValueError(f"{missing[0]} is not installed: pip install clipit-course[translation]")
    import ctranslate2
    import sentencepiece

    folder = folder if folder.is_dir() else fetch(place)
    lacking = [name for name in NEEDED if not (folder / name).is_file()]
    if lacking:
        raise ValueError(
            f"{place} holds no {lacking[0]}: convert the model with ct2-opus-mt-converter or "
            "ct2-transformers-converter, and put its source.spm and target.spm beside it."
        )
    source, target = (sentencepiece.SentencePieceProcessor(model_file=str(folder / name)) for name in SIDES)
    model = ctranslate2.Translator(str(folder), device="auto")
    return Marian(model, source, target, f"marian {folder.name}")


def fetch(name: str) -> Path:
    """A model of the hub, in the hub's cache.

    Raises:
        ValueError: it is not there, or there is no network.
    """
    import huggingface_hub

    try:
        return Path(huggingface_hub.snapshot_download(name, allow_patterns=["*.json", "*.bin", "*.spm", "*.txt"]))
    except (OSError, ValueError) as error:
        told = " ".join(str(error).split())[:200]
        raise ValueError(f"{name} could not be fetched from the hub ({told}).") from None
