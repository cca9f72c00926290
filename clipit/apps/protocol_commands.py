"""``clipit protocol ...``: the published ways of measuring, on a reader's own copy of the pictures."""

import json as json_module
from pathlib import Path

from tyro.conf import Positional
from tyro.extras import SubcommandApp

protocol = SubcommandApp()
protocol.__doc__ = "Measure a model as CLIP-Italian was: zero-shot on ImageNet, retrieval on MSCOCO-IT."


def tell(results: dict[str, float], as_json: bool) -> None:
    """Prints the results, one a line, or as JSON."""
    lines = [
        f"{name} {value:.4f}" if isinstance(value, float) else f"{name} {value}" for name, value in results.items()
    ]
    print(json_module.dumps(results, indent=2) if as_json else "\n".join(lines))


@protocol.command
def zero_shot(
    model: Positional[str],
    folder: Positional[Path],
    labels: Path | None = None,
    templates: Path | None = None,
    json: bool = False,
) -> None:
    """Accuracy of naming pictures: ImageNet's validation set, or any folder with a folder for each class.

    Args:
        model: a run's folder, weights of the course, or a name on the hub.
        folder: one folder of pictures for each class.
        labels: names of the classes: lines "folder<TAB>name", or one name a line in the order of the folders.
        templates: sentences with {} in the place of the name, one a line; their vectors are averaged.
        json: print as JSON.
    """
    from clipit.apps.protocols import measure_zero_shot
    from clipit.hub import load

    tell(measure_zero_shot(*load(model), folder, labels, templates), json)


@protocol.command
def retrieval(
    model: Positional[str],
    source: Positional[str],
    pictures: str | None = None,
    language: str = "it",
    columns: tuple[str, ...] = (),
    json: bool = False,
) -> None:
    """Recall and MRR with every caption as a query: MSCOCO-IT, or any captioned pictures.

    Args:
        model: a run's folder, weights of the course, or a name on the hub.
        source: such as mscoco_it:captions_ita_devset_unvalidated.json, or a folder with metadata.csv.
        pictures: the folder of COCO's pictures.
        language: of the captions.
        columns: where the captions of a folder stand, the best first.
        json: print as JSON.
    """
    from clipit.apps.protocols import measure_retrieval
    from clipit.data.sources import SourceSettings
    from clipit.hub import load

    settings = SourceSettings(language=language, columns=columns, pictures=pictures)
    tell(measure_retrieval(*load(model), source, settings), json)
