"""``clipit bundle`` and ``clipit slides``: what a teacher takes along. What is heavy is imported when it runs."""

from pathlib import Path

from tyro.conf import Positional


def bundle(folder: Positional[Path]) -> None:
    """Write the course into a folder, to install from in a room without a network.

    Args:
        folder: where to write; an earlier bundle there is replaced.
    """
    from clipit.apps.bundle import check_places, write_bundle

    check_places(folder)
    print("Getting the wheels of all that the lessons need (some minutes) ...", flush=True)
    done = write_bundle(folder)
    size = f"{done.bytes / 1e6:,.0f} MB"
    print(f"Written to {done.folder}: {done.wheels} packages, {size} in all, in {done.seconds:.0f} s.")
    print(f"{done.folder / 'README.md'} says how to install from it.")


def slides(folder: Positional[Path]) -> None:
    """Write slides of all lessons, one page each, to project without a network.

    Args:
        folder: where to write.
    """
    from clipit.apps.slides import write_slides

    pages = write_slides(folder)
    print(f"Written to {folder}: {len(pages) - 1} lessons. Open {folder / 'index.html'} in a browser.")
