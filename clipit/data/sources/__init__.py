"""Captioned pictures from elsewhere, each source turned into the same columns (``columns.py`` says which)."""

from clipit.data.sources.choosing import OPENERS, SourceSettings, open_source
from clipit.data.sources.columns import COLUMNS, Row, make_row, open_picture, with_columns
from clipit.data.sources.conceptual_captions import conceptual_captions
from clipit.data.sources.emoji import emoji
from clipit.data.sources.folder import folder
from clipit.data.sources.hub import hub
from clipit.data.sources.mscoco_it import mscoco_it
from clipit.data.sources.prepared import load_prepared, prepared
from clipit.data.sources.reading import Source
from clipit.data.sources.shards import ShardError, shards
from clipit.data.sources.stamps import stamps
from clipit.data.sources.wit import wit

__all__ = [
    "COLUMNS",
    "OPENERS",
    "Row",
    "ShardError",
    "Source",
    "SourceSettings",
    "conceptual_captions",
    "emoji",
    "folder",
    "hub",
    "load_prepared",
    "make_row",
    "mscoco_it",
    "open_picture",
    "open_source",
    "prepared",
    "shards",
    "stamps",
    "wit",
    "with_columns",
]
