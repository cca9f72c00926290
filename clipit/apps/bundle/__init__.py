"""``clipit bundle``: the course in a folder, for a room without a network.

In it lie wheels of clipit and of all that it needs (also of packages that the index has as source only), the lessons,
and a README with the one command that installs from it. Wheels are for one system and one Python, those of the machine
that makes them. pip checks each against its checksum in ``requirements.txt``; SHA256SUMS has all other files.

>>> from pathlib import Path
>>> requirement(Path("clipit_course-0.1.0-py3-none-any.whl"), "ab12", extras=("course",))
'clipit-course[course]==0.1.0 --hash=sha256:ab12'
"""

import hashlib
import importlib.util
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

from packaging.utils import parse_wheel_filename

from clipit.apps.slides import write_slides

CHECKOUT = Path(__file__).parents[3]
NAME, EXTRAS = "clipit-course", ("course",)
SUMS = "SHA256SUMS"
# What pip is told by the file itself: nothing from the index, everything from the folder beside it.
HEAD = ("--no-index", "--find-links wheels")
Run = Callable[[Sequence[str]], None]


@dataclass(frozen=True)
class Bundle:
    """What was written.

    Attributes:
        folder: where it lies.
        wheels: how many packages.
        bytes: size of all files.
        seconds: that it took.
    """

    folder: Path
    wheels: int
    bytes: int
    seconds: float


def write_bundle(folder: Path, pip: Run | None = None) -> Bundle:
    """Writes the folder, or nothing at all when something goes wrong on the way.

    Args:
        folder: new, empty, or a bundle made before, which is replaced.
        pip: runs pip with such arguments; None is the pip of this environment.

    Raises:
        ValueError: the folder holds something else, or this is no checkout of the repository.
        RuntimeError: pip could not get a package.
    """
    began = time.perf_counter()
    check_places(folder)
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.absolute().parent, prefix=".bundle-") as beside:
        unfinished = Path(beside) / "bundle"
        wheels = get_wheels(unfinished / "wheels", pip or run_pip)
        copy_lessons(unfinished)
        write_slides(unfinished / "teacher" / "slides")
        write_texts(unfinished, wheels)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.move(unfinished, folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Bundle(folder, len(wheels), size, time.perf_counter() - began)


def check_places(folder: Path) -> None:
    """Refuses to replace what is no bundle, and to make one without the lessons."""
    if not (CHECKOUT / "notebooks" / "source").is_dir():
        raise ValueError("clipit bundle takes the lessons from a checkout of the repository: clone it, run this there.")
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not (folder / SUMS).is_file()):
        raise ValueError(f"{folder} holds something else: name a new folder, or an earlier bundle to replace it.")


def get_wheels(folder: Path, pip: Run) -> list[Path]:
    """Downloads or builds the wheels, of the locked versions; returns their paths."""
    wanted = f"{NAME}[{','.join(EXTRAS)}] @ {CHECKOUT.as_uri()}"
    constraints = str(CHECKOUT / "requirements.lock")
    pip(["wheel", "--quiet", "--disable-pip-version-check", "--wheel-dir", str(folder), "-c", constraints, wanted])
    return sorted(folder.glob("*.whl"))


def run_pip(arguments: Sequence[str]) -> None:
    """Runs pip; environments that uv made have none, so it then comes from one that lives as long as this takes."""
    with tempfile.TemporaryDirectory() as folder:
        python = Path(sys.executable)
        if importlib.util.find_spec("pip") is None:
            venv.create(folder, with_pip=True)
            python = Path(folder) / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        ran = subprocess.run([python, "-m", "pip", *arguments], capture_output=True, text=True)
    if ran.returncode:
        said = [line for line in ran.stderr.splitlines() if line.startswith("ERROR")] or ["pip did not say why"]
        raise RuntimeError(f"The packages could not be had ({said[-1]}): try again with a network.")


def copy_lessons(folder: Path) -> None:
    """The blank edition for everybody, the executed one, which shows all results, for the teacher."""
    lessons = CHECKOUT / "notebooks"
    for source, target in ((lessons / "blank", folder / "notebooks"), (lessons, folder / "teacher" / "notebooks")):
        target.mkdir(parents=True)
        for notebook in sorted(source.glob("[0-9][0-9]_*.ipynb")):
            shutil.copyfile(notebook, target / notebook.name)


def write_texts(folder: Path, wheels: Sequence[Path]) -> None:
    """The README, the list for pip, and the checksums of all that is not a wheel."""
    for name in ("LICENSE", "LICENSES.md"):
        shutil.copyfile(CHECKOUT / name, folder / name)
    lines = [requirement(wheel, checksum(wheel), EXTRAS) for wheel in wheels]
    (folder / "requirements.txt").write_text("\n".join([*HEAD, *lines, ""]), "utf-8", newline="\n")
    text = Template((files("clipit.apps.bundle") / "readme.md").read_text("utf-8"))
    size = sum(wheel.stat().st_size for wheel in wheels)
    python = ".".join(platform.python_version_tuple()[:2])
    readme = text.substitute(system=system(), python=python, packages=len(wheels), megabytes=round(size / 1e6))
    (folder / "README.md").write_text(readme, "utf-8", newline="\n")
    others = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".whl"]
    sums = [f"{checksum(path)}  {path.relative_to(folder).as_posix()}\n" for path in others]
    (folder / SUMS).write_text("".join(sums), "utf-8", newline="\n")


def requirement(wheel: Path, sha256: str, extras: Sequence[str]) -> str:
    """A line that makes pip install exactly this wheel; clipit's own asks for the extras too."""
    name, version, _, _ = parse_wheel_filename(wheel.name)
    chosen = f"[{','.join(extras)}]" if name == NAME else ""
    return f"{name}{chosen}=={version} --hash=sha256:{sha256}"


def checksum(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def system() -> str:
    """The system that the wheels are for, such as "Linux x86_64 with glibc 2.36 or newer"."""
    library, version = platform.libc_ver()
    newer = f" with {library} {version} or newer" if library else f" {platform.release()} or newer"
    return f"{platform.system().replace('Darwin', 'macOS')} {platform.machine()}{newer}"
