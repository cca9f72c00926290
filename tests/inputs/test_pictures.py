"""Any picture opens as the RGB that a person would see, and what cannot be opened says why in one sentence."""

import struct
import zlib

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from clipit.inputs import PictureError, Preprocess, open_image, open_images, pictures

PROPERTY = settings(max_examples=25, deadline=None, derandomize=True, database=None)
# What a viewer does with each value of the EXIF tag Orientation, in words of NumPy.
ROTATIONS = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
    8: np.rot90,
}


def random_pixels(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def png_header(width, height):
    """The first bytes of a PNG of this size: enough to ask for its size, and nothing more."""

    def chunk(content):
        return struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))

    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(header) + chunk(b"IDAT")


@pytest.mark.parametrize("orientation", ROTATIONS)
def test_the_rotation_of_the_camera_is_applied(orientation, tmp_path):
    stored = random_pixels(3, 5)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(stored).save(tmp_path / "photo.png", exif=exif)
    np.testing.assert_array_equal(open_image(tmp_path / "photo.png"), ROTATIONS[orientation](stored))


def test_cmyk_becomes_rgb(tmp_path):
    Image.new("CMYK", (4, 3), (0, 255, 255, 0)).save(tmp_path / "print.jpg", quality=100)
    opened = open_image(tmp_path / "print.jpg")
    assert opened.shape == (3, 4, 3)
    np.testing.assert_allclose(opened, np.broadcast_to([255, 0, 0], (3, 4, 3)), atol=6)


def test_sixteen_bits_are_scaled_to_eight(tmp_path):
    values = np.array([[0, 257, 32896, 65535]], np.uint16)
    Image.fromarray(values).save(tmp_path / "deep.png")
    np.testing.assert_array_equal(open_image(tmp_path / "deep.png")[0, :, 0], [0, 1, 128, 255])


def test_a_dark_sixteen_bit_picture_stays_dark(tmp_path):
    Image.fromarray(np.full((2, 2), 200, np.uint16)).save(tmp_path / "dark.png")
    assert open_image(tmp_path / "dark.png").max() <= 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "YCbCr", "F", "I"])
def test_every_mode_of_white_is_white(mode):
    white = Image.new("RGB", (2, 2), "white").convert(mode)
    np.testing.assert_array_equal(open_image(white), np.full((2, 2, 3), 255))


def test_what_is_transparent_in_a_palette_becomes_white(tmp_path):
    indexed = Image.new("P", (2, 1))
    indexed.putpalette([255, 0, 0, 0, 0, 255])
    indexed.putdata([0, 1])
    indexed.save(tmp_path / "indexed.png", transparency=1)
    np.testing.assert_array_equal(open_image(tmp_path / "indexed.png"), [[[255, 0, 0], [255, 255, 255]]])


def test_half_transparent_is_half_white():
    np.testing.assert_allclose(open_image(Image.new("RGBA", (1, 1), (0, 0, 0, 128)))[0, 0], 127, atol=1)


def test_of_an_animation_the_first_picture_is_taken(tmp_path):
    red, blue = (Image.new("RGB", (4, 4), color) for color in ("red", "blue"))
    red.save(tmp_path / "moving.gif", save_all=True, append_images=[blue])
    np.testing.assert_array_equal(open_image(tmp_path / "moving.gif")[0, 0], [255, 0, 0])


def test_one_pixel_is_a_picture(tmp_path):
    Image.new("RGB", (1, 1), (1, 2, 3)).save(tmp_path / "dot.png")
    np.testing.assert_array_equal(open_image(tmp_path / "dot.png"), [[[1, 2, 3]]])
    assert Preprocess(32)([open_image(tmp_path / "dot.png")]).shape == (1, 32, 32, 3)


def test_what_pillow_has_opened_is_taken_as_it_is():
    pixels = random_pixels(3, 4)
    np.testing.assert_array_equal(open_image(Image.fromarray(pixels)), pixels)


