"""From a scene and the places of its objects to pixels.

>>> import random
>>> from clipit.data.emoji.scene import Group, Scene
>>> draw(Scene((Group("cat", 2, "black"),), background="green"), random.Random(0)).size
(64, 64)
"""

import math
import random

from PIL import Image

from clipit.data.emoji.art import pyramid
from clipit.data.emoji.layout import Box, arrange
from clipit.data.emoji.scene import Scene

BACKGROUND_COLORS = {
    "white": (255, 255, 255),
    "grey": (196, 196, 196),
    "yellow": (253, 243, 166),
    "orange": (252, 200, 140),
    "green": (190, 230, 180),
    "light_blue": (190, 225, 250),
    "purple": (215, 190, 240),
    "pink": (250, 205, 220),
}


def draw(
    scene: Scene, rng: random.Random, art: str = "openmoji", image_size: int = 64, sizing: str = "size"
) -> Image.Image:
    """Draws a scene as an RGB picture of ``image_size`` x ``image_size`` pixels; places and sizes come from ``rng``."""
    return paint(scene, arrange(scene, rng, sizing), art, image_size)


def paint(scene: Scene, boxes: list[list[Box]], art: str, image_size: int) -> Image.Image:
    """Draws a scene whose objects have their places; the last group is drawn first, so that the first stands on it."""
    canvas = Image.new("RGB", (image_size, image_size), BACKGROUND_COLORS[scene.background or "white"])
    for group, places in reversed(list(zip(scene.groups, boxes, strict=True))):
        sprites = pyramid(group.concept, art, group.color or "own")
        for box in places:
            paste(canvas, sprites, box, image_size)
    return canvas


def paste(canvas: Image.Image, sprites: tuple[Image.Image, ...], box: Box, image_size: int) -> None:
    """Scales, turns and pastes one object; fractions of a pixel are kept by the affine transform."""
    side = box.side * image_size
    source = next((s for s in reversed(sprites) if s.width >= side), sprites[0])
    margin = 1.25 if box.angle else 1.0  # room for the corners of a turned square
    extent = math.ceil(side * margin) + 1
    left, top = math.floor(box.x * image_size - extent / 2), math.floor(box.y * image_size - extent / 2)
    center_x, center_y = box.x * image_size - left, box.y * image_size - top
    scale, turn = source.width / side, math.radians(box.angle)
    cosine, sine = scale * math.cos(turn), scale * math.sin(turn)
    middle = source.width / 2
    matrix = (
        cosine, sine, middle - cosine * center_x - sine * center_y,
        -sine, cosine, middle + sine * center_x - cosine * center_y,
    )  # fmt: skip
    placed = source.transform((extent, extent), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    canvas.paste(placed, (left, top), placed)
