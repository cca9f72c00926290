"""Where the project's own data lies: the checkout's ``data/`` folder, or its copy inside an installed wheel.

>>> data_folder("lexicon", "concepts.csv").name
'concepts.csv'
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]  # the folder clipit/


def data_folder(*parts: str) -> Path:
    """The data folder, or a path inside it: ``data_folder("lexicon", "it.csv")``."""
    checkout = PACKAGE.parent / "data"
    # A stranger's folder "data" may lie beside an installed package: only ours has this file.
    root = checkout if (checkout / "lexicon" / "concepts.csv").is_file() else PACKAGE / "_data"
    return root.joinpath(*parts)
