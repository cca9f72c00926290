"""`pip install` alone is enough: the wheel carries the data and the blank lessons, and finds them."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.build import build_wheel

ROOT = Path(__file__).parents[1]
FINDS = """
import clipit
from clipit.data.locate import data_folder
from clipit.course.lesson import _blank_folder
print(clipit.__file__, data_folder("lexicon"), _blank_folder(), sep="\\n")
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel, unpacked where no checkout is beside it."""
    folder = tmp_path_factory.mktemp("wheel")
    before = Path.cwd()
    os.chdir(ROOT)  # a build backend builds the project that it stands in
    try:
        wheel = folder / build_wheel(str(folder))
    finally:
        os.chdir(before)
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def relative(folder: Path, start: Path) -> set[str]:
    return {path.relative_to(start).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_wheel_carries_code_data_and_blank_lessons(installed):
    def ours(name):
        return "__pycache__" not in name and not name.endswith(".DS_Store")

    assert relative(installed / "clipit" / "_data", installed / "clipit" / "_data") == set(
        filter(ours, relative(ROOT / "data", ROOT / "data"))
    )
    blank = ROOT / "notebooks" / "blank"
    assert relative(installed / "clipit" / "_notebooks", installed / "clipit" / "_notebooks") == relative(blank, blank)
    assert set(filter(ours, relative(ROOT / "clipit", ROOT))) <= relative(installed, installed)
    assert {path.name.split("-")[0] for path in installed.iterdir()} == {"clipit", "clipit_course"}


def test_an_installed_package_finds_what_it_carries(installed, tmp_path):
    environment = os.environ | {"PYTHONPATH": str(installed)}
    ran = subprocess.run([sys.executable, "-c", FINDS], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    package, lexicon, blank = map(Path, ran.stdout.split("\n")[:3])
    assert package.is_relative_to(installed)
    assert lexicon == installed / "clipit" / "_data" / "lexicon" and lexicon.is_dir()
    assert blank == installed / "clipit" / "_notebooks"
