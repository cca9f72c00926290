"""Pictures and captions are prepared as ``transformers`` prepares them from the same files."""

import json

import numpy as np
import pytest
import transformers
from PIL import Image

from clipit.hub import ModelError
from clipit.hub.preparing import load_captions, load_preprocess, read_preprocess
from clipit.hub.source import Source

SIZES = [(224, 224), (300, 200), (200, 301), (37, 500), (64, 64), (13, 9), (225, 224)]
SETTINGS = {
    "CLIP": {},
    "a border cut off": {"size": {"shortest_edge": 72}, "crop_size": {"height": 64, "width": 64}},
    "old spelling": {"size": 50, "crop_size": 33},
    "smaller than the cut": {"size": {"shortest_edge": 20}, "crop_size": {"height": 31, "width": 31}},
    "other colours": {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.1, 0.2, 0.3], "resample": 2},
}


def some_pictures():
    generator = np.random.default_rng(0)
    return [generator.integers(0, 256, (height, width, 3), np.uint8) for width, height in SIZES]


@pytest.mark.parametrize("case", SETTINGS)
def test_pictures_are_prepared_as_in_transformers(case, tmp_path):
    theirs = transformers.CLIPImageProcessorPil(**SETTINGS[case])
    theirs.save_pretrained(tmp_path)
    ours, pictures = load_preprocess(Source(tmp_path), 224, None), some_pictures()
    expected = np.stack([theirs(Image.fromarray(picture))["pixel_values"][0] for picture in pictures])
    found = ours(pictures)
    assert found.shape == (len(SIZES), ours.image_size, ours.image_size, 3)
    steps = np.abs(found - expected.transpose(0, 2, 3, 1)) * np.array(ours.deviation) * 255
    assert steps.max() < 0.01  # of one of the 255 steps of a colour: only rounding
    np.testing.assert_array_equal(ours([Image.fromarray(picture) for picture in pictures]), found)


def test_without_a_file_pictures_are_prepared_as_clip_does_it(tmp_path):
    assert load_preprocess(Source(tmp_path), 224, None) == read_preprocess({"size": 224, "crop_size": 224}, "", None)
    assert load_preprocess(Source(tmp_path), 64, None).shorter_side == 64


def test_the_file_of_a_whole_processor_is_read_too(tmp_path):
    inside = {"image_processor": {"size": {"shortest_edge": 80}, "crop_size": {"height": 64, "width": 64}}}
    (tmp_path / "processor_config.json").write_text(json.dumps(inside))
    assert load_preprocess(Source(tmp_path), 64, None).shorter_side == 80


def test_another_size_keeps_the_proportion_of_the_border():
    values = {"size": 256, "crop_size": 224}
    prepared = read_preprocess(values, "", image_size=112)
    assert (prepared.image_size, prepared.shorter_side) == (112, 128)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"do_center_crop": False}, "do_center_crop"),
        ({"rescale_factor": 1.0}, "rescale_factor"),
        ({"size": {"height": 224, "width": 224}}, "size"),
        ({"crop_size": {"height": 224, "width": 200}}, "size"),
        ({"image_mean": 0.5}, "image_mean 0.5"),
        ({"image_std": [1, 0, 1]}, "image_std"),
        ({"size": "large"}, "size 'large'"),
        ({"crop_size": 0}, "crop_size 0"),
        ({"do_resize": None}, "do_resize None"),
        ({"resample": "bicubic"}, "resample"),
    ],
)
def test_another_way_of_preparing_is_refused_in_one_sentence(values, said):
    with pytest.raises(ModelError, match="the test prepares its pictures in a way that cannot be read here") as raised:
        read_preprocess({"size": 224, "crop_size": 224} | values, "the test", None)
    assert said in str(raised.value)


# Captions

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "due", "gatti", "ner", "##i", "perché", "perche", "un", ","]
CAPTIONS = ["Due gatti neri, perché", "due", "perche un", "gatti neri neri"]


def write_words(folder, words, **settings):
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", "utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def same_tokens(ours, theirs, captions=CAPTIONS):
    expected, found = theirs(captions, padding=True, return_tensors="np"), ours(captions)
    width = expected["input_ids"].shape[1]
    for name in ("input_ids", "attention_mask"):
        np.testing.assert_array_equal(found[name][:, :width], expected[name])
    assert not found["attention_mask"][:, width:].any()
    assert len(set(found["input_ids"].ravel().tolist())) > 3, "the vocabulary was not read"


