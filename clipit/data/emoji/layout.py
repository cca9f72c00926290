"""Where the objects of a scene stand, and how large they are.

Counting must not be readable from size or from covered area (as in research on numerosity, e.g. Gebuis and Reynvoet,
2012): half of the scenes draw the object size independently of the count, the other half draw the covered area
independently of the count, over wide ranges that overlap.
All lengths are shares of the picture's side, so that a scene can be drawn at any size.

>>> import random
>>> boxes = arrange(Scene((Group("cat", 2, "own"),), background="white"), random.Random(0))
>>> [len(group) for group in boxes]
[2]
"""

import math
import random
from dataclasses import dataclass

from clipit.data.emoji.scene import Group, Scene

SMALLEST, LARGEST = 0.19, 0.36  # an object's side when the size is drawn independently of the count
MARGIN = 0.01
SIZINGS = ("size", "area")  # which of the two does not depend on the count
MISLEADING = ("small_few", "huge_few")  # test scenes in which one of the two cues points the wrong way
Region = tuple[float, float, float, float]  # left, top, right, bottom
WHOLE: Region = (MARGIN, MARGIN, 1 - MARGIN, 1 - MARGIN)


@dataclass(frozen=True)
class Box:
    """An object's square: centre, side (shares of the picture's side) and rotation in degrees."""

    x: float
    y: float
    side: float
    angle: float


def object_side(count: int, sizing: str, rng: random.Random) -> float:
    """Draws how large each of ``count`` objects is.

    Args:
        count: objects in the picture.
        sizing: "size" or "area" (see the module), or one of ``MISLEADING``: "small_few" makes few objects small and
            many large, "huge_few" makes few objects so large that they cover more than many do.
    """
    if sizing == "small_few":
        return SMALLEST + (LARGEST - SMALLEST) * (count - 1) / 5 * rng.uniform(0.8, 1)
    if sizing == "huge_few":
        return math.sqrt(0.40 / count) * (1.15 - 0.12 * count) * rng.uniform(0.9, 1)
    side = rng.uniform(SMALLEST, LARGEST)
    if sizing == "area":  # the area that six objects of this side cover, shared by those that there are
        side *= math.sqrt(6 / count)
    return side


def arrange(scene: Scene, rng: random.Random, sizing: str = "size") -> list[list[Box]]:
    """Places the objects of every group so that none hides another.

    Returns:
        For each group, the boxes of its objects.
    """
    total = sum(group.count or 0 for group in scene.groups)
    side = object_side(min(total, 6), sizing, rng)
    if scene.relation == "on":
        return stand(scene.groups[0], scene.groups[1], side, rng)
    if scene.relation is None:
        boxes = scatter(total, side, WHOLE, rng)
        first = scene.groups[0].count or 0
        return [boxes[:first], boxes[first:]][: len(scene.groups)]
    return [
        scatter(group.count or 0, min(side, 0.42), region, rng)
        for group, region in zip(scene.groups, halves(scene.relation, rng), strict=True)
    ]


def halves(relation: str, rng: random.Random) -> tuple[Region, Region]:
    """The parts of the picture for the first and the second group of "left_of" or "above"."""
    low, high = MARGIN, 1 - MARGIN
    middle = rng.uniform(0.46, 0.54)
    if relation == "left_of":
        return (low, low, middle, high), (middle, low, high, high)
    return (low, low, high, middle), (low, middle, high, high)


def scatter(count: int, side: float, region: Region, rng: random.Random) -> list[Box]:
    """Random places with a distance of nearly one side; a jittered grid when chance leaves no room."""
    left, top, right, bottom = region
    side = min(side, largest_side(count, region))
    half = side / 2
    places: list[tuple[float, float]] = []
    for _ in range(12 * count):
        x, y = rng.uniform(left + half, right - half), rng.uniform(top + half, bottom - half)
        if all(math.hypot(x - a, y - b) >= 0.97 * side for a, b in places):
            places.append((x, y))
        if len(places) == count:
            break
    else:
        places = grid(count, side, region, rng)
    return [jittered(x, y, side, rng) for x, y in places]


def largest_side(count: int, region: Region) -> float:
    """The largest side at which ``count`` squares fit into the region on a grid."""
    width, height = region[2] - region[0], region[3] - region[1]
    return max(min(width / columns, height / math.ceil(count / columns)) for columns in range(1, count + 1))


def grid(count: int, side: float, region: Region, rng: random.Random) -> list[tuple[float, float]]:
    """Centres of ``count`` random cells of the grid with the largest cells."""
    left, top, right, bottom = region
    columns = max(1, int((right - left) / side + 1e-9))
    rows = max(math.ceil(count / columns), int((bottom - top) / side + 1e-9))
    width, height = (right - left) / columns, (bottom - top) / rows
    cells = rng.sample([(column, row) for column in range(columns) for row in range(rows)], count)
    return [(left + (column + 0.5) * width, top + (row + 0.5) * height) for column, row in cells]


def stand(standing: Group, support: Group, side: float, rng: random.Random) -> list[list[Box]]:
    """One group in a row on the upper part of one or more large supports."""
    count, supports = standing.count or 0, support.count or 0
    support_side = min(rng.uniform(0.55, 0.68), 0.96 / supports)
    side = min(side, 0.36, 0.94 / count)
    base = rng.uniform(0.99 - support_side / 2 - 0.05, 0.99 - support_side / 2)
    width = 0.98 - supports * support_side
    slack = rng.uniform(0, width)
    support_boxes = [
        Box(0.01 + slack + (index + 0.5) * support_side, base, support_side, rng.uniform(-4, 4))
        for index in range(supports)
    ]
    middle = sum(box.x for box in support_boxes) / supports
    spread = min(max(supports * support_side - side, (count - 1) * side * 1.02), 0.98 - side)
    step = spread / max(count - 1, 1) * (rng.uniform(0.7, 1) if count * side < 0.7 * spread else 1)
    first = min(max(middle - step * (count - 1) / 2, side / 2 + MARGIN), 0.99 - side / 2 - step * (count - 1))
    feet = base - support_side * rng.uniform(0.18, 0.30)
    top = max(feet - side / 2, side / 2 + MARGIN)
    return [[jittered(first + step * index, top, side, rng, turn=8.0) for index in range(count)], support_boxes]


def jittered(x: float, y: float, side: float, rng: random.Random, turn: float = 20.0) -> Box:
    """A box at this place, a little smaller by chance and turned by up to ``turn`` degrees."""
    return Box(x, y, side * rng.uniform(0.88, 1), rng.uniform(-turn, turn))
