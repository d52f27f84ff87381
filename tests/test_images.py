"""Images that nobody has checked: every kind is read as RGB, and what cannot be read is refused with the reason."""

import io
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from charsam.errors import ImageError
from charsam.images import MAX_PIXELS, is_image_file, load_image, stretch_note
from charsam.scenes import make_scene


@pytest.fixture(scope="module")
def scene() -> np.ndarray:
    return make_scene(1, size=(96, 64)).image


def file_of(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """The start of a PNG file whose header gives this size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_lossless_formats_give_the_pixels_exactly(tmp_path: Path, scene: np.ndarray, kind: str) -> None:
    path = tmp_path / f"scene.{kind.lower()}"
    path.write_bytes(file_of(Image.fromarray(scene), kind))

    for source in (path, str(path), path.read_bytes()):
        loaded = load_image(source)
        assert loaded.dtype == np.uint8
        np.testing.assert_array_equal(loaded, scene)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_lossy_formats_give_nearly_the_pixels(scene: np.ndarray, kind: str) -> None:
    loaded = load_image(file_of(Image.fromarray(scene), kind, quality=95))
    assert np.abs(loaded.astype(int) - scene).mean() < 6


def test_a_photo_of_an_iphone_is_read_where_the_extra_is_installed(tmp_path: Path, scene: np.ndarray) -> None:
    pytest.importorskip("pillow_heif")
    path = tmp_path / "IMG_0001.HEIC"
    path.write_bytes(file_of(Image.fromarray(scene), "HEIF", quality=95))
    assert is_image_file(path)
    assert np.abs(load_image(path).astype(int) - scene).mean() < 8


@pytest.mark.parametrize(
    ("orientation", "undo"),
    [
        (1, lambda a: a),
        (2, lambda a: a[:, ::-1]),
        (3, lambda a: np.rot90(a, 2)),
        (4, lambda a: a[::-1]),
        (5, lambda a: a.transpose(1, 0, 2)),
        (6, lambda a: np.rot90(a, 1)),
        (7, lambda a: np.rot90(a, 2).transpose(1, 0, 2)),
        (8, lambda a: np.rot90(a, 3)),
    ],
)
def test_exif_orientation_is_undone(scene: np.ndarray, orientation: int, undo) -> None:
    stored = Image.fromarray(np.ascontiguousarray(undo(scene)))
    exif = Image.Exif()
    exif[0x0112] = orientation

    loaded = load_image(file_of(stored, "PNG", exif=exif))

    np.testing.assert_array_equal(loaded, scene)


def test_palette_image_has_its_colours() -> None:
    image = Image.new("P", (4, 2), 1)
    image.putpalette([0, 0, 0, 200, 30, 10])
    np.testing.assert_array_equal(load_image(file_of(image)), np.full((2, 4, 3), (200, 30, 10)))


def test_transparent_pixels_are_white(scene: np.ndarray) -> None:
    alpha = np.zeros(scene.shape[:2], np.uint8)
    alpha[:, 48:] = 255

    loaded = load_image(file_of(Image.fromarray(np.dstack([scene, alpha]))))

    assert (loaded[:, :48] == 255).all()
    np.testing.assert_array_equal(loaded[:, 48:], scene[:, 48:])


def test_transparent_palette_colour_is_white() -> None:
    image = Image.new("P", (4, 2), 0)
    image.putpixel((0, 0), 1)
    image.putpalette([0, 0, 0, 200, 30, 10])

    loaded = load_image(file_of(image, "PNG", transparency=0))

    assert loaded[0, 0].tolist() == [200, 30, 10]
    assert loaded[1, 3].tolist() == [255, 255, 255]


def test_transparent_grey_image_is_on_white() -> None:
    values = np.zeros((2, 3, 2), np.uint8)
    values[0, 0] = (70, 255)
    loaded = load_image(file_of(Image.fromarray(values, "LA")))
    assert loaded[0, 0].tolist() == [70, 70, 70]
    assert loaded[1, 2].tolist() == [255, 255, 255]


def test_16_bit_image_keeps_its_brightness() -> None:
    deep = np.array([[0, 16384, 32768, 65535]], np.uint16)
    loaded = load_image(file_of(Image.fromarray(deep)))
    np.testing.assert_allclose(loaded[0, :, 0], [0, 64, 128, 255], atol=1)


def test_cmyk_image_is_read(scene: np.ndarray) -> None:
    cmyk = Image.fromarray(scene).convert("CMYK")
    loaded = load_image(file_of(cmyk, "TIFF"))
    np.testing.assert_allclose(loaded.astype(int), scene, atol=2)


def test_black_and_white_image_is_0_and_255() -> None:
    image = Image.new("1", (8, 8), 1)
    image.putpixel((0, 0), 0)
    assert np.unique(load_image(file_of(image))).tolist() == [0, 255]


def test_first_frame_of_an_animation_is_taken(scene: np.ndarray) -> None:
    frames = [Image.new("RGB", (20, 10), colour) for colour in ((255, 0, 0), (0, 0, 255))]
    loaded = load_image(file_of(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert loaded[5, 5].tolist() == [255, 0, 0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP"])
def test_truncated_file_is_damaged(tmp_path: Path, scene: np.ndarray, kind: str) -> None:
    data = file_of(Image.fromarray(scene), kind)
    path = tmp_path / "cut.img"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(ImageError, match=r"cut\.img is (damaged and cannot be read|not an image)"):
        load_image(path)


@pytest.mark.parametrize("content", [b"", b"Dear Sir or Madam,\n", b"\x00" * 1000, b"%!PS-Adobe-3.0 EPSF-3.0\n"])
def test_file_that_is_no_image_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "letter.png"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=r"letter\.png is not an image that can be read; use JPEG, PNG"):
        load_image(path)


def test_image_with_too_many_pixels_is_refused_with_its_size() -> None:
    with pytest.raises(ImageError, match=r"the image has .*million pixels"):
        load_image(png_that_claims(20_000, 20_000))


def test_image_just_over_the_limit_gives_size_and_limit() -> None:
    with pytest.raises(ImageError, match=r"the image has 10000 x 5001 = 50 million pixels; at most 50 million"):
        load_image(png_that_claims(10_000, MAX_PIXELS // 10_000 + 1))


def test_image_at_the_limit_is_not_refused_for_its_size() -> None:
    with pytest.raises(ImageError, match="damaged"):
        load_image(png_that_claims(10_000, MAX_PIXELS // 10_000))


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"nowhere\.jpg does not exist"):
        load_image(tmp_path / "nowhere.jpg")


def test_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=tmp_path.name):
        load_image(tmp_path)


def test_given_name_is_used_in_messages() -> None:
    with pytest.raises(ImageError, match=r"holiday\.jpg is not an image"):
        load_image(b"nothing", name="holiday.jpg")


@pytest.mark.parametrize(
    ("name", "expected"), [("a.JPG", True), ("a.jpeg", True), ("a.webp", True), ("a.txt", False), ("png", False)]
)
def test_file_name_tells_an_image(name: str, expected: bool) -> None:
    assert is_image_file(Path(name)) is expected


def test_a_side_that_opencv_cannot_sample_is_named() -> None:
    out = io.BytesIO()
    Image.new("L", (1, 40_000)).save(out, "PNG")
    with pytest.raises(ImageError, match="1 x 40000 pixels; a side may have 32,766"):
        load_image(out.getvalue())


@pytest.mark.parametrize(
    ("mode", "scale", "shift"),
    [("F", 1 / 255, 0.0), ("F", 2 / 255, -1.0), ("I;16", 4.0, 0.0), ("I;16", 16.0, 0.0), ("I", 1.0, -128.0)],
)
def test_deep_images_are_stretched_to_what_is_there_and_that_is_said(mode: str, scale: float, shift: float) -> None:
    levels = np.tile(np.linspace(52, 234, 64), (32, 1)) * scale + shift
    kind = {"F": np.float32, "I": np.int32, "I;16": np.uint16}[mode]
    buffer = io.BytesIO()
    Image.fromarray(levels.astype(kind)).save(buffer, "TIFF")

    image = load_image(buffer.getvalue())

    assert (image.min(), image.max()) == (0, 255)
    assert "were stretched" in str(stretch_note(buffer.getvalue(), "deep.tif"))


def test_one_broken_value_does_not_blacken_an_image() -> None:
    levels = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (32, 1))
    levels[3, 3] = np.nan
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "TIFF")

    image = load_image(buffer.getvalue())

    assert image[3, 3, 0] == 0 and image[0, -1, 0] == 255


def test_images_of_8_and_16_bits_are_as_they_were() -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.tile(np.linspace(0, 60000, 64), (4, 1)).astype(np.uint16)).save(buffer, "PNG")

    assert load_image(buffer.getvalue()).max() == 233
    assert stretch_note(buffer.getvalue(), "a.png") is None


def test_deep_images_are_worked_on_in_strips_of_little_memory() -> None:
    values = np.arange(1_200_000, dtype=np.float32).reshape(1000, 1200) - 5
    values[700, 3] = np.nan
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "TIFF")

    tracemalloc.start()
    image = load_image(buffer.getvalue())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    expected = np.round((np.nan_to_num(values.astype(np.float64), nan=-5) + 5) * (255 / 1_199_999))
    np.testing.assert_array_equal(image[..., 1], expected)
    assert peak < 15 * values.size  # 3 bytes a pixel are the result; as float64 it took 40
