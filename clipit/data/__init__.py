"""Captioned pictures: the small world, sources from elsewhere, and batches of them."""

from clipit.data.emoji.gallery import SEARCHES, make_gallery
from clipit.data.emoji.roles import ROLES, RoleSettings
from clipit.data.emoji.sampling import SPLITS, WorldSettings
from clipit.data.emoji.world import make_world as world
from clipit.data.locate import data_folder
from clipit.data.preparing import PrepareSettings, prepare
from clipit.data.sources import Source, SourceSettings, load_prepared, open_source

__all__ = [
    "ROLES",
    "SEARCHES",
    "SPLITS",
    "PrepareSettings",
    "RoleSettings",
    "Source",
    "SourceSettings",
    "WorldSettings",
    "data_folder",
    "load_prepared",
    "make_gallery",
    "open_source",
    "prepare",
    "world",
]
