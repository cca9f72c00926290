"""No picture on two sides: not by its key, and not by its looks."""

import io
import itertools

import datasets
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from clipit.data import duplicates
from clipit.data.duplicates import Fingerprints, difference_hash, find_leaks, fingerprints, near_pairs, remove_leaks
from clipit.data.emoji.sampling import WorldSettings
from clipit.data.emoji.world import make_world
from clipit.data.splits import SPLITS, Shares, split_dataset, split_of
from clipit.inputs.pictures import open_images

# Splits


@given(st.text(), st.integers(0, 5))
def test_a_key_has_one_home_for_ever(key, seed):
    assert split_of(key, seed=seed) == split_of(key, seed=seed) in SPLITS


def test_the_shares_are_those_that_were_asked_for():
    homes = [split_of(f"http://a.org/{number}.jpg", Shares(0.1, 0.2)) for number in range(5_000)]
    for split, share in {"train": 0.7, "validation": 0.1, "test": 0.2}.items():
        assert abs(homes.count(split) / 5_000 - share) < 4 * (share * (1 - share) / 5_000) ** 0.5


def test_more_held_out_takes_from_training_only():
    """What was in the test split is still there when it grows."""
    keys = list(map(str, range(2_000)))
    small = {key for key in keys if split_of(key, Shares(0.0, 0.1)) == "test"}
    large = {key for key in keys if split_of(key, Shares(0.0, 0.3)) == "test"}
    assert small < large


def test_captions_of_one_picture_stay_together():
    rows = [{"key": str(number % 40), "caption": f"didascalia {number}"} for number in range(200)]
    parts = split_dataset(datasets.Dataset.from_list(rows), Shares(0.3, 0.3))
    keys = {split: set(parts[split]["key"]) for split in SPLITS}
    assert sum(map(len, keys.values())) == 40 and all(keys.values())
    assert sum(map(len, parts.values())) == 200


@pytest.mark.parametrize("shares", [(0.5, 0.5), (-0.1, 0.2), (1.0, 0.0)])
def test_impossible_shares(shares):
    with pytest.raises(ValueError, match="shares between 0 and 1"):
        Shares(*shares)


# Near duplicates


@pytest.fixture(scope="module")
def pictures():
    """Eighty pictures of the small world, no two of the same scene."""
    return open_images(make_world("test", 80, settings=WorldSettings(image_size=128))["image"])


def changed(picture, how):
    image = Image.fromarray(picture)
    if how == "smaller":
        return np.asarray(image.resize((90, 70), Image.Resampling.BICUBIC))
    if how == "brighter":
        return np.asarray(ImageEnhance.Brightness(image).enhance(1.06))
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", quality=40)
    return np.asarray(Image.open(encoded))


@pytest.mark.parametrize("how", ["smaller", "brighter", "compressed"])
def test_the_same_picture_in_another_form_is_found(pictures, how):
    pairs = near_pairs(fingerprints(changed(picture, how) for picture in pictures), fingerprints(pictures))
    assert sum((number, number) in pairs for number in range(80)) >= 0.95 * 80


def test_different_pictures_are_not_taken_for_one(pictures):
    prints = fingerprints(pictures)
    false = [pair for pair in near_pairs(prints, prints) if pair[0] != pair[1]]
    assert len(false) <= 2  # of 6,320


def test_the_hash_knows_no_colour_but_the_thumbnail_does():
    red, blue = (np.full((30, 30, 3), color, np.uint8) for color in ((200, 40, 40), (40, 40, 200)))
    assert difference_hash(red) == difference_hash(blue)
    assert near_pairs(fingerprints([red]), fingerprints([red, blue])) == [(0, 0)]


def test_the_hash_counts_what_grows_brighter():
    ramp = np.tile(np.arange(0, 252, 2, dtype=np.uint8)[None, :, None], (40, 1, 3))
    assert difference_hash(ramp) == 2**64 - 1 and difference_hash(ramp[:, ::-1]) == 0


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=8), st.randoms())
def test_all_near_hashes_are_found(numbers, random):
    """The pieces find what comparing each with each finds."""
    others = []
    for number in numbers:
        for _ in range(random.randrange(7)):
            number ^= 1 << random.randrange(64)
        others.append(number)
    blank = np.zeros((len(numbers), 8, 8, 3), np.uint8)
    left, right = (Fingerprints(np.array(hashes, np.uint64), blank) for hashes in (numbers, others))
    pairs = itertools.product(range(len(numbers)), repeat=2)
    near = [(i, j) for i, j in pairs if (numbers[i] ^ others[j]).bit_count() <= duplicates.MOST_BITS]
    assert sorted(near_pairs(left, right)) == near


def test_no_pictures_no_leaks():
    none = fingerprints([])
    assert len(none.hashes) == 0 and find_leaks(none, none).tolist() == []


def test_leaks_are_taken_out_of_training_and_counted(pictures):
    def part(numbers, how=None):
        shown = [pictures[number] if how is None else changed(pictures[number], how) for number in numbers]
        return datasets.Dataset.from_dict(
            {"image": list(map(Image.fromarray, shown)), "number": list(numbers)},
            features=datasets.Features({"image": datasets.Image(), "number": datasets.Value("int64")}),
        )

    splits = {"train": part(range(10), "compressed"), "validation": part([8, 20, 21, 30]), "test": part([9, 30])}
    cleaned, shares = remove_leaks(splits)
    assert list(cleaned["train"]["number"]) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert list(cleaned["validation"]["number"]) == [8, 20, 21] and list(cleaned["test"]["number"]) == [9, 30]
    assert shares == {"test": 0.0, "validation": 0.25, "train": 0.2}
