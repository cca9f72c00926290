"""What to do, as values: everything that decides how a run turns out. Imports no JAX, so that ``--help`` is quick.

>>> RECIPES["quick"].batch_size
256
"""

import json
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from clipit.models.config import BertConfig, BlockConfig, ConvNetConfig, DualConfig, from_dict, to_dict
from clipit.models.published import ITALIAN_BERT_XXL, VIT_B_32
from clipit.training.phase import Phase, phase_from_dict

DTYPES = ("float32", "bfloat16")
LOSSES = ("info_nce", "sigmoid")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides how a run turns out; two runs of one recipe agree to the last bit.

    Attributes:
        name: names the run's folder.
        seed: where every random choice of training starts from.
        language: language of the captions.
        data: captioned pictures: "" is the small world, else a source's name or a folder, as ``open_source`` reads it.
        train_size: pictures to train on; of ``data`` at most so many.
        test_size: pictures in each test split, and in the gallery that is searched; of ``data`` at most so many.
        vocabulary_size: tokens of the tokenizer at most.
        max_tokens: captions are cut to so many tokens; 0 for as many as the text encoder reads.
        batch_size: pairs in a step; each picture is told from all other captions of the batch.
        loss: "info_nce", CLIP's, or "sigmoid", SigLIP's, for which ``model`` needs an ``initial_logit_bias``.
        group_size: each picture is told only from the captions of so many pairs of the batch; 0 for the whole batch.
        chunk: so many pairs go through the encoders at a time: the gradients of the whole batch; 0 for all at once.
        remat: on the way back each transformer block is computed once more, and only what went into it is kept: less
            memory, and a quarter to a third more to compute.
        counting: weight of ``clipit.losses.counting``, which tells a caption from itself with another number; 0 for
            none. Only for the small world, and in phases that train the text encoder.
        tile: the loss looks at so many at a time, exactly too; 0 for all. Not for the small world with its positives.
        dtype: "float32", or "bfloat16" to compute in; parameters, gradients and the loss are float32 in both.
        devices: over how many devices a batch is spread. On a CPU several devices keep its cores busy.
        shards: over how many of them each parameter and its optimizer state are cut; 1 for a copy on every device.
        evaluate_every: steps between two looks at the validation pictures.
        checkpoint_every: steps between two checkpoints.
        model: sizes of both encoders.
        vision_from: trained weights whose image encoder is the start, such as "english-clip"; "" for a random one.
        text_from: the same for the text encoder, whose tokenizer comes with it.
        image_size: side of the pictures that ``vision_from`` reads, in pixels; 0 for that of its training.
        workers: processes that decode the pictures of prepared ``data`` while it trains, for more of them than fit
            decoded on the disk; 0 to decode all beforehand.
        variations: cut-outs of each picture of ``data``, mirrored where its captions allow it, that are trained on too.
        copy_projection: the projection of pictures too is that of ``vision_from``, and not random.
        phases: what is trained when, one after the other.
    """

    name: str = "quick"
    seed: int = 0
    language: str = "it"
    data: str = ""
    train_size: int = 24_000
    test_size: int = 1_000
    vocabulary_size: int = 2_000
    max_tokens: int = 0
    batch_size: int = 256
    loss: str = "info_nce"
    group_size: int = 0
    chunk: int = 0
    remat: bool = False
    tile: int = 0
    counting: float = 0.0
    dtype: str = "float32"
    devices: int = 2
    shards: int = 1
    evaluate_every: int = 50
    checkpoint_every: int = 50
    model: DualConfig = field(default_factory=DualConfig)
    vision_from: str = ""
    text_from: str = ""
    image_size: int = 0
    workers: int = 0
    variations: int = 0
    copy_projection: bool = False
    phases: tuple[Phase, ...] = (Phase(),)

    def __post_init__(self) -> None:
        counts = ("train_size", "test_size", "batch_size", "devices", "shards", "evaluate_every", "checkpoint_every")
        for name in counts:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}.")
        if self.batch_size % self.devices:
            raise ValueError(f"A batch_size of {self.batch_size} cannot be spread over {self.devices} devices.")
        if self.devices % self.shards:
            raise ValueError(f"Parameters cannot be cut into {self.shards} shards on {self.devices} devices.")
        if self.batch_size > self.train_size:
            raise ValueError(f"A batch_size of {self.batch_size} needs as many pictures; there are {self.train_size}.")
        for name in ("max_tokens", "chunk", "tile", "image_size", "variations", "workers"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)}.")
        if self.tile and (not self.data or self.shards > 1 or self.group_size):
            raise ValueError("tile is not for the small world, and goes neither with shards nor with groups.")
        if self.workers and (not self.data or self.variations):
            raise ValueError("workers decode the pictures of data, and go without variations.")
        if self.counting < 0 or self.counting and self.data:
            raise ValueError("counting is a weight, 0 or more, and only for the small world.")
        if self.group_size < 0 or self.group_size and self.batch_size % self.group_size:
            raise ValueError(f"A batch_size of {self.batch_size} cannot be cut into groups of {self.group_size}.")
        if self.loss not in LOSSES:
            raise ValueError(f"loss is {' or '.join(LOSSES)}, not {self.loss!r}.")
        if self.loss == "sigmoid" and (self.group_size or self.tile or not self.model.initial_logit_bias):
            raise ValueError("The sigmoid loss needs an initial_logit_bias in model, and goes without groups and tile.")
        if self.dtype not in DTYPES:
            raise ValueError(f"dtype is {' or '.join(DTYPES)}, not {self.dtype!r}.")
        if self.copy_projection and not self.vision_from:
            raise ValueError("copy_projection needs vision_from: there is no projection to copy.")
        if not self.phases:
            raise ValueError("A recipe needs at least one phase.")

    @property
    def steps(self) -> int:
        """Steps of all phases together, at most."""
        return sum(phase.steps for phase in self.phases)

    def with_phase(self, number: int = -1, /, **changes: Any) -> "Recipe":
        """The recipe with other values in one of its phases, the last if none is named."""
        phases = list(self.phases)
        phases[number] = replace(phases[number], **changes)
        return replace(self, phases=tuple(phases))

    def to_json(self) -> str:
        """The recipe as text."""
        return json.dumps({**asdict(self), "model": to_dict(self.model)}, indent=2) + "\n"

    @staticmethod
    def from_json(text: str) -> "Recipe":
        """The recipe that ``to_json`` wrote.

        Raises:
            ValueError: the text is no recipe, or has a value that no recipe has.
        """
        values: dict[str, Any] = json.loads(text)
        unknown = set(values) - {f.name for f in fields(Recipe)}
        if unknown:
            raise ValueError(f"A recipe has no {', '.join(sorted(unknown))}.")
        if "phases" in values:
            values["phases"] = tuple(phase_from_dict(phase) for phase in values["phases"])
        return Recipe(**{**values, "model": from_dict(values["model"])})


def read_recipe(path: str | Path) -> Recipe:
    """Reads a recipe from a file, such as a run's recipe.json."""
    return Recipe.from_json(Path(path).read_text())


