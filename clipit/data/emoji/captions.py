"""Captions: what to say about a scene (in no language), then how to say it (in one).

When a description is true of a scene: each of its groups is found in the scene (the same concept; the same count, or
``MANY`` and at least two, or ``None``; the same colour, or ``None``), its relation is ``None`` or the scene's with the
groups in the same order, its background is ``None`` or the scene's. Everything that ``describe`` makes is true of its
scene. Objects in the art's own colours (``OWN_COLORS``) are described without a colour.

>>> from random import Random
>>> from clipit.data.emoji.lexicon import language
>>> scene = Scene((Group("person", 2, "own"), Group("mountain", 1, "grey")), "on", "light_blue")
>>> full_text(scene, language("it"))
'due persone su una montagna grigia su sfondo azzurro'
>>> write(Scene((Group("cat", 2, "black"),)), language("en"), Random(2))
'two black cats'
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from clipit.data.emoji.lexicon import Language, choose_by_next_word
from clipit.data.emoji.scene import MANY, OWN_COLORS, Group, Scene

CAPTIONS = 5  # for each scene, as MSCOCO has
ALWAYS = (1.0,) * 6  # every number is written
# How often a caption that is not the fullest keeps each thing.
KEEP_BOTH_GROUPS, KEEP_RELATION, KEEP_COLOR, KEEP_BACKGROUND = 0.75, 0.7, 0.4, 0.2
TRIES = 100
GROUP_HOLES = ("first", "second")


@dataclass(frozen=True)
class Caption:
    """A caption, and what it claims: a scene with holes where the text is silent."""

    text: str
    description: Scene


def captions(scene: Scene, language: Language, rng: Random, written: Sequence[float] = ALWAYS) -> list[Caption]:
    """Five captions with five different texts, the fullest first. For ``written`` see ``describe``."""
    found: dict[str, Caption] = {}
    for description in describe(scene, rng, written):
        for _ in range(TRIES):
            text = write(description, language, rng)
            if text not in found:
                found[text] = Caption(text, description)
                break
        else:
            raise ValueError(
                f"{language.name} needs more sentence patterns: {TRIES} tries gave no new text for {scene}"
            )
    return list(found.values())


def full_text(scene: Scene, language: Language) -> str:
    """Everything about the scene, always in the same words: the first of each list of patterns."""
    return _realise(_everything(scene), language, lambda patterns: patterns[0])


def describe(scene: Scene, rng: Random, written: Sequence[float] = ALWAYS) -> list[Scene]:
    """Five descriptions of a scene, different where it has enough to say; the first leaves out only numbers.

    ``written[n - 1]`` is the probability that the number of n objects is said, decided anew in each description;
    where it is not, they are ``MANY``. One object is always exactly one: the singular says so.
    """
    outlines = [_everything(scene)]
    while len(outlines) < CAPTIONS:
        for _ in range(4):  # a simple scene has fewer than five outlines: then one comes twice
            outline = _leave_out(outlines[0], rng)
            if outline not in outlines:
                break
        outlines.append(outline)
    # Numbers come last: were they a reason to draw an outline again, they would be said less often than was asked.
    return [_leave_out_numbers(outline, rng, written) for outline in outlines]


def write(description: Scene, language: Language, rng: Random) -> str:
    """A description in words, in a pattern drawn among those of the language that fit."""
    return _realise(description, language, rng.choice)


def sentence(pattern: str, group: Group, language: Language) -> str:
    """One of the language's sentences around some objects: what a zero-shot classifier reads as a class.

    >>> from clipit.data.emoji.lexicon import language
    >>> sentence("una foto di {scene:plain}", Group("bee", 1), language("it"))
    "una foto di un'ape"
    """
    return _fill(_compose("{scene}", pattern, "{first}"), (group,), Scene((group,)), language)


def _everything(scene: Scene) -> Scene:
    """All that words can say about a scene."""
    groups = tuple(Group(group.concept, group.count, _color_said(group)) for group in scene.groups)
    return Scene(groups, scene.relation, scene.background)


def _color_said(group: Group) -> str | None:
    return None if group.color == OWN_COLORS else group.color


def _leave_out(everything: Scene, rng: Random) -> Scene:
    """A description that is silent about some things; the numbers stay."""
    groups = everything.groups
    if len(groups) > 1 and rng.random() >= KEEP_BOTH_GROUPS:
        groups = (rng.choice(groups),)
    groups = tuple(group if rng.random() < KEEP_COLOR else Group(group.concept, group.count) for group in groups)
    relation = everything.relation if len(groups) > 1 and rng.random() < KEEP_RELATION else None
    return Scene(groups, relation, everything.background if rng.random() < KEEP_BACKGROUND else None)


def _leave_out_numbers(description: Scene, rng: Random, written: Sequence[float]) -> Scene:
    """Each number of two or more stays with its probability, else it becomes ``MANY``."""
    groups = tuple(
        group if group.count in (None, 1) or rng.random() < written[group.count - 1]
        else Group(group.concept, MANY, group.color)
        for group in description.groups
    )  # fmt: skip
    return Scene(groups, description.relation, description.background)


def _realise(description: Scene, language: Language, choose: Callable) -> str:
    """A description in words; ``choose`` picks one of several patterns."""
    grammar, groups = language.grammar, description.groups
    is_query = any(group.count is None for group in groups)  # bare words, in no sentence
    scene_pattern = "{first}"
    if description.relation:
        patterns = grammar["relations"][description.relation]
        scene_pattern = choose([pattern for pattern in patterns if not is_query or _has_subject(pattern)])
    elif len(groups) > 1:
        scene_pattern = grammar["together"]["pattern"]
        groups = choose((groups, groups[::-1]))

    sentence, is_statement = "{scene:bare}", False
    if not is_query and _has_subject(scene_pattern):
        is_statement = choose((True, False))
        sentence = choose(grammar["sentences"]["statements" if is_statement else "framed"])

    background = "{scene}"
    if description.background:
        backgrounds = grammar["background"]
        background = choose(backgrounds["after"] + backgrounds["before"] if is_statement else backgrounds["after"])
    return _fill(_compose(background, sentence, scene_pattern), groups, description, language)


def _fill(parts: tuple["Part", ...], groups: tuple[Group, ...], description: Scene, language: Language) -> str:
    """The text of a pattern whose holes are filled from the left."""
    grammar, text = language.grammar, ""
    for part in parts:
        if part.hole in GROUP_HOLES:
            group = groups[GROUP_HOLES.index(part.hole)]
            text = language.join(text, language.noun_phrase(group, part.article))
        elif part.hole == "verb":
            # Two groups side by side are a plural subject, even "a cat and a dog".
            together = len(groups) > 1 and not description.relation
            text += part.verbs[together or groups[GROUP_HOLES.index(part.next_hole)].count not in (None, 1)]
        elif part.hole == "link":
            following = language.noun_phrase(groups[GROUP_HOLES.index(part.next_hole)], part.article)
            text += choose_by_next_word(grammar["together"]["link"], following)
        elif part.hole in ("color", "article") and description.background:
            agreement = grammar["background"]["agreement"]
            color = language.color(description.background, agreement)
            text += color if part.hole == "color" else language.article("indefinite", agreement, color)
        else:
            text += part.literal
    return text


@dataclass(frozen=True)
class Part:
    """A piece of a pattern: literal text, or a hole; verbs and links also know the group that comes after them."""

    literal: str = ""
    hole: str = ""
    article: str = ""
    verbs: tuple[str, ...] = ()
    next_hole: str = ""


def _has_subject(scene_pattern: str) -> bool:
    """Whether a sentence can stand around this pattern; if not, it is a sentence itself."""
    return "{first}" in scene_pattern or "{second}" in scene_pattern


@lru_cache(maxsize=4096)
def _compose(background: str, sentence: str, scene_pattern: str) -> tuple[Part, ...]:
    """Three patterns put into each other and cut into parts; the sentence tells the subject its kind of article."""
    if _has_subject(scene_pattern):
        before, article, after = re.split(r"\{scene:(\w+)\}", sentence)
        for hole in GROUP_HOLES:
            scene_pattern = scene_pattern.replace(f"{{{hole}}}", f"{{{hole}:{article}}}")
        scene_pattern = before + scene_pattern + after
    pattern = background.replace("{scene}", scene_pattern)
    parts: list[Part] = []
    next_hole = article = ""
    for piece in reversed(re.split(r"(\{[^}]*\})", pattern)):  # from the right: verbs and links look ahead
        if not piece.startswith("{"):
            parts.append(Part(literal=piece))
        elif "|" in piece:
            parts.append(Part(hole="verb", verbs=tuple(piece[1:-1].split("|")), next_hole=next_hole))
        elif piece == "{link}":
            parts.append(Part(hole="link", article=article, next_hole=next_hole))
        elif ":" in piece:
            next_hole, article = piece[1:-1].split(":")
            parts.append(Part(hole=next_hole, article=article))
        else:
            parts.append(Part(hole=piece[1:-1]))
    return tuple(reversed(parts))
