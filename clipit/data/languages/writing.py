"""From a scene to a caption in the words of a sheet.

>>> from clipit.data.emoji.scene import Group, Scene
>>> from clipit.data.languages.sheet import sheet_named
>>> scene = Scene((Group("cat", 2, "black"), Group("bird", 1, "own")), background="green")
>>> caption(scene, sheet_named("german")), caption(scene, sheet_named("neapolitan"))
('zwei schwarze Katzen und ein Vogel', "duje gatte nire e n'auciello")
"""

import re
from dataclasses import replace
from random import Random

from clipit.data.emoji.captions import Caption
from clipit.data.emoji.scene import MANY, OWN_COLORS, Group, Scene
from clipit.data.languages.sheet import Sheet

# How often a caption that is not the fullest keeps each thing.
KEEP_BOTH, KEEP_COLOR, KEEP_NUMBER = 0.7, 0.6, 0.8


def caption(scene: Scene, sheet: Sheet) -> str:
    """All that the sheet's words can say about a scene: things, numbers, colours; not places, nor the background."""
    return write(spoken(scene), sheet)


def captions(scene: Scene, sheet: Sheet, rng: Random, count: int = 4) -> list[Caption]:
    """So many captions, the fullest first; the others leave something out, or stand in a sentence."""
    full = spoken(scene)
    frames = ["{scene}", *(sheet.patterns[row] for row in ("sentence", "another sentence") if row in sheet.patterns)]
    found = [Caption(write(full, sheet), full)]
    while len(found) < count:
        description = leave_out(full, rng)
        found.append(Caption(fill(rng.choice(frames), scene=write(description, sheet)), description))
    return found


def spoken(scene: Scene) -> Scene:
    """The description of a scene without what no sheet has words for."""
    return Scene(tuple(replace(group, color=said(group.color)) for group in scene.groups))


def said(color: str | None) -> str | None:
    """The colour, if a caption has a word for it."""
    return None if color == OWN_COLORS else color


def leave_out(full: Scene, rng: Random) -> Scene:
    """A description that is silent about some things."""
    groups = list(full.groups)
    if len(groups) > 1 and rng.random() >= KEEP_BOTH:
        groups = [rng.choice(groups)]
    rng.shuffle(groups)
    return Scene(
        tuple(
            Group(
                group.concept,
                group.count if group.count == 1 or rng.random() < KEEP_NUMBER else MANY,
                group.color if rng.random() < KEEP_COLOR else None,
            )
            for group in groups
        )
    )


def write(description: Scene, sheet: Sheet) -> str:
    """A description in words."""
    phrases = [phrase(group, sheet) for group in description.groups]
    return phrases[0] if len(phrases) == 1 else fill(sheet.patterns["and"], first=phrases[0], second=phrases[1])


def phrase(group: Group, sheet: Sheet) -> str:
    """A group in words; of ``MANY`` no number is said, and of a count that is None it is the word alone."""
    gender = sheet.genders[group.concept]
    counted = group.count is not None and group.count != MANY
    return fill(
        sheet.patterns["phrase"],
        number=sheet.word(str(group.count), group.count, gender) if counted else "",
        thing=sheet.word(group.concept, group.count, gender),
        color=sheet.word(group.color, group.count, gender) if group.color else "",
    )


def fill(pattern: str, **words: str) -> str:
    """A pattern with its holes filled: single spaces, and none after an apostrophe (un' uovo is un'uovo)."""
    text = re.sub(r"\{(\w+)\}", lambda hole: words[hole[1]], pattern)
    return re.sub(r"(?<=\w['’]) ", "", " ".join(text.split()))
