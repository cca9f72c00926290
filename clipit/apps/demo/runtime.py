"""onnxruntime-web (MIT, https://onnxruntime.ai), which runs ONNX files in a browser: got once, checked, and kept.

Of the package three files are needed: two modules, and the program in WebAssembly. The latter is packed, which makes it
four times smaller; the page unpacks it. All runs in one thread, so that no host has to send special headers.

>>> sorted(FILES)
['ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm', 'ort.wasm.min.mjs']
"""

import gzip
import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
import urllib.request
from pathlib import Path

from clipit.data.atomic import replacing
from clipit.data.cache import cached_path

VERSION = "1.22.0"  # newer ones are larger, and compute nothing that these models need
PACKAGE = f"onnxruntime-web@{VERSION}"
ADDRESS = f"https://registry.npmjs.org/onnxruntime-web/-/onnxruntime-web-{VERSION}.tgz"
MODULE, STARTER, PROGRAM = "ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"
FILES = {
    MODULE: "6ef726f355b791129f7ddf3f62e7877a16b9b777abe87004b8ab306e6b9cf265",
    STARTER: "30dd851d9c00622940500f71ddd2ff8820c5cb65270816080175b958705385a8",
    PROGRAM: "71aef04959c5c1b6de461b6538e2058e306610034a85aad2742d0c7fd4533fe4",
}  # and their SHA-256
SECONDS = 120


class RuntimeMissingError(RuntimeError):
    """The files cannot be had; the message says what to do."""


def find_runtime(given: Path | None = None) -> Path:
    """The folder with the three files.

    Args:
        given: where somebody put them; None is the cache folder, which is filled from the npm registry at first use.

    Raises:
        RuntimeMissingError: a file is missing or another one, or the registry cannot be reached.
    """
    if given is not None:
        places = [folder for folder in (given, given / "dist", given / "package" / "dist") if has_files(folder)]
        if not places:
            raise RuntimeMissingError(f"{given} does not hold {', '.join(FILES)} of {PACKAGE}.")
        return check(places[0])
    folder = kept()
    if not has_files(folder):
        unpack(get_package(), folder)
    return check(folder)


def kept() -> Path:
    """Where the files lie once they were fetched."""
    return cached_path("onnxruntime-web", VERSION)


def has_files(folder: Path) -> bool:
    """Whether all lie here."""
    return all((folder / name).is_file() for name in FILES)


def check(folder: Path) -> Path:
    """The folder itself, if its files are those that clipit was tested with."""
    for name, wanted in FILES.items():
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != wanted:
            raise RuntimeMissingError(f"{folder / name} is not the file of {PACKAGE}: delete it and get it again.")
    return folder


def get_package() -> bytes:
    """The package, from the registry that npm knows, or from the public one where there is no npm."""
    try:
        return pack() if shutil.which("npm") else download()
    except (OSError, subprocess.SubprocessError):
        raise RuntimeMissingError(
            f"The npm registry cannot be reached for {PACKAGE}: try again with a network, "
            f"or unpack {ADDRESS} and name its folder with --runtime."
        ) from None


def pack() -> bytes:
    """What `npm pack` fetches."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", PACKAGE, "--silent", "--ignore-scripts", f"--pack-destination={folder}"]
        subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=SECONDS)
        return next(Path(folder).glob("*.tgz")).read_bytes()


def download() -> bytes:
    """The same without npm."""
    with urllib.request.urlopen(ADDRESS, timeout=SECONDS) as answer:
        return answer.read()


def unpack(package: bytes, folder: Path) -> None:
    """Puts the three files into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(fileobj=io.BytesIO(package)) as packed:
            for name in FILES:
                inside = packed.extractfile(f"package/dist/{name}")
                assert inside is not None  # a folder of this name would be another package
                with replacing(folder / name) as unfinished:
                    unfinished.write_bytes(inside.read())
    except (AssertionError, KeyError, EOFError, tarfile.TarError) as error:
        raise RuntimeMissingError(f"What the npm registry gave is not {PACKAGE} ({error}): try again.") from None


def copy_runtime(source: Path, folder: Path) -> None:
    """All for the page; ``.js`` because some hosts do not know ``.mjs``."""
    folder.mkdir()
    shutil.copyfile(source / MODULE, folder / "ort.js")
    shutil.copyfile(source / STARTER, folder / "starter.js")
    packed = gzip.compress((source / PROGRAM).read_bytes(), mtime=0)
    (folder / "ort.wasm.packed").write_bytes(packed)  # not .gz, which some hosts would unpack by themselves
