"""When, where and with what a photo was taken.

The time is the first of: EXIF's, that of the satellites at the place, XMP's, that in the file's name, the file's own.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from PIL import ExifTags, Image

_EARLIEST_YEAR = 1826  # of the first photograph that is left
_MAX_NAME_LENGTH = 100


class Recorded(msgspec.Struct, frozen=True):
    """What the camera wrote. `taken_at` is what a clock there showed, without a zone; `source`: exif, gps or xmp.

    `utc_offset`: how far that clock was ahead of universal time, in minutes, as the camera or the place says.
    """

    taken_at: datetime | None = None
    source: str = "exif"
    latitude: float | None = None
    longitude: float | None = None
    camera: str = ""
    lens: str = ""
    utc_offset: int | None = None


def recorded(exif: Image.Exif, taken_at: datetime | None = None) -> Recorded:
    """Reads what can be read of it: a damaged entry is as good as none. `taken_at`: by XMP, for want of EXIF's."""
    details = _directory(exif, ExifTags.IFD.Exif)
    gps = _directory(exif, ExifTags.IFD.GPSInfo)
    position = _position(gps)
    by_camera, offset = _first_moment(
        (details.get(ExifTags.Base.DateTimeOriginal), details.get(ExifTags.Base.OffsetTimeOriginal)),
        (details.get(ExifTags.Base.DateTimeDigitized), details.get(ExifTags.Base.OffsetTimeDigitized)),
        (exif.get(ExifTags.Base.DateTime), details.get(ExifTags.Base.OffsetTime)),
    )
    by_satellite = _by_satellite(gps, position) if position and not by_camera else None
    moment = by_camera or by_satellite or taken_at
    return Recorded(
        taken_at=moment,
        source="exif" if by_camera else "gps" if by_satellite else "xmp",
        latitude=position[0] if position else None,
        longitude=position[1] if position else None,
        camera=camera_name(exif.get(ExifTags.Base.Make), exif.get(ExifTags.Base.Model)),
        lens=_name(details.get(ExifTags.Base.LensModel)),
        utc_offset=offset if offset is not None else offset_at(moment, position),
    )


def taken(camera: Recorded, files: Iterable[tuple[str, int]]) -> tuple[datetime, str]:
    """When a photo was taken, and whether "exif", "gps", "xmp", "name" or "mtime" says so.

    `files`: path and mtime_ns.
    """
    if camera.taken_at:
        return camera.taken_at, camera.source
    files = sorted(files)
    by_name = next((moment for path, _ in files if (moment := in_name(PurePath(path).name))), None)
    if by_name:
        return by_name, "name"
    return datetime.fromtimestamp(min(mtime_ns for _, mtime_ns in files) // 10**9), "mtime"


def in_name(name: str) -> datetime | None:
    """The moment in a file's name as cameras, phones and messengers write it; midnight where only the day is there."""
    for match in _NAME.finditer(name):
        day = [int(match[part]) for part in ("year", "month", "day")]
        time = [int(match[part] or 0) for part in ("hour", "minute", "second")]
        if moment := _moment(*day, *time) or _moment(*day):
            return moment
    return None


# IMG_20230514_101112, 2023-05-14 10.11.12, Screenshot_20240102-030405, IMG-20230514-WA0001, PXL_20230514_101112345,
# signal-2023-05-14-10-11-12-345, Photo 2023-05-14 at 10.11.12
_NAME = re.compile(
    r"""
    (?<!\d) (?P<year>(?:19|20)\d\d) (?P<between>[-_.]?) (?P<month>\d\d) (?P=between) (?P<day>\d\d)
    (?!\d{1,5}(?!\d))
    (?: [-_.T ]{0,3} (?:at\ )? (?P<hour>\d\d) [-_.:h]? (?P<minute>\d\d) [-_.:m]? (?P<second>\d\d) )?
    """,
    re.VERBOSE,
)
_GPS_DATE = re.compile(r"\s*(\d{4})[:/.-](\d\d)[:/.-](\d\d)")
_EXIF_OFFSET = re.compile(r"\s*([+-])(\d\d):?(\d\d)[\s\0]*")
_FURTHEST = 14 * 60  # minutes from universal time
_EXIF_TIME = re.compile(r"\s*(\d{4})[:/.-](\d\d)[:/.-](\d\d)[ T](\d\d):(\d\d):(\d\d)")


def _directory(exif: Image.Exif, tag: int) -> dict[int, Any]:
    try:
        return exif.get_ifd(tag)
    except Exception:  # there is no end to what a damaged directory raises
        return {}


def _first_moment(*texts: tuple[object, object]) -> tuple[datetime | None, int | None]:
    """The first time that is one, and the offset beside it."""
    return next(((moment, _minutes(offset)) for text, offset in texts if (moment := _exif_moment(text))), (None, None))


def _minutes(offset: object) -> int | None:
    match = _EXIF_OFFSET.fullmatch(offset) if isinstance(offset, str) else None
    if match is None:
        return None
    minutes = 60 * int(match[2]) + int(match[3])
    return (-minutes if match[1] == "-" else minutes) if minutes <= _FURTHEST else None


def _exif_moment(text: object) -> datetime | None:
    match = _EXIF_TIME.match(text) if isinstance(text, str) else None
    return _moment(*map(int, match.groups())) if match else None


def _moment(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime | None:
    try:
        moment = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    return moment if moment.year >= _EARLIEST_YEAR else None


def camera_name(make: object, model: object) -> str:
    """Maker and model, the maker once: some write it into both."""
    make, model = _name(make), _name(model)
    return model if model.lower().startswith(make.lower()) else f"{make} {model}".strip()


def _name(value: object) -> str:
    text = value.split("\0")[0] if isinstance(value, str) else ""
    return " ".join("".join(character for character in text if character.isprintable()).split())[:_MAX_NAME_LENGTH]


def _position(gps: dict[int, Any]) -> tuple[float, float] | None:
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "S", 90)
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "W", 180)
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):  # 0, 0: no fix, in practice
        return None
    return latitude, longitude


def _by_satellite(gps: dict[int, Any], position: tuple[float, float]) -> datetime | None:
    """The satellites' time, which is UTC, as a clock at the position showed it."""
    date, time = gps.get(ExifTags.GPS.GPSDateStamp), gps.get(ExifTags.GPS.GPSTimeStamp)
    match = _GPS_DATE.match(date) if isinstance(date, str) else None
    try:
        year, month, day = map(int, match.groups() if match else ())
        hour, minute, second = (int(part) for part in time or ())
        moment = _moment(year, month, day, hour, minute, second)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return local_time(moment, position) if moment else None


def local_time(universal: datetime, position: tuple[float, float] | None) -> datetime:
    """A universal time as clocks at the position showed it, or here where there is none; both without a zone."""
    zone = _zone(position) if position else None
    return universal.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def offset_at(moment: datetime | None, position: tuple[float, float] | None) -> int | None:
    """How far clocks at the position were ahead of universal time, in minutes, when they showed that moment."""
    zone = _zone(position) if moment and position else None
    offset = moment.replace(tzinfo=zone).utcoffset() if moment and zone else None
    return None if offset is None else round(offset.total_seconds() / 60)


def _zone(position: tuple[float, float]) -> ZoneInfo | None:
    from tzfpy import get_tz  # the map of time zones, only where it is needed

    with contextlib.suppress(ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(get_tz(position[1], position[0]))
    return None


def _degrees(parts: Sequence[Any] | None, reference: object, negative: str, limit: float) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts or ())
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value) or not 0 <= value <= limit:
        return None
    return -value if isinstance(reference, str) and reference.upper().startswith(negative) else value
