"""The small world in three roles; without one it is what it always was."""

import json
import re
from collections import Counter
from dataclasses import fields
from hashlib import blake2b
from random import Random

import numpy as np
import pytest

from clipit.data import world
from clipit.data.emoji.claims import describes
from clipit.data.emoji.roles import ROLES, RoleSettings, phrases, role_captions
from clipit.data.emoji.sampling import WorldSettings
from clipit.data.emoji.scene import Group, Scene
from clipit.data.emoji.world import WorldRequest, make_rows
from clipit.data.locate import data_folder

SCENE, ANOTHER = Scene((Group("cat", 2, "black"),), background="green"), Scene((Group("dog", 1, "own"),))
# What the default world said and drew before roles existed; pictures come as they are drawn by the installed
# packages, so the words stand for them.
WORDS = {"train": "5bca2237f8973b72", "test": "39d07d56647d5dce"}
KEYS = {"train": "train-200-ff6057f16a7d8185", "test": "test-200-22749d8dba71052d"}
WIT, CONCEPTUAL = ("only_names", "little_to_see"), ("wrong", "boilerplate", "cut", "not_translated")
COLUMNS = (
    "caption", "captions", "objects", "counts", "background", "source", "colors", "relation", "sizing", "boxes",
    "scene", "claims",
)  # fmt: skip


def request(split, **more):
    return WorldRequest(split, 200, 0, "openmoji", "it", WorldSettings(), **more)


@pytest.mark.parametrize("split", ["train", "test"])
def test_without_a_role_the_world_is_to_the_letter_what_it_was(split):
    rows = make_rows(request(split), 60)
    words = json.dumps([{name: row[name] for name in COLUMNS} for row in rows])
    assert blake2b(words.encode(), digest_size=8).hexdigest() == WORDS[split]
    assert request(split).key() == KEYS[split]  # so that what is in the cache is still found


def test_the_pictures_are_the_same_in_every_role():
    plain = make_rows(request("train"), 12)
    for role in ROLES:
        rows = make_rows(request("train", source=role), 12)
        assert [row["image"] for row in rows] == [row["image"] for row in plain]
        assert [row["scene"] for row in rows] == [row["scene"] for row in plain]
    mscoco = make_rows(request("train", source="mscoco"), 12)
    assert [row["captions"] for row in mscoco] == [row["captions"] for row in plain]


@pytest.fixture(scope="module")
def said():
    """Many captions of one scene in each role."""
    settings = RoleSettings()
    rng = Random(0)
    return {role: [role_captions(role, SCENE, ANOTHER, "it", rng, settings) for _ in range(500)] for role in ROLES}


def test_how_often_each_fault_comes_is_what_the_settings_say(said):
    settings = RoleSettings()
    for role, names in {"wit": WIT, "conceptual": CONCEPTUAL}.items():
        counts = Counter(several[0].noise for several in said[role])
        for name in names:
            wanted = getattr(settings, name)
            assert abs(counts[name] / 500 - wanted) < 4 * (wanted * (1 - wanted) / 500) ** 0.5, name
        assert set(counts) == {*names, "none"}
    assert all(one.noise == "none" for several in said["mscoco"] for one in several)


def test_the_number_of_captions(said):
    assert {role: {len(several) for several in said[role]} for role in ROLES} == {
        "wit": {1}, "mscoco": {5}, "conceptual": {1},
    }  # fmt: skip


def test_encyclopaedic_captions_have_names_and_say_little(said):
    words = phrases("it")
    names = {*words["family"], *(name.split()[-1] for name in words["places"])}
    for (one,) in said["wit"]:
        assert one.text[0].isupper() and any(name in one.text for name in names)
        assert ("gatti neri" in one.text) == (one.noise == "none")
        if one.noise == "only_names":
            assert all(word[0].isupper() for word in one.text.split())


def test_noisy_captions_are_noisy_in_their_way(said):
    by_noise = {}
    for (one,) in said["conceptual"]:
        by_noise.setdefault(one.noise, []).append(one.text)
    assert all("gatt" in text for text in by_noise["none"])
    assert all("can" in text and "gatt" not in text for text in by_noise["wrong"])
    assert all("cats" in text for text in by_noise["not_translated"])
    assert all(text.endswith(" ...") for text in by_noise["cut"])
    assert all(re.search(r"foto stock|sfondo hd|acquista|©|clicca|img_\d{4}", text) for text in by_noise["boilerplate"])


def test_claims_are_what_the_words_say(said):
    """A caption with a name is about no other picture; one about another scene claims that scene."""
    scenes = np.array([[1, 2, 10, -1, -1, -1, 0, 5]], np.int16)  # two black cats on green
    for role, false in {"wit": {"none", *WIT}, "mscoco": set(), "conceptual": {"wrong", "cut"}}.items():
        flat = [one for several in said[role] for one in several]
        true = describes(np.array([one.claim for one in flat], np.int16), scenes)[:, 0]
        assert true.tolist() == [one.noise not in false for one in flat]


def test_a_world_with_a_role_has_the_columns_of_the_default_and_one_more():
    plain, role = world("train", 4), world("train", 4, source="wit")
    assert role.column_names == [*plain.column_names, "noise"]
    assert role[0]["source"] == "world/wit" and plain[0]["source"] == "emoji/openmoji"
    noisy = world("train", 30, source="conceptual", roles=RoleSettings(0.0, 0.0, 1.0, 0.0, 0.0, 0.0))
    assert set(noisy["noise"]) == {"wrong"}


def test_a_role_in_english():
    assert role_captions("wit", SCENE, ANOTHER, "en", Random(0))[0].text.isascii()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: world("train", 2, source="flickr"), "no source 'flickr'; choose one of wit, mscoco, conceptual"),
        (lambda: world("train", 2, source="wit", language="es"), "no names and phrases in 'es', only in en, it"),
        (lambda: RoleSettings(wrong=-0.1), "wrong is a share between 0 and 1"),
        (lambda: RoleSettings(only_names=0.9), "more than all captions of wit"),
        (lambda: RoleSettings(boilerplate=0.9), "more than all its captions"),
    ],
)
def test_bad_input_is_one_sentence(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_the_data_card_states_the_mixture():
    card = data_folder("roles", "README.md").read_text("utf-8")
    for field in fields(RoleSettings):
        (share,) = re.findall(rf"`{field.name}` \| ([\d.]+) \|", card)
        assert float(share) == getattr(RoleSettings(), field.name), field.name
