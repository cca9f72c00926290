"""The small world in the roles of the three sources of CLIP-Italian: the same pictures, captioned as each would do it.

"wit" has one encyclopaedic caption, full of names, which often says nothing that can be seen; "mscoco" five
descriptions, as the world has anyway; "conceptual" one text of the web: an advertisement around it, cut off, left in
English, or about another picture. The column ``noise`` says what was done to a caption, so that a filter can be
measured. How often each happens are settings; names and phrases are data (``data/roles``), and the names invented.

>>> from random import Random
>>> from clipit.data.emoji.scene import Scene, Group
>>> scene = Scene((Group("cat", 2, "black"),), background="green")
>>> [role_captions("wit", scene, scene, "it", Random(seed))[0].text for seed in (2, 3)]
['Due gatti neri in un disegno di Ada Bellini', 'Sesto Salvi a Torre Ginepra, 1992']
"""

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from random import Random

from clipit.data.emoji.captions import ALWAYS, Caption, captions, describe, write
from clipit.data.emoji.claims import NO_GROUP, NOT_SAID, encode
from clipit.data.emoji.lexicon import language
from clipit.data.emoji.scene import Scene
from clipit.data.locate import data_folder

ROLES = ("wit", "mscoco", "conceptual")
# The claim of a caption that is about this picture alone: no concept has this number, so it is true of no other.
OF_NO_OTHER = (-2, NOT_SAID, NOT_SAID, NO_GROUP, NO_GROUP, NO_GROUP, NOT_SAID, NOT_SAID)
YEARS = (1880, 1999)


@dataclass(frozen=True)
class RoleSettings:
    """How often the captions of the roles are what one would not wish for; shares between 0 and 1.

    Attributes:
        only_names: wit: a name and nothing else. CLIP-Italian's filter dropped about a tenth of WIT for that.
        little_to_see: wit: a sentence, but about nothing that the picture shows. The rest name one thing in it.
        wrong: conceptual: the caption of another picture.
        boilerplate: conceptual: words of a shop or a gallery around the description.
        cut: conceptual: cut off in the middle.
        not_translated: conceptual: left in English.
    """

    only_names: float = 0.10
    little_to_see: float = 0.35
    wrong: float = 0.05
    boilerplate: float = 0.15
    cut: float = 0.05
    not_translated: float = 0.05

    def __post_init__(self) -> None:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        outside = [name for name, share in values.items() if not 0 <= share <= 1]
        if outside:
            raise ValueError(f"{outside[0]} is a share between 0 and 1, not {values[outside[0]]}.")
        if self.only_names + self.little_to_see > 1 + 1e-9:
            raise ValueError("only_names and little_to_see are together more than all captions of wit.")
        if self.wrong + self.boilerplate + self.cut + self.not_translated > 1 + 1e-9:
            raise ValueError("The faults of conceptual are together more than all its captions.")


@dataclass(frozen=True)
class RoleCaption:
    """A caption, what it claims (a row of ``claims.encode``), and what was done to it ("none": nothing)."""

    text: str
    claim: tuple[int, ...]
    noise: str = "none"


def role_captions(
    role: str,
    scene: Scene,
    another: Scene,
    spoken: str,
    rng: Random,
    settings: RoleSettings | None = None,
    written: tuple[float, ...] = ALWAYS,
) -> list[RoleCaption]:
    """The captions of a scene in a role: five for "mscoco", else one.

    Args:
        role: one of ``ROLES``.
        scene: what the picture shows.
        another: a scene to describe by mistake.
        spoken: the language; ``data/roles`` has its names and phrases.
        rng: what decides.
        settings: how often something is wrong.
        written: see ``captions.describe``.

    Raises:
        ValueError: there is no such role, or no names and phrases in this language.
    """
    settings = settings or RoleSettings()
    if role == "mscoco":
        return [known(caption) for caption in captions(scene, language(spoken), rng, written)]
    if role == "wit":
        return [encyclopaedic(scene, spoken, rng, settings, written)]
    if role == "conceptual":
        return [from_the_web(scene, another, spoken, rng, settings, written)]
    raise ValueError(f"The small world has no role {role!r}; choose one of {', '.join(ROLES)}.")


def known(caption: Caption, noise: str = "none") -> RoleCaption:
    """A caption whose claim is what it describes."""
    return RoleCaption(caption.text, tuple(encode([caption.description])[0].tolist()), noise)


def encyclopaedic(
    scene: Scene, spoken: str, rng: Random, settings: RoleSettings, written: tuple[float, ...]
) -> RoleCaption:
    """One caption as of an encyclopaedia: names, and perhaps one of the things that the picture shows."""
    shares = (settings.only_names, settings.little_to_see)
    kind = rng.choices(("only_names", "little_to_see", "seen"), (*shares, max(0.0, 1 - sum(shares))))[0]
    group = describe(scene, rng, written)[0].groups[0]
    names = {"scene": language(spoken).noun_phrase(group), **invented(spoken, rng)}
    text = rng.choice(phrases(spoken)["wit"][kind]).format(**names)
    # A caption with a name in it is about this picture: another one with a cat is not of "un gatto a Valdirana".
    return RoleCaption(text[0].upper() + text[1:], OF_NO_OTHER, "none" if kind == "seen" else kind)


def from_the_web(
    scene: Scene, another: Scene, spoken: str, rng: Random, settings: RoleSettings, written: tuple[float, ...]
) -> RoleCaption:
    """One caption as of the web: short, and not always about the picture."""
    faults = ("wrong", "boilerplate", "cut", "not_translated")
    shares = [getattr(settings, name) for name in faults]
    noise = rng.choices((*faults, "none"), (*shares, max(0.0, 1 - sum(shares))))[0]
    description = describe(another if noise == "wrong" else scene, rng, written)[1]
    text = write(description, language("en" if noise == "not_translated" else spoken), rng)
    caption = known(Caption(text, description), noise)
    if noise == "boilerplate":
        around = rng.choice(phrases(spoken)["conceptual"]["boilerplate"])
        return RoleCaption(around.format(caption=text, number=rng.randrange(1000, 10_000)), caption.claim, noise)
    if noise == "cut":
        words = text.split()
        return RoleCaption(" ".join(words[: max(1, len(words) // 2)]) + " ...", OF_NO_OTHER, noise)
    return caption


def invented(spoken: str, rng: Random) -> dict[str, str]:
    """A person, a place and a year that nobody has heard of."""
    words = phrases(spoken)
    family = rng.choice(words["family"])
    return {
        "person": f"{rng.choice(words['given'])} {family}",
        "family": family,
        "place": rng.choice(words["places"]),
        "year": str(rng.randint(*YEARS)),
    }


@cache
def phrases(spoken: str) -> dict:
    """Names and phrases of a language.

    Raises:
        ValueError: there are none.
    """
    file = data_folder("roles", f"{spoken}.toml")
    if not file.is_file():
        there = ", ".join(sorted(path.stem for path in file.parent.glob("*.toml")))
        raise ValueError(f"The roles have no names and phrases in {spoken!r}, only in {there}: write {file.name}.")
    return tomllib.loads(file.read_text(encoding="utf-8"))
