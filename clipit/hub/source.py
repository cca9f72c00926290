"""Where a checkpoint lies: in a folder, or on the Hugging Face hub, whose files are fetched one by one when needed.

What was fetched stays in the hub's own cache, which serves without a network.

>>> Source("no/such/model").config()
Traceback (most recent call last):
clipit.hub.errors.ModelError: There is no folder no/such/model, ...
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from huggingface_hub import errors, hf_hub_download, try_to_load_from_cache

from clipit.hub.errors import ModelError


@dataclass(frozen=True)
class Source:
    """A checkpoint's place.

    Attributes:
        name: a folder, or OWNER/NAME on the hub.
        revision: a branch, tag or commit there; None is the newest.
        unasked: files for which the hub could not be reached; from the first on, only its cache is looked at, because
            every further try would take half a minute.
    """

    name: str | Path
    revision: str | None = None
    unasked: list[str] = field(default_factory=list, repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.name}" if self.revision is None else f"{self.name} (revision {self.revision})"

    def file(self, name: str) -> Path | None:
        """A file of the checkpoint, None if it has no such file.

        Raises:
            ModelError: the hub has no such model, or cannot be reached and its cache does not hold the file.
        """
        if Path(self.name).is_dir():
            path = Path(self.name) / name
            return path if path.is_file() else None
        try:
            cache_alone = bool(self.unasked)
            return Path(hf_hub_download(str(self.name), name, revision=self.revision, local_files_only=cache_alone))
        except (errors.RepositoryNotFoundError, errors.HFValidationError):
            raise ModelError(f"There is no folder {self.name}, and no such public model on the hub.") from None
        except errors.RevisionNotFoundError:
            raise ModelError(f"{self.name} has no revision {self.revision} on the hub.") from None
        except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled):
            self.unasked.append(name)
            if name != "config.json" and self.cached("config.json"):
                return None  # from the cache alone nobody can tell whether the hub has more
            raise ModelError(
                f"There is no folder {self}, and the hub cannot be reached for it: get a network or a folder."
            ) from None
        except errors.EntryNotFoundError:
            return None
        except Exception as error:  # what the network and the disk have to say
            raise ModelError(f"{name} of {self} could not be fetched ({type(error).__name__}): try again.") from None

    def cached(self, name: str) -> bool:
        """Whether the hub's cache holds a file."""
        return isinstance(try_to_load_from_cache(str(self.name), name, revision=self.revision), str)

    def json(self, name: str) -> dict[str, Any] | None:
        """A JSON file's content, None if there is no such file; raises ModelError if it is damaged."""
        path = self.file(name)
        if path is None:
            return None
        try:
            content = json.loads(path.read_text("utf-8"))
        except (RecursionError, ValueError) as error:
            raise ModelError(f"{path} is damaged ({error}): delete it and get it again.") from None
        if not isinstance(content, dict):
            raise ModelError(f"{path} is damaged (it is no object): delete it and get it again.")
        return content

    def config(self) -> dict[str, Any]:
        """The content of config.json; raises ModelError if there is none."""
        content = self.json("config.json")
        if content is None:
            raise ModelError(f"{self} holds no config.json: it is no checkpoint of transformers.")
        return content
