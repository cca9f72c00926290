"""The tokenizer: the same everywhere, readable by transformers, and never surprised by a caption."""

import json
import subprocess
import sys

import numpy as np
import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from clipit.inputs.tokenizer import LENGTHS, Tokenizer, load_tokenizer, train_tokenizer

CAPTIONS = [
    "due gatti neri su sfondo verde",
    "un gatto è su un letto",
    "c'è una città con tre elefanti grigi",
    "perché quattro pecore sono più di tre",
    "un'ape gialla e cinque uova rosse",
]
ODD = ["", "   ", "🐱🐱", "x" * 10_000, "gatto " * 2_000, "[MASK] gatto", "due gatti\nneri", "日本語", "un gatto ZX9"]


@pytest.fixture(scope="module")
def tokenizer():
    return train_tokenizer(CAPTIONS, vocabulary_size=120, max_tokens=16)


def test_every_process_learns_the_same_vocabulary():
    """Python and the trainer both use hash tables; neither may decide which number a word gets."""
    code = (
        "import json, sys\nfrom clipit.inputs.tokenizer import train_tokenizer\n"
        f"print(json.dumps(train_tokenizer({CAPTIONS!r} * 3, 120).transformers_tokenizer.get_vocab(), sort_keys=True))"
    )
    learned = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment).stdout
        for environment in ({"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2"})
    ]
    assert learned[0] == learned[1]
    assert json.loads(learned[0])["[PAD]"] == 0


@pytest.mark.parametrize("reader", [AutoTokenizer, PreTrainedTokenizerFast])
def test_transformers_reads_what_is_saved(reader, tokenizer, tmp_path):
    tokenizer.save(tmp_path)
    theirs = reader.from_pretrained(str(tmp_path))
    for caption in [*CAPTIONS, *ODD]:
        ours = tokenizer([caption])
        ids = ours["input_ids"][0, ours["attention_mask"][0] > 0].tolist()
        assert ids == theirs(caption, truncation=True, max_length=16)["input_ids"]


def test_reading_gives_back_what_was_saved(tokenizer, tmp_path):
    tokenizer.save(tmp_path)
    again = load_tokenizer(tmp_path)
    assert (again.max_tokens, again.vocabulary_size) == (16, tokenizer.vocabulary_size)
    for key, values in tokenizer([*CAPTIONS, *ODD]).items():
        np.testing.assert_array_equal(again([*CAPTIONS, *ODD])[key], values)


def test_a_folder_without_a_tokenizer_says_so(tmp_path):
    with pytest.raises(ValueError, match=r"holds no tokenizer\.json"):
        load_tokenizer(tmp_path)


def test_a_damaged_tokenizer_is_one_sentence(tokenizer, tmp_path):
    tokenizer.save(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(ValueError, match=r"tokenizer\.json.* is damaged"):
        load_tokenizer(tmp_path)


@pytest.mark.parametrize("words", [1, 6, 7, 14, 15, 40, 200])
def test_lengths_are_few(words):
    wide = train_tokenizer(CAPTIONS, 120, max_tokens=60)
    tokens = wide(["gatto " * words, "gatto"])
    length = tokens["input_ids"].shape[1]
    assert length in (*LENGTHS, 60) and length >= min(words + 2, 60)
    smaller = [candidate for candidate in LENGTHS if candidate < length]
    assert not smaller or max(smaller) < words + 2
    assert tokens["attention_mask"].sum(1).tolist() == [min(words + 2, 60), 3]


def test_padding_is_zero_in_the_mask_and_only_there(tokenizer):
    tokens = tokenizer(CAPTIONS)
    padding = tokens["input_ids"] == tokenizer.transformers_tokenizer.pad_token_id
    np.testing.assert_array_equal(padding, tokens["attention_mask"] == 0)
    assert {values.dtype for values in tokens.values()} == {np.dtype(np.int32)}


@pytest.mark.parametrize("caption", ODD)
def test_any_caption_has_a_beginning_and_an_end(caption, tokenizer):
    tokens = tokenizer([caption])
    ids = tokens["input_ids"][0, tokens["attention_mask"][0] > 0]
    names = tokenizer.transformers_tokenizer.convert_ids_to_tokens(ids)
    assert 2 <= len(ids) <= 16 and (names[0], names[-1]) == ("[CLS]", "[SEP]")


def test_a_long_caption_is_cut_and_its_end_kept(tokenizer):
    long, short = tokenizer(["gatto " * 100])["input_ids"][0], tokenizer(["gatto " * 14])["input_ids"][0]
    np.testing.assert_array_equal(long, short)


def test_accents_make_another_word(tokenizer):
    """In Italian "e" (and) and "è" (is) are two words; capitals make no other word."""
    assert tokenizer.tokens("è") == ["[CLS]", "è", "[SEP]"]
    assert tokenizer.tokens("è") != tokenizer.tokens("e")
    assert tokenizer.tokens("CITTÀ") == tokenizer.tokens("città")
    assert "[UNK]" not in tokenizer.tokens("perché più")


def test_known_words_are_one_piece_and_new_ones_several():
    learned = train_tokenizer(["due gatti neri"] * 50, vocabulary_size=100)
    assert learned.tokens("gatti") == ["[CLS]", "gatti", "[SEP]"]
    assert [piece.removeprefix("##") for piece in learned.tokens("gattine")[1:-1]] != ["gattine"]
    assert "".join(piece.removeprefix("##") for piece in learned.tokens("gattine")[1:-1]) == "gattine"


def test_what_the_letters_do_not_spell_is_unknown(tokenizer):
    assert tokenizer.tokens("🐱") == ["[CLS]", "[UNK]", "[SEP]"]


def test_no_captions_are_an_empty_batch(tokenizer):
    assert tokenizer([])["input_ids"].shape[0] == 0


def test_one_string_instead_of_a_list_is_refused(tokenizer):
    with pytest.raises(TypeError, match=r"takes a list of captions: use \['due gatti'\]"):
        tokenizer("due gatti")


def test_numbers_are_below_the_vocabulary_size(tokenizer):
    assert tokenizer([*CAPTIONS, *ODD])["input_ids"].max() < tokenizer.vocabulary_size <= 120
    assert isinstance(tokenizer, Tokenizer)
