"""How a checkpoint wants its pictures and its captions: read from its own files, without running code of theirs.

>>> read_preprocess({"size": 256, "crop_size": 224}, "the test", image_size=None).shorter_side
256
"""

from typing import Any

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
ALWAYS = ("do_resize", "do_center_crop", "do_rescale", "do_normalize", "rescale_factor")


def load_preprocess(source: Source, config_size: int, image_size: int | None) -> ShorterSidePreprocess:
    """How the checkpoint prepares pictures; CLIP's way where it holds no file that says it.

    Args:
        source: the checkpoint.
        config_size: side of the pictures for which its encoder was made.
        image_size: another side, None to keep it.
    """
    whole = source.json("processor_config.json") or {}  # transformers 5 writes both halves into one file
    values = source.json("preprocessor_config.json") or whole.get("image_processor") or {}
    return read_preprocess({"size": config_size, "crop_size": config_size} | values, str(source), image_size)


def read_preprocess(values: Values, where: str, image_size: int | None) -> ShorterSidePreprocess:
    """The content of preprocessor_config.json; with another ``image_size`` everything else keeps its proportion.

    Raises:
        ModelError: it asks for something else than resizing, cutting out the middle and normalising.
    """
    values = CLIP_PICTURES | values
    other = [name for name in ALWAYS if abs(values[name] - CLIP_PICTURES[name]) > 1e-9]
    try:
        size, crop = number(values["size"], "shortest_edge"), number(values["crop_size"], "height", "width")
        mean, deviation = ((float(v[0]), float(v[1]), float(v[2])) for v in (values["image_mean"], values["image_std"]))
    except (IndexError, KeyError, TypeError, ValueError):
        other.append("a size that is no square")
    if other:
        raise ModelError(f"{where} prepares its pictures in a way that cannot be read here ({', '.join(other)}).")
    image_size = image_size or crop
    shorter = round(size * image_size / crop)
    return ShorterSidePreprocess(image_size, mean, deviation, shorter, int(values["resample"]))


def number(size: Any, *names: str) -> int:
    """A size that is a number, or an object whose ``names`` are the same number; ValueError or KeyError else."""
    (side,) = {size[name] for name in names} if isinstance(size, dict) else {size}
    return int(side)


def load_captions(source: Source, max_tokens: int, vocabulary_size: int) -> Tokenizer:
    """The checkpoint's tokenizer; captions are cut to the shorter of its own limit and ``max_tokens``.

    Raises:
        ModelError: it holds none, a damaged one, or one with more tokens than the encoder knows.
    """
    settings = source.json("tokenizer_config.json") or {}
    source.file("special_tokens_map.json")  # read by transformers, from beside the others
    try:
        wrapped = open_tokenizer(source, settings)
    except ModelError:
        raise
    except Exception as error:  # the reader behind it raises nothing more precise
        raise ModelError(f"The tokenizer of {source} is damaged ({error}): download it again.") from None
    if len(wrapped) > vocabulary_size:
        raise ModelError(f"The tokenizer of {source} has {len(wrapped)} tokens, its text encoder {vocabulary_size}.")
    if wrapped.pad_token is None:
        wrapped.pad_token = known_padding(wrapped, source)
    return Tokenizer(wrapped, int(min(wrapped.model_max_length, max_tokens, LENGTHS[-1])))


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


def known_padding(wrapped: Any, source: Source) -> str:
    """The token that fills up short captions where the files do not name it."""
    known = [token for token in ("[PAD]", "<pad>", "<|endoftext|>") if token in wrapped.get_vocab()]
    if not known:
        raise ModelError(f"The tokenizer of {source} has no token for padding.")
    return known[0]
