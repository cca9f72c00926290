"""Captioned pictures: the small world, and batches of it."""

from clipit.data.emoji.gallery import SEARCHES, make_gallery
from clipit.data.emoji.sampling import SPLITS, WorldSettings
from clipit.data.emoji.world import make_world as world
from clipit.data.locate import data_folder

__all__ = ["SEARCHES", "SPLITS", "WorldSettings", "data_folder", "make_gallery", "world"]
