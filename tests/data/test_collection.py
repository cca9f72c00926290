"""Captioned pictures from a folder: decoded once, divided by what they show, varied so that captions stay true."""

import numpy as np
import pytest
from PIL import Image

from clipit.data import collection as module
from clipit.data.collection import read_collection
from clipit.data.preparing import PrepareSettings, prepare
from clipit.data.sources import open_source
from clipit.data.splits import Shares
from clipit.data.variations import make_pairs, may_mirror, with_variations
from clipit.inputs.pictures import Preprocess
from clipit.inputs.tokenizer import train_tokenizer

PREPARE = Preprocess(16)


def picture(number, side=24):
    return np.random.default_rng(number).integers(0, 255, (side, side, 3), np.uint8)


@pytest.fixture
def folder(tmp_path):
    """Twelve pictures; number 12 is number 3 in another size, number 5 has three captions, one file is no picture."""
    lines = [f"{number}.png,foto {number}" for number in range(12)]
    for number in range(12):
        Image.fromarray(picture(number)).save(tmp_path / f"{number}.png")
    Image.fromarray(picture(3)).resize((48, 48), Image.Resampling.NEAREST).save(tmp_path / "12.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    lines += ["12.png,la terza", "5.png,una foto a destra", "5.png,la quinta", "broken.png,niente"]
    (tmp_path / "metadata.csv").write_text("\n".join(["file_name,caption", *lines]))
    return tmp_path


def test_what_is_nearly_the_same_stands_in_one_split(folder):
    read = read_collection(str(folder), PREPARE)
    homes = {thing.key: thing.home for thing in read.things}
    assert homes.pop("12.png") == "3.png" and all(key == home for key, home in homes.items())
    for seed in range(8):
        splits = read.splits(seed, Shares(0.3, 0.3))
        of = {thing.key: split for split, things in splits.items() for thing in things}
        assert len(of) == 13 and of["12.png"] == of["3.png"]
    assert len({tuple(map(len, read.splits(seed).values())) for seed in range(8)}) > 1, "the seed decides"


def test_a_picture_that_cannot_be_opened_is_left_out_by_name(folder, capsys):
    read = read_collection(str(folder), PREPARE)
    assert "broken.png" not in {thing.key for thing in read.things}
    assert "broken.png is not a picture" in capsys.readouterr().err


def test_it_is_decoded_once_and_again_when_a_picture_changes(folder, monkeypatch):
    first = read_collection(str(folder), PREPARE)
    with monkeypatch.context() as patch:
        patch.setattr(module, "open_picture", None)
        np.testing.assert_array_equal(read_collection(str(folder), PREPARE).pixels, first.pixels)
    Image.fromarray(picture(99)).save(folder / "7.png")
    second = read_collection(str(folder), PREPARE)
    place = {thing.key: thing.views[0] for thing in second.things}
    assert (second.pixels[place["7.png"]] != first.pixels[place["7.png"]]).any()
    np.testing.assert_array_equal(second.pixels[place["5.png"]], PREPARE.resize(picture(5)))


def test_pairs_have_all_captions_and_views(folder):
    read = read_collection(str(folder), PREPARE)
    pairs = make_pairs(read, read.things, train_tokenizer(read.captions))
    five = [thing.key for thing in read.things].index("5.png")
    assert len(pairs) == 13 and pairs.texts.shape == (13, 3)
    assert len(set(pairs.texts[five])) == 3 and len(set(pairs.texts[five - 1])) == 1
    np.testing.assert_array_equal(pairs.pixels[pairs.views[five, 0]], PREPARE.resize(picture(5)))


def test_a_prepared_folder_keeps_its_splits(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("prepared")
    prepare(open_source(str(folder)), out, PrepareSettings(shares=Shares(0.25, 0.25)), quiet=True)
    splits = read_collection(str(out), PREPARE).splits(seed=5)
    assert all(splits.values()) and read_collection(str(out), PREPARE).splits(seed=6) == splits
    assert not {"3.png", "12.png"} <= {thing.key for things in splits.values() for thing in things} or any(
        {"3.png", "12.png"} <= {thing.key for thing in things} for things in splits.values()
    )


def test_nothing_to_read_is_one_sentence(tmp_path):
    with pytest.raises(ValueError, match="There is no folder .*nowhere, and no source"):
        read_collection(str(tmp_path / "nowhere"), PREPARE)
    (tmp_path / "a.png").write_bytes(b"no picture")
    (tmp_path / "metadata.csv").write_text("file_name,caption\na.png,un gatto")
    with pytest.raises(ValueError, match="holds no picture that can be opened"):
        read_collection(str(tmp_path), PREPARE)


@pytest.mark.parametrize(
    ("caption", "language", "expected"),
    [("un gatto", "it", True), ("un gatto A SINISTRA", "it", False), ("orecchio destro", "it", False),
     ("le tre e mezza", "it", True), ("ore tre", "it", False), ("right here", "en", False),
     ("a bright cat", "en", True), ("eine Katze", "de", False)],
)  # fmt: skip
def test_captions_that_know_left_from_right_are_not_mirrored(caption, language, expected):
    assert may_mirror([caption], language).tolist() == [expected]


def test_variations_are_cut_outs_and_only_allowed_ones_are_mirrored(folder):
    read = read_collection(str(folder), PREPARE)
    pairs = make_pairs(read, read.things, train_tokenizer(read.captions))
    none = np.zeros(13, bool)
    varied = with_variations(pairs, 4, none, seed=0)
    assert varied.views.shape == (13, 5) and len(set(varied.views.reshape(-1))) == 65
    np.testing.assert_array_equal(varied.pixels[varied.views[:, 0]], pairs.pixels[pairs.views[:, 0]])
    np.testing.assert_array_equal(with_variations(pairs, 4, none, seed=0).pixels, varied.pixels)
    allowed = np.arange(13) < 9
    mirrored = with_variations(pairs, 4, allowed, seed=0)
    turned = np.zeros((13, 4), bool)
    for row, view in np.ndindex(13, 4):
        before, after = (some.pixels[some.views[row, 1 + view]] for some in (varied, mirrored))
        turned[row, view] = (before != after).any()
        np.testing.assert_array_equal(after[:, ::-1] if turned[row, view] else after, before)
    assert 0 < turned[allowed].sum() < 36 and not turned[~allowed].any()
