"""From captions to token numbers: WordPiece (Schuster and Nakajima 2012; BERT's), learned from captions.

>>> tokenizer = train_tokenizer(["due gatti neri", "un gatto su un letto"] * 3, vocabulary_size=60)
>>> tokenizer(["due gatti"])["attention_mask"].tolist()
[[1, 1, 1, 1, 0, 0, 0, 0]]
"""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tokenizers
from jaxtyping import Int32
from tokenizers import models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

LENGTHS = (8, 16, 24, 32, 48, 64, 77, 96, 128, 256, 512)  # batches have one of these lengths: few programs to compile
SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}


class Tokenizer:
    """Wraps a tokenizer of ``transformers``: padded NumPy arrays out, a few fixed lengths.

    Attributes:
        transformers_tokenizer: the wrapped one, to save, share or train on.
        max_tokens: longer captions are cut to this many tokens.
    """

    def __init__(self, transformers_tokenizer: PreTrainedTokenizerFast, max_tokens: int = 32):
        self.transformers_tokenizer = transformers_tokenizer
        self.max_tokens = max_tokens

    def __call__(self, captions: Sequence[str]) -> dict[str, Int32[np.ndarray, "n tokens"]]:
        """Captions to ``{"input_ids", "attention_mask"}``, both int32 [n, tokens]; the mask is 0 on padding.

        Raises:
            TypeError: a single string was given instead of a list.
        """
        if isinstance(captions, str):
            raise TypeError(f"The tokenizer takes a list of captions: use [{captions!r}].")
        encoded: list[list[int]] = []
        if len(captions):  # transformers cannot encode nothing
            cut = {"truncation": True, "max_length": self.max_tokens}
            encoded = self.transformers_tokenizer(list(captions), **cut)["input_ids"]
        longest = max((len(tokens) for tokens in encoded), default=1)
        length = min(next(length for length in LENGTHS if length >= longest), self.max_tokens)
        input_ids = np.full((len(encoded), length), self.transformers_tokenizer.pad_token_id, np.int32)
        attention_mask = np.zeros_like(input_ids)
        for row, tokens in enumerate(encoded):
            input_ids[row, : len(tokens)], attention_mask[row, : len(tokens)] = tokens, 1
        return {"input_ids": input_ids, "attention_mask": attention_mask}

    @property
    def vocabulary_size(self) -> int:
        """Number of tokens that it knows."""
        return len(self.transformers_tokenizer)

    def tokens(self, caption: str) -> list[str]:
        """The pieces of one caption as text, for looking at them."""
        input_ids = self.transformers_tokenizer(caption)["input_ids"]
        return list(self.transformers_tokenizer.convert_ids_to_tokens(input_ids))

    def save(self, folder: str | Path) -> None:
        """Writes tokenizer.json, last, and tokenizer_config.json, which ``transformers`` reads too."""
        self.transformers_tokenizer.model_max_length = self.max_tokens  # where captions are cut is written there
        with tempfile.TemporaryDirectory(dir=folder) as unfinished:
            self.transformers_tokenizer.save_pretrained(unfinished)
            for file in sorted(Path(unfinished).iterdir(), reverse=True):
                os.replace(file, Path(folder) / file.name)


def train_tokenizer(captions: Sequence[str], vocabulary_size: int = 1000, max_tokens: int = 32) -> Tokenizer:
    """Learns WordPiece from captions: lower case, accents kept (in Italian "e" and "è" are different words)."""
    words = learn_vocabulary(captions, vocabulary_size)
    learned = blank_tokenizer(models.WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    ends = [(token, words.index(token)) for token in ("[CLS]", "[SEP]")]
    learned.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    wrapped = PreTrainedTokenizerFast(tokenizer_object=learned, model_max_length=max_tokens, **SPECIAL)
    return Tokenizer(wrapped, max_tokens)


def blank_tokenizer(model: models.Model) -> tokenizers.Tokenizer:
    """Lower case with accents, cut at spaces and punctuation."""
    blank = tokenizers.Tokenizer(model)
    blank.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=False)
    blank.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return blank


def learn_vocabulary(captions: Sequence[str], vocabulary_size: int) -> list[str]:
    """The special tokens, then the learned pieces in alphabetical order.

    The trainer numbers the letters inside words ("##a") as its hash table happens to give them, and breaks ties by
    these numbers; announcing them beforehand in a fixed order makes every process learn the same pieces.
    """
    special = list(SPECIAL.values())
    letters = sorted(set("".join(captions).lower()) - set(" "))
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocabulary_size,
        special_tokens=special + letters + [f"##{letter}" for letter in letters],
        show_progress=False,
    )
    learner = blank_tokenizer(models.WordPiece(unk_token="[UNK]"))
    learner.train_from_iterator(captions, trainer)
    return special + sorted(set(learner.get_vocab()) - set(special))


def load_tokenizer(folder: str | Path) -> Tokenizer:
    """Reads a tokenizer that ``save`` or ``transformers`` wrote.

    Raises:
        ValueError: the folder holds no tokenizer.json, or a damaged one.
    """
    if not (Path(folder) / "tokenizer.json").is_file():
        raise ValueError(f"{folder} holds no tokenizer.json.")
    try:
        loaded = PreTrainedTokenizerFast.from_pretrained(str(folder))
    except Exception as error:  # the reader of JSON behind it raises nothing more precise
        raise ValueError(f"The tokenizer.json in {folder} is damaged ({error}): copy or train it again.") from None
    return Tokenizer(loaded, loaded.model_max_length)
