"""A language in a table: about thirty words and a few patterns, from which captions of the small world are made.

- ``read_sheet``: a filled-in sheet; ``sheet_named``: one of those that come with the course.
- ``blank_sheet``: a sheet to fill in.
- ``caption``: a scene in the words of a sheet; ``gloss``: what such words mean.
- ``scenes``: pictures that need no other words than those of some sheets.
"""

from clipit.data.languages.blank import blank_sheet
from clipit.data.languages.gloss import gloss, unknown_words
from clipit.data.languages.scenes import Pictures, SceneSettings, draw_pictures
from clipit.data.languages.sheet import Sheet, SheetError, common_words, read_sheet, sheet_named, sheet_names
from clipit.data.languages.writing import caption, captions

__all__ = [
    "Pictures",
    "SceneSettings",
    "Sheet",
    "SheetError",
    "blank_sheet",
    "caption",
    "captions",
    "common_words",
    "draw_pictures",
    "gloss",
    "read_sheet",
    "sheet_named",
    "sheet_names",
    "unknown_words",
]
