"""Searching and choosing: the best first, shares that add up, and a sentence for what cannot be searched."""

import numpy as np
import pytest
from PIL import Image

from clipit.apps.searching import classify, knows_nothing, picture_files, search
from clipit.data.emoji.world import make_world
from clipit.inputs import PictureError, open_image
from clipit.inputs.tokenizer import train_tokenizer
from clipit.training.features import embed_captions, embed_pixels


@pytest.fixture(scope="module")
def trained(tiny_run):
    return tiny_run.model, tiny_run.tokenizer


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Six pictures of several kinds, and files that are none."""
    place = tmp_path_factory.mktemp("pictures")
    for row, image in enumerate(make_world("test", 6)["image"]):
        image.resize((100, 70 + row)).save(place / f"{row}.{('png', 'JPG', 'webp')[row % 3]}")
    (place / "notes.txt").write_text("no picture")
    (place / "deeper").mkdir()
    return place


def test_pictures_of_a_folder_in_the_order_of_their_names(folder):
    assert [path.name for path in picture_files(folder)] == ["0.png", "1.JPG", "2.webp", "3.png", "4.JPG", "5.webp"]


def test_a_search_in_a_folder_is_ordered_by_similarity(trained, folder):
    model, tokenizer = trained
    found = search(model, tokenizer, "due gatti neri", folder, top=4)
    images = embed_pixels(
        model, np.stack([model.preprocess.resize(open_image(path)) for path in picture_files(folder)])
    )
    by_hand = images @ embed_captions(model, tokenizer, ["due gatti neri"])[0]
    order = np.argsort(-by_hand)[:4]
    assert [one.place for one in found] == [str(picture_files(folder)[row]) for row in order]
    assert [one.similarity for one in found] == pytest.approx(by_hand[order].tolist(), abs=1e-5)
    assert {one.caption for one in found} == {""}


def test_more_than_there_is_gives_all(trained, folder):
    assert len(search(*trained, "gatto", folder, top=50)) == 6


def test_without_a_folder_the_gallery_is_searched(trained):
    found = search(*trained, "  due gatti neri  ", top=3)
    assert len(found) == 3 and all(one.caption and one.place.startswith("gallery/") for one in found)
    assert found == search(*trained, "due gatti neri", top=3)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "The query is empty"),
        ("  \n", "The query is empty"),
        ("gatto " * 500, "The query has 2999 characters"),
        ("🐱🐱", "The model knows no word"),
        ("!?", "The model knows no word"),
    ],
)
def test_a_query_that_cannot_be_used_is_a_sentence(query, sentence, trained, folder):
    with pytest.raises(ValueError, match=sentence) as raised:
        search(*trained, query, folder)
    assert str(raised.value).endswith(".")


def test_a_folder_that_cannot_be_searched_is_a_sentence(trained, tmp_path):
    with pytest.raises(ValueError, match="There is no folder"):
        search(*trained, "gatto", tmp_path / "nowhere")
    with pytest.raises(ValueError, match="holds no pictures"):
        search(*trained, "gatto", tmp_path)


def test_a_damaged_picture_in_a_folder_is_named(trained, tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"nothing")
    with pytest.raises(PictureError, match=r"bad\.png is not a picture"):
        search(*trained, "gatto", tmp_path)


@pytest.mark.parametrize("top", [0, -1])
def test_nothing_to_show_is_refused(top, trained, folder):
    with pytest.raises(ValueError, match=f"at least one picture, not {top}"):
        search(*trained, "gatto", folder, top=top)


def test_shares_of_labels_add_up_to_one_and_are_a_softmax(trained, folder):
    model, tokenizer = trained
    labels = ["un gatto", "un cane", "tre mele"]
    shares = classify(model, tokenizer, folder / "0.png", labels)
    assert list(shares) == labels and sum(shares.values()) == pytest.approx(1)
    image = embed_pixels(model, model.preprocess.resize(open_image(folder / "0.png"))[None])[0]
    logits = float(model.logit_scale()) * embed_captions(model, tokenizer, labels) @ image
    assert list(shares.values()) == pytest.approx((np.exp(logits) / np.exp(logits).sum()).tolist(), abs=1e-5)


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ([], "at least two labels"),
        (["gatto"], "at least two labels"),
        (["gatto", "🐱"], "knows no word of '🐱'"),
        (["gatto", "cane", "gatto"], "label 'gatto' is there twice"),
    ],
)
def test_labels_that_leave_no_choice_are_a_sentence(labels, sentence, trained, folder):
    with pytest.raises(ValueError, match=sentence):
        classify(*trained, folder / "0.png", labels)


def test_a_picture_that_is_not_there_is_a_sentence(trained, tmp_path):
    with pytest.raises(PictureError, match="There is no picture"):
        classify(*trained, tmp_path / "no.png", ["gatto", "cane"])


def test_a_chinese_character_is_a_word_and_a_single_letter_is_none():
    tokenizer = train_tokenizer(["三只 黑 猫", "a cat"] * 5, 60)
    assert not knows_nothing(tokenizer, "猫")
    assert knows_nothing(tokenizer, "a") and knows_nothing(tokenizer, "犬")  # a letter, and one that was never read
