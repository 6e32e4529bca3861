from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import ExifTags, Image, ImageCms

from engine.errors import PictureUnusable
from indexer.pictures import MAX_PIXELS, Opened, open_picture

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def opened(path: Path, max_px: int = 2000, reducing_gap: float = 1.0) -> Opened:
    return open_picture(str(path), max_px, reducing_gap=reducing_gap)


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """The colours in the four corners, each rounded to all or nothing, as lossy formats need."""
    right, bottom = image.width - 1, image.height - 1
    found = [image.getpixel(at) for at in ((0, 0), (right, 0), (0, bottom), (right, bottom))]
    return [tuple(255 if value > 127 else 0 for value in pixel) for pixel in found if isinstance(pixel, tuple)]


def four_corners() -> Image.Image:
    """64 x 32: red, green, blue, white, from the top left on."""
    image = Image.new("RGB", (64, 32))
    for colour, at in zip((RED, GREEN, BLUE, WHITE), ((0, 0), (32, 0), (0, 16), (32, 16)), strict=True):
        image.paste(colour, (*at, at[0] + 32, at[1] + 16))
    return image


UPRIGHT = [RED, GREEN, BLUE, WHITE]
# How the pixels of an upright picture are stored under each orientation, by EXIF's definition: the inverse of turning.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "avif"])
@pytest.mark.parametrize("orientation", STORED)
def test_picture_is_upright_whatever_its_orientation(tmp_path: Path, orientation: int, ending: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    turn = STORED[orientation]
    stored = four_corners() if turn is None else four_corners().transpose(turn)
    stored.save(tmp_path / f"a.{ending}", exif=exif, quality=95)
    found = opened(tmp_path / f"a.{ending}")
    assert (found.width, found.height, found.image.size) == (64, 32, (64, 32))
    assert corners(found.image) == UPRIGHT


@pytest.mark.parametrize(
    ("ending", "format_name"),
    {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "tif": "TIFF", "bmp": "BMP", "avif": "AVIF"}.items(),
)
def test_content_decides_the_format_not_the_name(tmp_path: Path, ending: str, format_name: str) -> None:
    four_corners().save(tmp_path / f"a.{ending}")
    mislabelled = (tmp_path / f"a.{ending}").rename(tmp_path / "a.heic")
    found = opened(mislabelled)
    assert found.format == format_name
    assert corners(found.image) == UPRIGHT


def sixteen_bit() -> Image.Image:
    return Image.new("I;16", (8, 8), 51400)  # 200 of 255


@pytest.mark.parametrize(
    ("image", "ending", "colour"),
    [
        (Image.new("1", (8, 8), 1), "png", WHITE),
        (Image.new("L", (8, 8), 200), "png", (200, 200, 200)),
        (sixteen_bit(), "png", (200, 200, 200)),
        (sixteen_bit(), "tif", (200, 200, 200)),
        (Image.new("LA", (8, 8), (0, 0)), "png", WHITE),
        (Image.new("RGBA", (8, 8), (255, 0, 0, 0)), "png", WHITE),
        (Image.new("RGBA", (8, 8), (255, 0, 0, 128)), "png", (255, 127, 127)),
        (Image.new("RGBA", (8, 8), (255, 0, 0, 128)), "webp", (255, 127, 127)),
        (Image.new("RGB", (8, 8), BLUE).convert("P"), "gif", BLUE),
        (Image.new("RGB", (8, 8), BLUE).quantize(4), "png", BLUE),
        (Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "jpg", RED),
        (Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "tif", RED),
        (Image.new("F", (8, 8), 0.5), "tif", (0, 0, 0)),
    ],
    ids=lambda value: f"{value.mode}" if isinstance(value, Image.Image) else None,
)
def test_every_kind_of_pixel_becomes_rgb(tmp_path: Path, image: Image.Image, ending: str, colour: object) -> None:
    image.save(tmp_path / f"a.{ending}", lossless=True, quality=100)
    found = opened(tmp_path / f"a.{ending}").image
    assert found.mode == "RGB"
    pixel = found.getpixel((4, 4))
    assert isinstance(pixel, tuple) and isinstance(colour, tuple)
    assert all(abs(value - wanted) <= 3 for value, wanted in zip(pixel, colour, strict=True)), pixel


def test_transparent_colour_of_a_palette_is_white(tmp_path: Path) -> None:
    image = Image.new("RGB", (8, 8), BLUE).quantize(4)
    index = image.getpixel((0, 0))
    image.save(tmp_path / "a.png", transparency=index)
    assert corners(opened(tmp_path / "a.png").image) == [WHITE] * 4


def swapped_profile() -> bytes:
    """An ICC profile that is not sRGB's: sRGB's own with the red and the blue primary in each other's place."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    entries = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * profile[131], 12)}
    red, blue = (slice(entries[name] + 4, entries[name] + 12) for name in (b"rXYZ", b"bXYZ"))
    profile[red], profile[blue] = profile[blue], profile[red]
    return bytes(profile)


def test_colours_are_what_the_profile_says(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), RED).save(tmp_path / "a.png", icc_profile=swapped_profile())
    assert corners(opened(tmp_path / "a.png").image) == [BLUE] * 4


def test_profile_that_is_damaged_is_ignored(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), RED).save(tmp_path / "a.png", icc_profile=b"no profile at all")
    assert corners(opened(tmp_path / "a.png").image) == [RED] * 4


def test_animation_is_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in (GREEN, RED, BLUE)]
    for ending in ("gif", "webp", "png"):
        frames[0].save(tmp_path / f"a.{ending}", save_all=True, append_images=frames[1:], lossless=True)
        assert corners(opened(tmp_path / f"a.{ending}").image) == [GREEN] * 4


def test_large_picture_is_made_smaller_and_its_size_kept(tmp_path: Path) -> None:
    image = four_corners().resize((1600, 800))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    for ending in ("jpg", "png"):
        image.transpose(Image.Transpose.ROTATE_90).save(tmp_path / f"a.{ending}", exif=exif)
        found = opened(tmp_path / f"a.{ending}", max_px=200)
        assert (found.width, found.height, found.image.size) == (1600, 800, (200, 100))
        assert corners(found.image) == UPRIGHT


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1)])
def test_shape_of_any_kind_is_opened(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size, GREEN).save(tmp_path / "a.png")
    found = opened(tmp_path / "a.png", max_px=512)
    assert (found.width, found.height) == size
    assert max(found.image.size) <= 512 and min(found.image.size) == 1


def encoded(ending: str = "jpeg") -> bytes:
    out = io.BytesIO()
    four_corners().resize((640, 320)).save(out, ending)
    return out.getvalue()


@pytest.mark.parametrize("ending", ["jpeg", "png", "webp", "tiff", "bmp", "avif"])
@pytest.mark.parametrize("part", [0.05, 0.5, 0.95])
def test_file_that_is_cut_off_is_refused_in_a_sentence(tmp_path: Path, ending: str, part: float) -> None:
    whole = encoded(ending)
    (tmp_path / "a").write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(PictureUnusable, match=r"^[A-Z].+\.$"):
        opened(tmp_path / "a")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty."),
        (b"just some text", "This is not a picture in a format that Tintype knows."),
        (encoded()[: len(encoded()) // 2], "The file is cut off: a part of the picture is missing."),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(PictureUnusable) as caught:
        opened(tmp_path / "a.jpg")
    assert str(caught.value) == reason


def test_picture_that_claims_too_many_pixels_is_refused_before_it_takes_memory(tmp_path: Path) -> None:
    whole = bytearray(encoded("bmp"))
    whole[18:26] = (40_000).to_bytes(4, "little") + (40_000).to_bytes(4, "little")
    (tmp_path / "a.bmp").write_bytes(whole)
    assert MAX_PIXELS < 40_000**2
    with pytest.raises(PictureUnusable, match="1,600 megapixels"):
        opened(tmp_path / "a.bmp")


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_costs_the_exif_not_the_picture(tmp_path: Path) -> None:
    four_corners().save(tmp_path / "a.jpg", exif=b"Exif\0\0II*\0\xff\xff\xff\xff", quality=95)
    assert corners(opened(tmp_path / "a.jpg").image) == UPRIGHT


SAMPLES = Path(__file__).parents[2] / "assets" / "samples"


@pytest.mark.parametrize(
    ("name", "size"), [("2023 Lisbon/IMG_2291.heic", (1600, 1200)), ("Receipts/Bäckerei.heic", (1200, 1600))]
)
def test_heic_is_opened_upright(name: str, size: tuple[int, int]) -> None:
    found = opened(SAMPLES / name)
    assert found.format == "HEIC"
    assert found.image.size == (found.width, found.height) == size
