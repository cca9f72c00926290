"""What a tokenizer makes of somebody's words: which it knows, which it cuts into pieces, and what they mean.

>>> from clipit.inputs.tokenizer import train_tokenizer
>>> tokenizer = train_tokenizer(["due gatti neri"] * 3, vocabulary_size=60)
>>> [word.pieces for word in words(tokenizer, "Due gatte")]
[('due',), ('ga', '##t', '##t', '##e')]
>>> word_by_word(tokenizer, "due gatti neri", {"gatti neri": "black cats"})
'gatti neri = black cats'
"""

from collections.abc import Mapping
from dataclasses import dataclass

from clipit.inputs.tokenizer import Tokenizer

LONGEST_NAME = 3  # words; "light blue" may be one word there and two here


@dataclass(frozen=True)
class Word:
    """A word as it was typed, in small letters, and the pieces that the model reads."""

    text: str
    pieces: tuple[str, ...]


def words(tokenizer: Tokenizer, text: str) -> list[Word]:
    """The words of a text."""
    encoded = tokenizer.transformers_tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    found: dict[int, list[tuple[str, int, int]]] = {}
    for piece, number, (start, end) in zip(
        encoded.tokens(), encoded.word_ids(), encoded["offset_mapping"], strict=True
    ):
        if number is not None:
            found.setdefault(number, []).append((piece, start, end))
    return [
        Word(text[parts[0][1] : parts[-1][2]].strip().lower(), tuple(piece for piece, *_ in parts))
        for parts in found.values()
    ]


def strange(tokenizer: Tokenizer, text: str) -> list[str]:
    """A sentence for each word that is not in the model's vocabulary."""
    unknown = tokenizer.transformers_tokenizer.unk_token
    said = []
    for word in words(tokenizer, text):
        if unknown in word.pieces:
            said.append(f"“{word.text}” has letters that the model has never seen: it counts as an unknown word.")
        elif len(word.pieces) > 1:
            pieces = " ".join(word.pieces)
            said.append(f"“{word.text}” is no word of the model's vocabulary: it reads the pieces {pieces}.")
    return said


def word_by_word(tokenizer: Tokenizer, text: str, glosses: Mapping[str, str]) -> str:
    """What the words of a text mean, as far as somebody wrote that down, the longest names first."""
    left, found = [word.text for word in words(tokenizer, text)], []
    while left:
        names = [" ".join(left[:length]) for length in range(min(LONGEST_NAME, len(left)), 0, -1)]
        known = next((name for name in names if name in glosses), None)
        if known is not None:
            found.append(f"{known} = {glosses[known]}")
        left = left[len(known.split(" ")) if known is not None else 1 :]
    return ", ".join(found)
