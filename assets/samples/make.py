"""Draws the sample photos and writes what is true of them: `python -m assets.samples.make FOLDER`.

Needs the fonts of Debian's fonts-dejavu-core, fonts-noto-core and fonts-noto-cjk, and `heif-enc` for the HEIC files
(Pillow reads HEIC through pi-heif but nothing under a permissive licence writes it).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base
from PIL.TiffImagePlugin import IFDRational

from assets.samples.catalogue import SAMPLES, City, Sample

SAVING: dict[str, dict[str, Any]] = {
    ".jpg": {"quality": 77, "optimize": True, "progressive": True},
    ".png": {"optimize": True},
    ".webp": {"quality": 76, "method": 6},
    ".avif": {"quality": 62},
}
ON_ITS_SIDE = 6  # EXIF orientation: turn clockwise by a quarter to see it upright


def main(folder: Path) -> None:
    for sample in SAMPLES:
        path = folder / sample.path
        path.parent.mkdir(parents=True, exist_ok=True)
        save(draw(sample), sample, path)
    truth = json.dumps({sample.path: told(sample) for sample in SAMPLES}, ensure_ascii=False, indent=2)
    (folder / "truth.json").write_text(truth + "\n", encoding="utf-8")


def draw(sample: Sample) -> Image.Image:
    """The picture, upright; the same every time, since its seed is its name."""
    return sample.draw(np.random.default_rng(zlib.crc32(sample.path.encode())))


def save(picture: Image.Image, sample: Sample, path: Path) -> None:
    exif = b"" if sample.bare else facts(sample).tobytes()
    if sample.turned:
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    if path.suffix == ".heic":
        _save_heic(picture, exif, path)
    else:
        picture.save(path, exif=exif, **SAVING[path.suffix])


def _save_heic(picture: Image.Image, exif: bytes, path: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source.jpg"
        picture.save(source, quality=97, subsampling=0, exif=exif)
        subprocess.run(["heif-enc", "-q", "44", "-o", str(path), str(source)], check=True, capture_output=True)


def facts(sample: Sample) -> Image.Exif:
    """When, where and with what the picture was taken."""
    exif = Image.Exif()
    if sample.turned:
        exif[Base.Orientation] = ON_ITS_SIDE
    if sample.camera:
        exif[Base.Make], exif[Base.Model] = sample.camera
    if sample.taken:
        exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = f"{sample.taken:%Y:%m:%d %H:%M:%S}"
    if sample.city:
        exif.get_ifd(IFD.GPSInfo).update(_position(sample.city))
    return exif


def _position(city: City) -> dict[int, Any]:
    return {
        GPS.GPSLatitudeRef: "N" if city.latitude >= 0 else "S",
        GPS.GPSLatitude: _sexagesimal(city.latitude),
        GPS.GPSLongitudeRef: "E" if city.longitude >= 0 else "W",
        GPS.GPSLongitude: _sexagesimal(city.longitude),
    }


def _sexagesimal(degrees: float) -> tuple[IFDRational, IFDRational, IFDRational]:
    """Degrees, minutes and hundredths of seconds, as EXIF wants them."""
    hundredths = round(abs(degrees) * 360_000)
    return IFDRational(hundredths // 360_000), IFDRational(hundredths // 6000 % 60), IFDRational(hundredths % 6000, 100)


def told(sample: Sample) -> dict[str, Any]:
    """What truth.json says of a sample."""
    return {
        "kind": sample.kind,
        "colour": sample.colour,
        "shows": sample.shows,
        "tags": sample.tags,
        "words": sample.words,
        "beyond": sample.beyond,
        "taken": sample.taken.isoformat() if sample.taken else None,
        "place": {"city": sample.city.name, "country_code": sample.city.country_code} if sample.city else None,
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
