"""All pairs at once agree with asking one pair at a time, in plain Python."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from clipit.data.emoji.claims import COLUMNS, describes, encode
from clipit.data.emoji.lexicon import concepts
from clipit.data.emoji.scene import BACKGROUNDS, COLORS, MANY, OWN_COLORS, RELATIONS, Group, Scene

PROPERTY = settings(max_examples=150, deadline=None, derandomize=True, database=None)
NAMES = [concept.name for concept in concepts()[:3]]  # few, so that many descriptions are true


def values_of(counts, colors, backgrounds, relations):
    """The values of a scene or a description; the test makes the record, where every field's type is checked."""
    group = st.tuples(st.sampled_from(NAMES), st.sampled_from(counts), st.sampled_from(colors))
    groups = st.lists(group, min_size=1, max_size=2, unique_by=lambda one: one[0])
    return st.tuples(groups, st.sampled_from(relations), st.sampled_from(backgrounds))


def made(values):
    groups, relation, background = values
    return Scene(tuple(Group(*group) for group in groups), relation if len(groups) == 2 else None, background)


SCENES = values_of([1, 2, 3], [COLORS[0], COLORS[1], OWN_COLORS], BACKGROUNDS[:2], [None, *RELATIONS])
DESCRIPTIONS = values_of([None, 1, 2, MANY], [None, COLORS[0], COLORS[1]], [None, *BACKGROUNDS[:2]], [None, *RELATIONS])


def is_true(description, scene):
    """Whether every group that is named is there, and the relation and the background are right if they are said."""

    def fits(said, seen):
        if said.concept != seen.concept or said.color not in (None, seen.color):
            return False
        return said.count in (None, seen.count) or (said.count == MANY and seen.count >= 2)

    if description.background not in (None, scene.background):
        return False
    if description.relation is None:
        return all(any(fits(said, seen) for seen in scene.groups) for said in description.groups)
    if description.relation != scene.relation:
        return False
    return all(fits(said, seen) for said, seen in zip(description.groups, scene.groups, strict=True))


@PROPERTY
@given(st.lists(DESCRIPTIONS, min_size=1, max_size=6), st.lists(SCENES, min_size=1, max_size=6))
def test_all_pairs_agree_with_one_at_a_time(descriptions, scenes):
    descriptions, scenes = [made(one) for one in descriptions], [made(one) for one in scenes]
    expected = [[is_true(description, scene) for scene in scenes] for description in descriptions]
    np.testing.assert_array_equal(describes(encode(descriptions), encode(scenes)), expected)


@PROPERTY
@given(SCENES)
def test_a_scene_describes_itself(scene):
    assert describes(encode([made(scene)]), encode([made(scene)])).all()


@PROPERTY
@given(SCENES, DESCRIPTIONS)
def test_different_things_have_different_numbers(one, other):
    one, other = made(one), made(other)
    assert (encode([one]).tolist() == encode([other]).tolist()) == (one == other)


def test_nothing_is_an_empty_table():
    assert encode([]).shape == (0, len(COLUMNS))
    assert describes(encode([]), encode([Scene((Group(NAMES[0], 1),))])).shape == (0, 1)
