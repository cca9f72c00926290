"""How a checkpoint wants its pictures and its captions: read from its own files, without running code of theirs.

>>> read_preprocess({"size": 256, "crop_size": 224}, "the test", image_size=None).shorter_side
256
"""

from collections.abc import Callable
from typing import Any

from PIL import Image
from transformers import BertTokenizer, CLIPTokenizer, PreTrainedTokenizerFast

from clipit.hub.errors import ModelError
from clipit.hub.source import Source
from clipit.inputs.pictures import ShorterSidePreprocess
from clipit.inputs.tokenizer import LENGTHS, Tokenizer

Values = dict[str, Any]

# What CLIP's image processor does where its file says nothing.
CLIP_PICTURES: Values = {
    "do_resize": True,
    "do_center_crop": True,
    "do_rescale": True,
    "do_normalize": True,
    "resample": 3,
    "rescale_factor": 1 / 255,
    "image_mean": (0.48145466, 0.4578275, 0.40821073),
    "image_std": (0.26862954, 0.26130258, 0.27577711),
}
LARGEST_SIDE = 10_000
TRIED = "Due gatti, 猫!"


def always(value: Any) -> bool:
    """A step that is always done here; ValueError where it is left out."""
    if value is not True:
        raise ValueError
    return value


def to_one(factor: Any) -> float:
    """The factor that brings colours to 0 to 1, where it is 1 / 255; ValueError where it is another."""
    if abs(factor - 1 / 255) > 1e-9:
        raise ValueError
    return factor


def side(size: Any, *names: str) -> int:
    """A size that is a number, or an object whose ``names`` are the same number; ValueError or KeyError else."""
    (number,) = {size[name] for name in names} if isinstance(size, dict) else {size}
    if not 1 <= number <= LARGEST_SIDE:
        raise ValueError
    return int(number)


def colours(values: Any) -> tuple[float, float, float]:
    """One number for each colour; TypeError or ValueError where it is something else."""
    red, green, blue = map(float, values)
    return red, green, blue


def divisors(values: Any) -> tuple[float, float, float]:
    """Numbers by which colours can be divided."""
    if not min(colours(values)) > 0:
        raise ValueError
    return colours(values)


# How each field of preprocessor_config.json is read.
FIELDS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("do_resize", "do_center_crop", "do_rescale", "do_normalize"), always),
    "rescale_factor": to_one,
    "size": lambda size: side(size, "shortest_edge"),
    "crop_size": lambda size: side(size, "height", "width"),
    "image_mean": colours,
    "image_std": divisors,
    "resample": lambda number: int(Image.Resampling(number)),
}


def load_preprocess(source: Source, config_size: int, image_size: int | None) -> ShorterSidePreprocess:
    """How the checkpoint prepares pictures; CLIP's way where it holds no file that says it.

    Args:
        source: the checkpoint.
        config_size: side of the pictures for which its encoder was made.
        image_size: another side, None to keep it.
    """
    whole = source.json("processor_config.json") or {}  # transformers 5 writes both halves into one file
    values = source.json("preprocessor_config.json") or whole.get("image_processor") or {}
    if not isinstance(values, dict):
        raise ModelError(f"The processor_config.json of {source} is damaged: download it again.")
    return read_preprocess({"size": config_size, "crop_size": config_size} | values, str(source), image_size)


def read_preprocess(values: Values, where: str, image_size: int | None) -> ShorterSidePreprocess:
    """The content of preprocessor_config.json; with another ``image_size`` everything else keeps its proportion.

    Raises:
        ModelError: it asks for something else than resizing, cutting out the middle and normalising.
    """
    values, read = CLIP_PICTURES | values, {}
    for name, reader in FIELDS.items():
        try:
            read[name] = reader(values[name])
        except (KeyError, TypeError, ValueError):
            said = f"{name} {values[name]!r}"[:80]
            raise ModelError(f"{where} prepares its pictures in a way that cannot be read here ({said}).") from None
    image_size = image_size or read["crop_size"]
    shorter = round(read["size"] * image_size / read["crop_size"])
    return ShorterSidePreprocess(image_size, read["image_mean"], read["image_std"], shorter, read["resample"])


def load_captions(source: Source, max_tokens: int, vocabulary_size: int) -> Tokenizer:
    """The checkpoint's tokenizer; raises ModelError where it holds none, and as ``fitting_tokenizer``."""
    settings = source.json("tokenizer_config.json") or {}
    source.file("special_tokens_map.json")  # read by transformers, from beside the others
    try:
        wrapped = open_tokenizer(source, settings)
    except ModelError:
        raise
    except Exception as error:  # the reader behind it raises nothing more precise
        raise damaged_tokenizer(str(source), error) from None
    return fitting_tokenizer(wrapped, max_tokens, vocabulary_size, str(source))


def fitting_tokenizer(wrapped: Any, max_tokens: int, vocabulary_size: int, where: str) -> Tokenizer:
    """A tokenizer for a text encoder; captions are cut to the shorter of its own limit and ``max_tokens``.

    Raises:
        ModelError: it has more tokens than the encoder knows, no token for padding, or it is damaged.
    """
    if len(wrapped) > vocabulary_size:
        raise ModelError(f"The tokenizer of {where} has {len(wrapped)} tokens, its text encoder {vocabulary_size}.")
    try:
        if wrapped.pad_token is None:
            wrapped.pad_token = known_padding(wrapped, where)
        tokenizer = Tokenizer(wrapped, int(min(wrapped.model_max_length, max_tokens, LENGTHS[-1])))
        tokenizer([TRIED])  # some faults show only when a caption is cut into pieces
    except ModelError:
        raise
    except Exception as error:  # as above
        raise damaged_tokenizer(where, error) from None
    return tokenizer


def damaged_tokenizer(where: str, error: Exception) -> ModelError:
    """One sentence for whatever a damaged tokenizer led to."""
    return ModelError(f"The tokenizer of {where} is damaged ({error}): get it again.")


def open_tokenizer(source: Source, settings: Values) -> Any:
    """A tokenizer from tokenizer.json, from BERT's vocab.txt, or from CLIP's vocab.json and merges.txt."""
    whole, words = source.file("tokenizer.json"), source.file("vocab.txt")
    if whole is not None:
        return PreTrainedTokenizerFast.from_pretrained(str(whole.parent))
    if words is not None:
        cased = any(word != word.lower() for word in words.read_text("utf-8").split() if word[0] != "[")
        unless_said: Any = {} if "do_lower_case" in settings else {"do_lower_case": not cased}
        return BertTokenizer.from_pretrained(str(words.parent), **unless_said)
    pieces, merges = source.file("vocab.json"), source.file("merges.txt")
    if pieces is not None and merges is not None:
        return CLIPTokenizer.from_pretrained(str(pieces.parent))
    raise ModelError(f"{source} holds no tokenizer (tokenizer.json, vocab.txt, or vocab.json and merges.txt).")


def known_padding(wrapped: Any, where: str) -> str:
    """The token that fills up short captions where the files do not name it."""
    known = [token for token in ("[PAD]", "<pad>", "<|endoftext|>") if token in wrapped.get_vocab()]
    if not known:
        raise ModelError(f"The tokenizer of {where} has no token for padding.")
    return known[0]
