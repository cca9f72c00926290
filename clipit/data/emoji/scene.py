"""What is in a picture, and what a caption says about it: the same three small records for both.

A scene says everything: every group has a concept, a count and a colour (or the art's own colours), and there is
a background.
A caption's description is a scene with holes: ``None`` where the caption is silent, ``MANY`` where it only says
"more than one".

>>> Scene((Group("cat", 2, "black"),), background="green")
Scene(groups=(Group(concept='cat', count=2, color='black'),), relation=None, background='green')
"""

from dataclasses import dataclass

MANY = 7  # "some cats": a plural without a number, true of two to six
OWN_COLORS = "own"  # drawn in the colours of the art; no caption has an adjective for it
RELATIONS = ("left_of", "above", "on")  # first group, relation, second group: "a cat on the table"
COLORS = (
    "red", "orange", "yellow", "green", "light_blue", "blue", "purple", "pink", "brown", "black", "grey", "white",
)  # fmt: skip
BACKGROUNDS = ("white", "grey", "yellow", "orange", "green", "light_blue", "purple", "pink")


@dataclass(frozen=True)
class Group:
    """Some objects of one kind: a concept's identifier, how many (1-6), in which colour.

    In a description ``count`` and ``color`` may be ``None`` (not said) and ``count`` may be ``MANY``.
    """

    concept: str
    count: int | None = None
    color: str | None = None


@dataclass(frozen=True)
class Scene:
    """One or two groups, how the first stands to the second, and the background's colour (``None``: not said)."""

    groups: tuple[Group, ...]
    relation: str | None = None
    background: str | None = None
