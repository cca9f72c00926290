"""Writing files so that a process that is killed leaves the old file or the new one, never half of one.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     with replacing(Path(folder) / "recipe.json") as unfinished:
...         _ = unfinished.write_text("{}")
...     [path.name for path in Path(folder).iterdir()]
['recipe.json']
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Gives a path beside ``path`` to write to; when all went well, what was written takes the place of ``path``.

    When the disk is full, or anything else goes wrong, ``path`` is as it was.
    """
    path = Path(path)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