def files_that_are_no_pictures(folder):
    Image.fromarray(random_pixels(40, 40)).save(folder / "whole.png")
    Image.fromarray(random_pixels(40, 40)).save(folder / "whole.jpg")
    contents = {
        "cut.png": (folder / "whole.png").read_bytes()[:1000],
        "cut.jpg": (folder / "whole.jpg").read_bytes()[:1000],
        "empty.png": b"",
        "text.png": b"this is no picture",
        "enormous.png": png_header(60_000, 60_000),
        "large.png": png_header(13_500, 13_000),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "folder.png").mkdir()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("cut.png", "damaged or cut off"),
        ("cut.jpg", "damaged or cut off"),
        ("empty.png", "is empty"),
        ("text.png", "not a picture"),
        ("folder.png", "is a folder"),
        ("missing.png", "There is no picture"),
        ("enormous.png", "far too many pixels"),
        ("large.png", "13500 x 13000 pixels"),
    ],
)
def test_what_cannot_be_opened_says_why(name, reason, tmp_path):
    files_that_are_no_pictures(tmp_path)
    with pytest.raises(PictureError, match=reason) as raised:
        open_image(tmp_path / name)
    assert name in str(raised.value) and "\n" not in str(raised.value)


def test_a_damaged_picture_that_pillow_has_opened_says_so_too(tmp_path):
    files_that_are_no_pictures(tmp_path)
    with Image.open(tmp_path / "cut.png") as cut, pytest.raises(PictureError, match=r"cut\.png is damaged"):
        open_image(cut)


def test_the_limit_lets_ordinary_photos_pass(monkeypatch):
    monkeypatch.setattr(pictures, "LARGEST_PIXELS", 100)
    assert open_image(Image.new("RGB", (10, 10))).shape == (10, 10, 3)
    with pytest.raises(PictureError, match="10 x 11 pixels"):
        open_image(Image.new("RGB", (10, 11)))


def test_several_at_once_keep_their_order_and_sizes(tmp_path):
    sizes = [(2, 3), (5, 1), (1, 4)]
    for index, size in enumerate(sizes):
        Image.fromarray(random_pixels(*size, seed=index)).save(tmp_path / f"{index}.png")
    opened = open_images(tmp_path / f"{index}.png" for index in range(3))
    assert [image.shape[:2] for image in opened] == sizes
    assert open_images([]) == []


@PROPERTY
@given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 50)), min_size=1, max_size=4), st.sampled_from([8, 32]))
def test_any_sizes_become_one_shape_within_the_range(sizes, image_size):
    made = Preprocess(image_size)([random_pixels(*size) for size in sizes])
    assert made.shape == (len(sizes), image_size, image_size, 3) and made.dtype == np.float32
    assert made.min() >= -1 and made.max() <= 1


def test_black_and_white_are_the_ends_of_the_range():
    made = Preprocess(8)([np.zeros((8, 8, 3), np.uint8), np.full((9, 9, 3), 255, np.uint8)])
    np.testing.assert_allclose(made[0], -1, atol=1e-6)
    np.testing.assert_allclose(made[1], 1, atol=1e-6)


def test_mean_and_deviation_are_those_of_a_scale_from_0_to_1():
    """CLIP's own numbers, on one pixel, by hand."""
    mean, deviation = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
    made = Preprocess(1, mean, deviation)([np.array([[[10, 20, 30]]], np.uint8)])
    by_hand = [(value / 255 - m) / d for value, m, d in zip((10, 20, 30), mean, deviation, strict=True)]
    np.testing.assert_allclose(made[0, 0, 0], by_hand, rtol=1e-5)


def test_the_middle_of_a_wide_picture_is_kept():
    wide = np.zeros((10, 30, 3), np.uint8)
    wide[:, 10:20] = 255
    np.testing.assert_array_equal(Preprocess(10).resize(wide), np.full((10, 10, 3), 255))


def test_resizing_is_what_pillow_does():
    image = random_pixels(50, 70)
    by_pillow = ImageOps.fit(Image.fromarray(image), (16, 16), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(Preprocess(16).resize(image), np.asarray(by_pillow))


def test_arrays_lists_and_pillow_pictures_give_the_same():
    images = np.stack([random_pixels(16, 16, seed) for seed in range(3)])
    from_array = Preprocess(16)(images)
    np.testing.assert_array_equal(from_array, Preprocess(16)(list(images)))
    np.testing.assert_array_equal(from_array, Preprocess(16)([Image.fromarray(image) for image in images]))
    np.testing.assert_allclose(from_array, Preprocess(16).normalise(jnp.asarray(images)), atol=1e-6)


def test_no_pictures_are_an_empty_batch():
    assert Preprocess(16)([]).shape == (0, 16, 16, 3)
