"""``clipit demo``: a page with the model inside. What is heavy is imported when it runs."""

from pathlib import Path

from tyro.conf import Positional

LARGE = 15_000_000  # bytes; more takes long over a phone's network


def demo(
    run: Positional[str], folder: Positional[Path], gallery: Path | None = None, runtime: Path | None = None
) -> None:
    """Write a page with the model inside, for any static host (needs the extra "onnx").

    Args:
        run: a run's folder, or the name of weights that come with the course.
        folder: where to write.
        gallery: a folder with pictures to search in; without it the small world is searched.
        runtime: a folder with onnxruntime-web, where the npm registry cannot be reached.
    """
    from clipit.apps.demo import DemoSettings, write_demo

    done = write_demo(run, folder, DemoSettings(gallery, runtime))
    size = f"{done.bytes / 1e6:.1f} MB"
    print(f"Written to {done.folder}: {done.pictures:,} pictures, {size} in all.")
    if done.bytes > LARGE:
        print(f"That is much for a page (best under {LARGE / 1e6:.0f} MB): a smaller model or gallery opens quicker.")
    print(f"Look at it: python -m http.server --directory {done.folder} 8000, then http://127.0.0.1:8000/")
