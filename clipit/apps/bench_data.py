"""``clipit bench data``: a file like WIT's with a million rows, read, filtered and split, killed and resumed.

The file is made up: its texts are nonsense, one row in two is Italian (of the real ones far fewer are, and others go
through faster), and faults of the real files are strewn in.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     file = write_wit(Path(folder) / "wit.tsv.gz", rows=100)
...     len(list(wit(file).rows()))
49
"""

import csv
import gzip
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from clipit.data.sources import wit
from clipit.data.splits import SPLITS, split_of

ROWS = 1_000_000
HEADER = (
    "language", "page_url", "image_url", "page_title", "section_title", "hierarchical_section_title",
    "caption_reference_description", "caption_attribution_description", "caption_alt_text_description", "mime_type",
    "original_height", "original_width", "is_main_image", "attribution_passes_lang_id", "page_changed_recently",
    "context_page_description", "context_section_description",
)  # fmt: skip
WORDS = ("la", "torre", "di", "Pisa", "e", "il", "duomo", "bianco", "con", "due", "gatti", "sulla", "città", "1907")
PREPARE = """
import sys
from clipit.apps.bench_data import most_memory
from clipit.data.preparing import prepare
from clipit.data.sources import wit
prepare(wit(sys.argv[1]), sys.argv[2], quiet=True)
print(most_memory())
"""


def write_wit(path: Path, rows: int = ROWS) -> Path:
    """Writes a file in WIT's format; the same rows every time."""
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(made_up(rows))
    return path


def made_up(rows: int) -> Iterator[list[str]]:
    """Rows with nonsense in them; a few without a caption, with entities and line ends, or repeated."""
    rng = random.Random(0)
    context = " ".join(rng.choices(WORDS, k=200))
    row: list[str] = []
    for number in range(rows):
        fault = rng.random()
        if not row or fault >= 0.002:  # else the row before comes again
            caption = "" if fault < 0.01 else " ".join(rng.choices(WORDS, k=rng.randint(1, 14)))
            caption += '&nbsp;"citazione"\nfine' if fault > 0.99 else ""
            language, place = rng.choice(("it", "en")), rng.randrange(len(context) // 2)
            page, image = f"https://{language}.wikipedia.org/wiki/{number // 3}", f"https://upload.org/{number}.jpg"
            texts = [caption, f"English: {number}", "", "image/jpeg", "600", "800", "true", "false", "true"]
            row = [language, page, image, "Pisa", "", "Pisa", *texts, context[place:], context[: place // 2]]
        yield row


def bench() -> list[dict[str, Any]]:
    """The rows of the benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        file = write_wit(Path(folder) / "wit_v1.train.tsv.gz")
        return [
            {"what": "read, filtered and split", **read(file)},
            {"what": "written as Parquet too", **prepared(file, Path(folder) / "calm")},
            {"what": "killed and resumed", **killed(file, Path(folder) / "killed", Path(folder) / "calm")},
        ]


def read(file: Path) -> dict[str, Any]:
    """Rows a second, of the file and of what is left of it."""
    started, faults, splits = time.perf_counter(), Counter[str](), Counter[str]()
    for row in wit(file).rows(faults):
        splits[split_of(row["key"])] += 1
    took = time.perf_counter() - started
    return {"rows_per_second": round(ROWS / took), "kept": splits.total(), "left_out": faults.total()}


def prepared(file: Path, folder: Path) -> dict[str, Any]:
    """The same and writing it, in a process of its own whose memory is looked at."""
    started = time.perf_counter()
    ran = subprocess.run([sys.executable, "-c", PREPARE, file, folder], capture_output=True, text=True, check=True)
    took = time.perf_counter() - started
    return {"rows_per_second": round(ROWS / took), "most_megabytes": int(ran.stdout.split()[-1])}


def killed(file: Path, folder: Path, calm: Path) -> dict[str, Any]:
    """The same, killed in the middle with SIGKILL and started again: what differs from the run that was left alone?"""
    command = [sys.executable, "-c", PREPARE, str(file), str(folder)]
    half = len(list(calm.glob("train-*"))) // 2
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        while not (folder / f"train-{half:05d}.parquet").exists() and running.poll() is None:
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wanted, found = keys(calm), keys(folder)
    return {
        "killed_after_parts": half + 1,
        "lost": (wanted - found).total(),
        "repeated": (found - wanted).total(),
        "files_alike": all((folder / name.name).read_bytes() == name.read_bytes() for name in calm.glob("*.parquet")),
    }


def keys(folder: Path) -> Counter[tuple[str, str]]:
    """How often each picture stands in each split."""
    files = ((split, file) for split in SPLITS for file in folder.glob(f"{split}-*.parquet"))
    return Counter(
        (split, key) for split, file in files for key in pq.read_table(file, columns=["key"])["key"].to_pylist()
    )


def most_memory() -> int:
    """The most memory that this process held, in megabytes."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) // 1000
    import resource  # not on Windows

    unit = 1e6 if os.uname().sysname == "Darwin" else 1e3
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)
