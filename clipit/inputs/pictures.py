"""Opening pictures, whatever they are, and turning them into what the image encoder reads.

>>> preprocess = Preprocess(image_size=64)
>>> preprocess([np.zeros((30, 50, 3), np.uint8)]).shape
(1, 64, 64, 3)
"""

import warnings
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST_PIXELS = 170_000_000  # more than any camera's, and just below what Pillow itself refuses


class PictureError(ValueError):
    """A picture that cannot be opened; the message names the file and says why."""


def open_image(source: str | Path | Image.Image) -> UInt8[np.ndarray, "height width 3"]:
    """Opens one picture as RGB.

    The camera's rotation is applied, transparent parts become white, 16 bits are scaled to 8, CMYK and palettes are
    converted, and of an animation the first picture is taken.

    Args:
        source: a path, or a picture that Pillow has opened.

    Returns:
        uint8 [height, width, 3], values 0 to 255.

    Raises:
        PictureError: there is no such file, it is empty, it is no picture, it is cut off, or it is far too large.
    """
    name = getattr(source, "filename", None) or (source if isinstance(source, str | Path) else "the picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit follows
            with nullcontext(source) if isinstance(source, Image.Image) else Image.open(source) as picture:
                if picture.width * picture.height > LARGEST_PIXELS:
                    raise PictureError(f"{name} has {picture.width} x {picture.height} pixels: make it smaller first.")
                return np.asarray(to_rgb(ImageOps.exif_transpose(picture)))
    except FileNotFoundError:
        raise PictureError(f"There is no picture at {name}.") from None
    except IsADirectoryError:
        raise PictureError(f"{name} is a folder, not a picture.") from None
    except PermissionError:
        raise PictureError(f"{name} may not be read: check its permissions.") from None
    except Image.DecompressionBombError:
        raise PictureError(f"{name} claims to have far too many pixels: make it smaller first.") from None
    except UnidentifiedImageError:
        empty = not isinstance(source, Image.Image) and Path(source).stat().st_size == 0
        reason = "is empty" if empty else "is not a picture that can be read (PNG, JPEG, WebP and GIF can)"
        raise PictureError(f"{name} {reason}.") from None
    except (OSError, SyntaxError, EOFError) as error:
        raise PictureError(f"{name} is damaged or cut off ({error}): get it once more.") from None


def to_rgb(picture: Image.Image) -> Image.Image:
    """Any of Pillow's modes as RGB: 16 bits scaled to 8, transparency over white."""
    if picture.mode.startswith("I") or picture.mode == "F":
        values = np.asarray(picture, np.float32)
        scale = 257 if picture.mode.startswith("I;16") or values.max() > 255 else 1
        return Image.fromarray((values / scale).clip(0, 255).astype(np.uint8)).convert("RGB")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture).convert("RGB")
    return picture.convert("RGB")


def open_images(sources: Iterable[str | Path | Image.Image]) -> list[UInt8[np.ndarray, "height width 3"]]:
    """Opens pictures of any sizes; see ``open_image``."""
    return [open_image(source) for source in sources]


@dataclass(frozen=True)
class Preprocess:
    """From pictures to pixels for an image encoder: resize the shorter side, cut the middle, normalise.

    Attributes:
        image_size: side of the result in pixels.
        mean: subtracted from each colour (red, green, blue), on a scale from 0 to 1.
        deviation: what each colour is divided by.
    """

    image_size: int = 64
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    deviation: tuple[float, float, float] = (0.5, 0.5, 0.5)

    def resize(self, image: np.ndarray | Image.Image) -> UInt8[np.ndarray, "height width 3"]:
        """One picture as uint8 [image_size, image_size, 3]: the shorter side is fitted, the middle is cut out."""
        if isinstance(image, Image.Image):
            image = open_image(image)
        if image.shape == (self.image_size, self.image_size, 3):
            return image
        size = (self.image_size, self.image_size)
        return np.asarray(ImageOps.fit(Image.fromarray(image), size, Image.Resampling.BICUBIC))

    def normalise(self, images: Any) -> Any:
        """uint8 [n, height, width, 3] to float32; works on NumPy and on JAX arrays, inside a compiled step too."""
        mean, deviation = np.array(self.mean, np.float32) * 255, np.array(self.deviation, np.float32) * 255
        return (images.astype(np.float32) - mean) / deviation

    def __call__(
        self, images: Sequence[np.ndarray | Image.Image] | np.ndarray
    ) -> Float[np.ndarray, "n height width 3"]:
        """Pictures of any sizes to float32 [n, image_size, image_size, 3]."""
        if len(images) == 0:
            return np.zeros((0, self.image_size, self.image_size, 3), np.float32)
        return self.normalise(np.stack([self.resize(image) for image in images]))


@dataclass(frozen=True)
class ShorterSidePreprocess(Preprocess):
    """As CLIP prepares its pictures: the shorter side is resized to a length, then the middle is cut out.

    The difference to ``Preprocess`` is less than a pixel, since that one cuts first, and may cut between two pixels.

    Attributes:
        shorter_side: length of the shorter side before the middle is cut out, in pixels.
        resampling: number of Pillow's way of resizing; 3 is bicubic.
    """

    image_size: int = 224
    shorter_side: int = 224
    resampling: int = 3

    def resize(self, image: np.ndarray | Image.Image) -> UInt8[np.ndarray, "height width 3"]:
        """One picture as uint8 [image_size, image_size, 3]; a border of black where it would be too small."""
        if isinstance(image, Image.Image):
            image = open_image(image)
        height, width = image.shape[:2]
        short = min(height, width)
        sides = [int(self.shorter_side * side / short) for side in (width, height)]
        resized = Image.fromarray(image).resize((sides[0], sides[1]), Image.Resampling(self.resampling))
        left, top = ((side - self.image_size) // 2 for side in resized.size)
        return np.asarray(resized.crop((left, top, left + self.image_size, top + self.image_size)))


@dataclass(frozen=True)
class MiddlePreprocess(Preprocess):
    """As EfficientNet's authors prepare their pictures: a border is cut off first, and the pixels are (x - 127) / 128.

    Attributes:
        border: share of the shorter side that is cut off on each side, unless a picture has the right size already.
    """

    image_size: int = 224
    mean: tuple[float, float, float] = (127 / 255,) * 3
    deviation: tuple[float, float, float] = (128 / 255,) * 3
    border: float = 1 / 16

    def resize(self, image: np.ndarray | Image.Image) -> UInt8[np.ndarray, "height width 3"]:
        """One picture as uint8 [image_size, image_size, 3]."""
        if isinstance(image, Image.Image):
            image = open_image(image)
        size = (self.image_size, self.image_size)
        if image.shape == (*size, 3):
            return image
        return np.asarray(ImageOps.fit(Image.fromarray(image), size, Image.Resampling.BICUBIC, bleed=self.border))
