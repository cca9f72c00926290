"""Each emoji alone on white, as several artists draw it: real art of one thing in several styles.

OpenMoji (CC BY-SA 4.0) and Twemoji (CC BY 4.0) come with pip packages. Noto Color Emoji (OFL 1.1) comes with Debian's
package ``fonts-noto-color-emoji``: it is read from where it is installed, or from the package's file in the cache
folder. Art of vendors that keep it to themselves is not used.

>>> portrait("1F408", "openmoji").size
(224, 224)
"""

import io
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from clipit.data.atomic import replacing
from clipit.data.cache import cached_path
from clipit.data.debian import open_package
from clipit.data.emoji.art import ARTS, art_folder, rasterise, svg_file

SIDE = 224  # pixels
DRAWN = 7 / 8  # of the side: an encoder may cut the border off
PORTRAIT_ARTS = (*ARTS, "noto")
NOTO = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
NOTO_SIZE = 109  # the one size in points that the font holds pictures for


def portrait(codepoint: str, art: str) -> Image.Image:
    """The emoji of a code point such as "1F408": RGB, on white.

    Raises:
        ValueError: there is no such art here, or it does not draw the code point.
    """
    drawn = draw_glyph(codepoint) if art == "noto" else rasterise(svg_file(codepoint, art), 2 * SIDE)
    cut = drawn.crop(drawn.getchannel("A").getbbox())
    scale = DRAWN * SIDE / max(cut.size)
    cut = cut.resize((max(1, round(cut.width * scale)), max(1, round(cut.height * scale))), Image.Resampling.LANCZOS)
    white = Image.new("RGB", (SIDE, SIDE), "white")
    white.paste(cut, ((SIDE - cut.width) // 2, (SIDE - cut.height) // 2), cut)
    return white


def portrait_file(codepoint: str, art: str) -> Path:
    """The same as a PNG file in the cache folder, drawn if it is not there yet."""
    file = cached_path("portraits", art, f"{codepoint}.png")
    if not file.is_file():
        content = io.BytesIO()
        portrait(codepoint, art).save(content, "PNG")
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file) as unfinished:
            unfinished.write_bytes(content.getvalue())
    return file


def draws(codepoint: str, art: str) -> bool:
    """Whether an art has a picture for the code point."""
    if art == "noto":
        mask = noto().getmask(chr(int(codepoint, 16)), mode="RGBA")
        return mask.size != noto().getmask("\U0010fffd", mode="RGBA").size  # what it draws for no character
    try:
        return svg_file(codepoint, art).is_file()
    except ValueError:
        art_folder(art)  # says so where the whole art is missing
        return False


def draw_glyph(codepoint: str) -> Image.Image:
    """A picture out of Noto's font, RGBA, 136 pixels wide."""
    character = chr(int(codepoint, 16))
    left, top, right, bottom = noto().getbbox(character)
    drawn = Image.new("RGBA", (int(right - left), int(bottom - top)))
    ImageDraw.Draw(drawn).text((-left, -top), character, font=noto(), embedded_color=True)
    if drawn.getchannel("A").getbbox() is None:
        raise ValueError(f"noto does not draw the code point {codepoint}.")
    return drawn


@cache
def noto() -> ImageFont.FreeTypeFont:
    """Noto's font.

    Raises:
        ValueError: it is neither installed nor in the cache folder.
    """
    file = cached_path("packages", NOTO.name)
    packages = sorted(file.parent.glob("fonts-noto-color-emoji_*.deb"))
    if NOTO.is_file():
        file = NOTO
    elif not file.is_file() and packages:
        with open_package(packages[-1]) as package:
            for member in package:
                if member.name.endswith(NOTO.name):
                    with replacing(file) as unfinished:
                        unfinished.write_bytes(package.extractfile(member).read())  # type: ignore[union-attr]
    if not file.is_file():
        raise ValueError(
            f"The art noto needs Debian's package fonts-noto-color-emoji: install it, or put its file into "
            f"{file.parent} (apt-get download fonts-noto-color-emoji)."
        )
    return ImageFont.truetype(file, NOTO_SIZE)
