"""``clipit demo``: a model to share, as a page or as a Space. What is heavy is imported when it runs."""

from pathlib import Path

from tyro.conf import Positional

LARGE = 15_000_000  # bytes; more takes long over a phone's network


def demo(
    run: Positional[str],
    folder: Positional[Path],
    gallery: Path | None = None,
    runtime: Path | None = None,
    space: bool = False,
) -> None:
    """Write a page with the model inside, for any static host (needs the extra "onnx"); or a Hugging Face Space.

    Args:
        run: a run's folder, what `clipit language train` wrote, or the name of weights that come with the course.
        folder: where to write.
        gallery: a folder with pictures to search in, or an index of one (`clipit embed`); without it the small world is
            searched.
        runtime: a folder with onnxruntime-web, where the npm registry cannot be reached.
        space: write an app for Hugging Face Spaces, where a server runs the model, because it is too large for a page.
    """
    from clipit.apps.demo import DemoSettings, write_demo
    from clipit.apps.demo.space_folder import write_space

    if space and runtime:
        raise ValueError("A Space runs nothing in the browser: leave out --runtime, or --space.")
    done = (write_space if space else write_demo)(run, folder, DemoSettings(gallery, runtime))
    print(f"Written to {done.folder}: {done.pictures:,} pictures, {done.bytes / 1e6:.1f} MB in all.")
    if done.left_out:
        print(f"{done.left_out:,} more pictures were left out, so that it opens quickly.")
    if space:
        print(f'Look at it: pip install "clipit-course[app]", then python {done.folder / "app.py"}')
        print(f"Share it: hf upload OWNER/NAME {done.folder} . --repo-type space")
        return
    if done.bytes > LARGE:
        print(
            f"That is much for a page (best under {LARGE / 1e6:.0f} MB): a smaller gallery opens quicker, or --space."
        )
    print(f"Look at it: python -m http.server --directory {done.folder} 8000, then http://127.0.0.1:8000/")