@pytest.mark.parametrize("settings", [{"do_lower_case": False}, {"do_lower_case": True}, {"strip_accents": False}])
def test_the_vocabulary_of_bert_is_read_as_transformers_reads_it(settings, tmp_path):
    write_words(tmp_path, [*WORDS, "Due"], **{"do_lower_case": True} | settings)
    ours = load_captions(Source(tmp_path), max_tokens=64, vocabulary_size=20)
    same_tokens(ours, transformers.BertTokenizer.from_pretrained(tmp_path))


@pytest.mark.parametrize(("words", "piece"), [([*WORDS, "Due"], "Due"), (WORDS, "due")], ids=["cased", "uncased"])
def test_where_no_file_says_it_the_vocabulary_shows_whether_it_is_cased(words, piece, tmp_path):
    write_words(tmp_path, words)
    tokenizer = load_captions(Source(tmp_path), max_tokens=64, vocabulary_size=20)
    assert tokenizer.tokens("Due gatti") == ["[CLS]", piece, "gatti", "[SEP]"]


def test_a_tokenizer_that_transformers_saved_is_read(tmp_path):
    write_words(tmp_path, WORDS, strip_accents=False)
    theirs = transformers.BertTokenizer.from_pretrained(tmp_path)
    theirs.save_pretrained(tmp_path / "saved")
    same_tokens(load_captions(Source(tmp_path / "saved"), max_tokens=64, vocabulary_size=20), theirs)


def clip_tokenizer(folder):
    pieces = ["c", "a", "t", "s", "t</w>", "s</w>", "ca", "cat</w>", "<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({piece: number for number, piece in enumerate(pieces)}))
    (folder / "merges.txt").write_text("#version: 0.2\nc a\nca t</w>\n")
    return transformers.CLIPTokenizer.from_pretrained(folder)


def test_the_tokenizer_of_clip_is_read_and_fills_up_with_its_end(tmp_path):
    theirs = clip_tokenizer(tmp_path)
    ours = load_captions(Source(tmp_path), max_tokens=7, vocabulary_size=10)
    same_tokens(ours, theirs, ["cat CAT s", "cat", "s cat s"])
    assert ours(["cat"])["input_ids"].tolist() == [[8, 7, 9, 9, 9, 9, 9]]
    assert ours(["cat " * 20])["input_ids"].tolist() == [[8, 7, 7, 7, 7, 7, 9]], "the end is kept when a text is cut"


@pytest.mark.parametrize(
    ("own", "encoder", "expected"), [(10, 64, 10), (None, 64, 64), (10**30, 512, 512), (77, 20, 20)]
)
def test_captions_are_cut_to_the_shortest_limit(own, encoder, expected, tmp_path):
    write_words(tmp_path, WORDS, **({} if own is None else {"model_max_length": own}))
    assert load_captions(Source(tmp_path), max_tokens=encoder, vocabulary_size=20).max_tokens == expected


def test_a_tokenizer_without_padding_gets_one_from_its_vocabulary(tmp_path):
    write_words(tmp_path, WORDS)
    transformers.BertTokenizer.from_pretrained(tmp_path).save_pretrained(tmp_path)
    (tmp_path / "tokenizer_config.json").unlink()
    (tmp_path / "vocab.txt").unlink(missing_ok=True)
    ours = load_captions(Source(tmp_path), max_tokens=8, vocabulary_size=20)
    assert ours(["due"])["input_ids"].tolist() == [[2, 5, 3, 0, 0, 0, 0, 0]]


def test_a_vocabulary_without_a_word_for_the_unknown_is_damaged(tmp_path):
    write_words(tmp_path, [word for word in WORDS if word != "[UNK]"])
    with pytest.raises(ModelError, match=r"The tokenizer of .* is damaged .*\[UNK\]"):
        load_captions(Source(tmp_path), max_tokens=8, vocabulary_size=20)


@pytest.mark.parametrize("limit", [0, 1, "many"])
def test_a_limit_that_leaves_no_room_is_damaged(limit, tmp_path):
    write_words(tmp_path, WORDS, model_max_length=limit)
    with pytest.raises(ModelError, match="The tokenizer of .* is damaged"):
        load_captions(Source(tmp_path), max_tokens=8, vocabulary_size=20)


def test_half_a_processor_is_damaged(tmp_path):
    (tmp_path / "processor_config.json").write_text('{"image_processor": [1]}')
    with pytest.raises(ModelError, match=r"processor_config.json of .* is damaged"):
        load_preprocess(Source(tmp_path), 64, None)
