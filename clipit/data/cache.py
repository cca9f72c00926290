"""Where drawn worlds and other things that can be made again are kept.

>>> cache_folder("worlds").name
'worlds'
"""

import os
from pathlib import Path

import platformdirs


def cache_folder(name: str) -> Path:
    """A folder below the user's cache folder, or below ``CLIPIT_CACHE`` when that variable is set."""
    root = os.environ.get("CLIPIT_CACHE") or platformdirs.user_cache_dir("clipit")
    return Path(root).expanduser() / name