QUICK = Recipe(
    model=DualConfig(
        vision=ConvNetConfig(),
        text=BertConfig(max_tokens=32, layers=1, block=BlockConfig(norm="before"), quiet_start=True),
    )
)
TINY = replace(
    QUICK,
    name="tiny",
    train_size=512,
    test_size=100,
    batch_size=64,
    evaluate_every=6,
    checkpoint_every=6,
    model=DualConfig(
        vision=ConvNetConfig(widths=(8, 16, 16), features=32),
        text=BertConfig(layers=1, block=BlockConfig(width=32, heads=2, norm="before"), quiet_start=True),
        projection_dim=32,
    ),
    phases=(Phase(steps=12, warmup_steps=4),),
)
# What OpenAI's CLIP is to CLIP-Italian: trained on many more pairs, in English. Another seed: other scenes.
ENGLISH_CLIP = replace(
    QUICK,
    name="english-clip",
    seed=1,
    language="en",
    train_size=40_000,
    evaluate_every=100,
    checkpoint_every=100,
    phases=(Phase(steps=800, warmup_steps=40),),
)
# CLIP-Italian's: two encoders that were trained apart, first only the projections between them. Then the article trains
# everything; here the image encoder stays as it is, because clipit study warmup found this to be best by far.
PROJECTIONS = ("visual_projection.", "text_projection.", "log_logit_scale")
ITALIAN_CLIP = replace(
    QUICK,
    name="italian-clip",
    train_size=16_000,
    vision_from="english-clip",
    text_from="italian-bert",
    phases=(
        Phase("warm-up", PROJECTIONS, steps=100, warmup_steps=20),
        Phase("text", ("text.", *PROJECTIONS), steps=300, warmup_steps=20),
    ),
)
# The same on real art and real pretrained weights that pip packages carry: emoji, an EfficientNet, a BERT of twelve
# layers. 900 pairs are soon known by heart, so it is short.
ITALIAN_REAL = Recipe(
    name="italian-real",
    data="emoji",
    train_size=10_000,
    evaluate_every=20,
    checkpoint_every=100,
    vision_from="efficientnet-lite0",
    text_from="multilingual-e5-small",
    image_size=128,
    phases=(Phase("warm-up", PROJECTIONS, steps=120, warmup_steps=20),),
)
# The real one, as far as its training script says (run_training.sh of July 2021, both stages). Its README calls the
# BERT cased; the script used the uncased one. What the script leaves open, or what is another here:
# - an epoch: the 95 % of about 1.4 million pairs that were trained on, 1,024 at a time on 8 devices;
# - each device compared its own 128 pairs only, hence the groups; equal captions in one are positives here;
# - the first stage was planned for 50 epochs, and its checkpoint 26 went on; here patience decides. In the second
#   nothing was stopped, and the best of 15 epochs was kept. Validation every epoch (the first stage's: every five);
# - the script's text tower had dropout, also while it was frozen; the encoders here have none;
# - its pictures were cropped, turned, mirrored and recoloured anew each time; here they are as they are (with
#   ``variations`` they would be cropped and mirrored);
# - the second stage had a newer version of the data than the first; here it is one;
# - only the text's projection was random (the article says both were).
EPOCH = 1_298
CLIP_ITALIAN_2021 = Recipe(
    name="clip-italian-2021",
    seed=42,
    data="prepared:clip-italian-data",
    train_size=1_330_000,
    max_tokens=96,
    batch_size=1_024,
    group_size=128,
    devices=8,
    evaluate_every=EPOCH,
    checkpoint_every=EPOCH,
    model=DualConfig(VIT_B_32, ITALIAN_BERT_XXL, 512, initial_logit_scale=20.0, constant_logit_scale=True),
    vision_from="openai/clip-vit-base-patch32",
    text_from="dbmdz/bert-base-italian-xxl-uncased",
    copy_projection=True,
    phases=tuple(
        Phase(name, trains, epochs * EPOCH, "adabelief", rate, warmup_steps=epochs * EPOCH // 10, weight_decay=0.0,
              gradient_norm=0.0, patience=patience)
        for name, trains, epochs, rate, patience in (
            ("warm-up", PROJECTIONS, 50, 5e-5, 10),
            ("everything", ("",), 15, 1e-5, 15),
        )
    ),
)  # fmt: skip
# The same today: told from the whole batch, a learned scale, half the precision to compute in, AdamW. Its learning
# rates are the usual ones for such encoders; nobody has tuned them at this size here.
CLIP_ITALIAN = replace(
    CLIP_ITALIAN_2021,
    name="clip-italian",
    batch_size=4_096,
    group_size=0,
    dtype="bfloat16",
    evaluate_every=EPOCH // 4,
    checkpoint_every=EPOCH // 4,
    model=DualConfig(VIT_B_32, ITALIAN_BERT_XXL, 512),
    phases=(
        Phase("warm-up", PROJECTIONS, 10 * EPOCH // 4, "adamw", 1e-3, warmup_steps=EPOCH // 4, patience=3),
        Phase("everything", ("",), 10 * EPOCH // 4, "adamw", 2e-5, warmup_steps=EPOCH // 4, patience=3),
    ),
)
RECIPES = {
    recipe.name: recipe
    for recipe in (QUICK, TINY, ENGLISH_CLIP, ITALIAN_CLIP, ITALIAN_REAL, CLIP_ITALIAN_2021, CLIP_ITALIAN)
}
