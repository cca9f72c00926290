"""The columns that every source of captioned pictures gives: those of the small world, and where a picture is from.

    image     the picture; None while it is only known by its address
    caption   the best caption
    captions  all captions of the picture, ``caption`` first; one or several
    source    the source's name: "wit", "mscoco_it", "conceptual_captions", "stamps", "folder" ...
    key       which picture this is: rows with equal keys show the same picture, and never stand in different splits
    url       the picture's address, or None
    language  of the captions, such as "it"

``image``, ``caption``, ``captions`` and ``source`` are what ``clipit.data.world`` gives too. A source may add columns
of its own after these; what they hold stands in its module.

>>> row = make_row(caption="due gatti", source="folder", key="a.png", path="a.png", language="it")
>>> list(row)
['image', 'caption', 'captions', 'source', 'key', 'url', 'language']
>>> row["captions"]
['due gatti']
"""

import io
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import PIL.Image
from datasets import Features, Image, List, Value
from jaxtyping import UInt8

from clipit.inputs.pictures import PictureError, open_image

Row = dict[str, Any]
COLUMNS = Features(
    {
        "image": Image(),
        "caption": Value("string"),
        "captions": List(Value("string")),
        "source": Value("string"),
        "key": Value("string"),
        "url": Value("string"),
        "language": Value("string"),
    }
)


def make_row(
    *,
    caption: str,
    source: str,
    key: str,
    language: str | None,
    captions: Sequence[str] = (),
    path: str | None = None,
    content: bytes | None = None,
    url: str | None = None,
    **more: Any,
) -> Row:
    """One row: the shared columns, and ``more`` of the source's own.

    Args:
        caption: the best caption.
        source: the source's name.
        key: the same for every row that shows this picture.
        language: of the captions; None where nobody says.
        captions: all captions, the best one first; only ``caption`` if they are not given.
        path: where the picture lies; it is opened when the row is looked at.
        content: the picture's file itself, where it lies in no file of its own.
        url: the picture's address.
        **more: the source's own columns.
    """
    image = None if path is None and content is None else {"path": path, "bytes": content}
    several = list(captions) or [caption]
    shared = {"image": image, "caption": caption, "captions": several, "source": source, "key": key}
    return {**shared, "url": url, "language": language, **more}


def with_columns(**more: Any) -> Features:
    """The shared columns, and a source's own: ``with_columns(page_title=Value("string"))``."""
    return Features({**COLUMNS, **more})


def open_picture(image: dict[str, Any]) -> UInt8[np.ndarray, "height width 3"]:
    """Opens what a row has in ``image``: a path, or the bytes of a file.

    Raises:
        PictureError: it is not there, is no picture, or is damaged.
    """
    if image["bytes"] is None:
        return open_image(image["path"])
    name = image["path"] or "a picture"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PIL.Image.DecompressionBombWarning)  # open_image has a limit of its own
            opened = PIL.Image.open(io.BytesIO(image["bytes"]))
    except (PIL.UnidentifiedImageError, PIL.Image.DecompressionBombError, OSError, SyntaxError) as error:
        raise PictureError(f"{name} is not a picture that can be read ({error}).") from None
    return open_image(opened)
