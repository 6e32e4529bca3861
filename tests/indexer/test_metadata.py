from __future__ import annotations

from datetime import datetime
from fractions import Fraction

import pytest
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from indexer.metadata import Recorded, in_name, recorded, taken

GPS = ExifTags.GPS


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("IMG_20230514_101112.jpg", datetime(2023, 5, 14, 10, 11, 12)),
        ("PXL_20230514_101112345.jpg", datetime(2023, 5, 14, 10, 11, 12)),
        ("2023-05-14 10.11.12.jpg", datetime(2023, 5, 14, 10, 11, 12)),
        ("Screenshot_20240102-030405.png", datetime(2024, 1, 2, 3, 4, 5)),
        ("Screenshot 2024-01-02 at 03.04.05.png", datetime(2024, 1, 2, 3, 4, 5)),
        ("signal-2023-05-14-10-11-12-345.jpg", datetime(2023, 5, 14, 10, 11, 12)),
        ("IMG-20230514-WA0001.jpg", datetime(2023, 5, 14)),
        ("WhatsApp Image 2023-05-14 at 10.11.12.jpeg", datetime(2023, 5, 14, 10, 11, 12)),
        ("20230514.jpg", datetime(2023, 5, 14)),
        ("2023_05_14_party.jpg", datetime(2023, 5, 14)),
        ("IMG_20231345_101112.jpg", None),  # no such month
        ("IMG_20230230.jpg", None),  # no such day
        ("20230514_996112.jpg", datetime(2023, 5, 14)),  # no such hour: the day still holds
        ("DSC01234.jpg", None),
        ("invoice 1234202305141.jpg", None),  # part of a longer number
        ("", None),
    ],
)
def test_date_in_a_name(name: str, moment: datetime | None) -> None:
    assert in_name(name) == moment


def test_camera_is_believed_before_the_name_and_the_name_before_the_file() -> None:
    files = [("/p/IMG_20230514_101112.jpg", 1_600_000_000 * 10**9)]
    assert taken(Recorded(datetime(2020, 1, 1)), files) == (datetime(2020, 1, 1), "exif")
    assert taken(recorded(Image.Exif(), datetime(2019, 1, 1)), files) == (datetime(2019, 1, 1), "xmp")
    assert taken(Recorded(), files) == (datetime(2023, 5, 14, 10, 11, 12), "name")
    assert taken(Recorded(), [("/p/a.jpg", files[0][1])]) == (datetime.fromtimestamp(1_600_000_000), "mtime")


def test_date_does_not_depend_on_which_copy_was_found_first() -> None:
    copies = [("/p/b.jpg", 3 * 10**9), ("/p/a.jpg", 2 * 10**9)]
    assert taken(Recorded(), copies) == taken(Recorded(), copies[::-1]) == (datetime.fromtimestamp(2), "mtime")


def exif_with(
    main: dict[int, object] | None = None,
    details: dict[int, object] | None = None,
    gps: dict[int, object] | None = None,
) -> Image.Exif:
    exif = Image.Exif()
    exif.update(main or {})
    exif.get_ifd(ExifTags.IFD.Exif).update(details or {})
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(gps or {})
    return exif


LISBON = {GPS.GPSLatitudeRef: "N", GPS.GPSLatitude: (38, 43, 0), GPS.GPSLongitudeRef: "W", GPS.GPSLongitude: (9, 8, 0)}
TOKYO = {
    GPS.GPSLatitudeRef: "N",
    GPS.GPSLatitude: (35, 41, 0),
    GPS.GPSLongitudeRef: "E",
    GPS.GPSLongitude: (139, 42, 0),
}
AT_SEA = {GPS.GPSLatitudeRef: "S", GPS.GPSLatitude: (40, 0, 0), GPS.GPSLongitudeRef: "W", GPS.GPSLongitude: (120, 0, 0)}


@pytest.mark.parametrize(
    ("place", "day", "time", "moment"),
    [
        (LISBON, "2023:07:14", (22, 30, 5), datetime(2023, 7, 14, 23, 30, 5)),  # an hour ahead in summer
        (LISBON, "2023:01:14", (22, 30, 5), datetime(2023, 1, 14, 22, 30, 5)),
        (TOKYO, "2023:07:14", (Fraction(22), Fraction(30), IFDRational(599, 100)), datetime(2023, 7, 15, 7, 30, 5)),
        (AT_SEA, "2023-07-14", (3, 0, 0), datetime(2023, 7, 13, 19, 0, 0)),
        ({}, "2023:07:14", (22, 30, 5), None),
        (TOKYO, "2023:07:14", (22, IFDRational(1, 0), 5), None),
        (TOKYO, "2023:07:14", (22, 30), None),
        (TOKYO, "2023:07:14", None, None),
        (TOKYO, "2023:77:14", (22, 30, 5), None),
        (TOKYO, None, (22, 30, 5), None),
        (TOKYO, b"2023", "22:30", None),
    ],
)
def test_time_of_the_satellites_is_told_as_clocks_there_showed_it(
    place: dict[int, object], day: object, time: object, moment: datetime | None
) -> None:
    exif = exif_with(gps=place | {GPS.GPSDateStamp: day, GPS.GPSTimeStamp: time})
    assert recorded(exif).taken_at == moment
    by_xmp = datetime(2020, 1, 1)
    found = recorded(exif, by_xmp)
    assert (found.taken_at, found.source) == ((moment, "gps") if moment else (by_xmp, "xmp"))
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2023:05:14 10:11:12"
    assert recorded(exif).source == "exif"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2023:05:14 10:11:12", datetime(2023, 5, 14, 10, 11, 12)),
        ("2023-05-14T10:11:12.345", datetime(2023, 5, 14, 10, 11, 12)),
        ("2023:05:14 10:11:12\0", datetime(2023, 5, 14, 10, 11, 12)),
        ("0000:00:00 00:00:00", None),
        ("    :  :     :  :  ", None),
        ("2023:13:01 10:11:12", None),
        ("", None),
        (b"2023", None),
        (12, None),
    ],
)
def test_date_as_cameras_write_it(text: object, moment: datetime | None) -> None:
    assert recorded(exif_with(details={ExifTags.Base.DateTimeOriginal: text})).taken_at == moment


def test_date_of_an_edit_counts_only_where_there_is_no_other() -> None:
    edited = {ExifTags.Base.DateTime: "2024:01:01 00:00:00"}
    original = {ExifTags.Base.DateTimeOriginal: "2023:05:14 10:11:12"}
    assert recorded(exif_with(edited, original)).taken_at == datetime(2023, 5, 14, 10, 11, 12)
    assert recorded(exif_with(edited)).taken_at == datetime(2024, 1, 1)


def position(latitude: tuple[object, ...], north: object, longitude: tuple[object, ...], east: object) -> object:
    gps = {GPS.GPSLatitude: latitude, GPS.GPSLatitudeRef: north, GPS.GPSLongitude: longitude, GPS.GPSLongitudeRef: east}
    found = recorded(exif_with(gps=gps))
    return (found.latitude, found.longitude) if found.latitude is not None else None


def test_place_in_each_quarter_of_the_world() -> None:
    thirty, ten = (30, 30, Fraction(0)), (10, 0, 36)
    assert position(thirty, "N", ten, "E") == (30.5, 10.01)
    assert position(thirty, "S", ten, "W") == (-30.5, -10.01)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ((0, 0, 0), (0, 0, 0)),  # what cameras write that have no fix
        ((91, 0, 0), (10, 0, 0)),
        ((10, 0, 0), (-181, 0, 0)),
        ((10, 0), (10, 0, 0)),
        ((10, 0, IFDRational(0, 0)), (10, 0, 0)),
        (("ten", 0, 0), (10, 0, 0)),
        ((), ()),
    ],
)
def test_place_that_cannot_be_is_none(latitude: tuple[object, ...], longitude: tuple[object, ...]) -> None:
    assert position(latitude, "N", longitude, "E") is None


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS 40D", "Canon EOS 40D"),
        ("Apple", "iPhone 8", "Apple iPhone 8"),
        ("NIKON\0\0", "  COOLPIX \n P6000 ", "NIKON COOLPIX P6000"),
        ("", "X", "X"),
        (7, None, ""),
        ("M" * 500, "", "M" * 100),
        ("\udcff\x1b[2J", "", "[2J"),
    ],
)
def test_camera_is_named_once_and_printably(make: object, model: object, camera: str) -> None:
    assert recorded(exif_with({ExifTags.Base.Make: make, ExifTags.Base.Model: model})).camera == camera


def at(latitude: tuple[int, int, int], longitude: tuple[int, int, int]) -> dict[int, object]:
    return {GPS.GPSLatitudeRef: "N", GPS.GPSLatitude: latitude, GPS.GPSLongitudeRef: "E", GPS.GPSLongitude: longitude}


KYOTO = at((35, 0, 36), (135, 45, 36))
BERLIN = at((52, 31, 0), (13, 24, 0))


@pytest.mark.parametrize(
    ("details", "gps", "minutes"),
    [
        ({ExifTags.Base.OffsetTimeOriginal: "+02:00"}, {}, 120),
        ({ExifTags.Base.OffsetTimeOriginal: "-03:30"}, KYOTO, -210),
        ({ExifTags.Base.OffsetTimeOriginal: "+09:00\0"}, {}, 540),
        ({ExifTags.Base.OffsetTime: "+02:00"}, {}, None),  # that of another time
        ({ExifTags.Base.OffsetTimeOriginal: "+77:00"}, {}, None),
        ({ExifTags.Base.OffsetTimeOriginal: "   :  "}, KYOTO, 540),  # as cameras leave it that know none
        ({ExifTags.Base.OffsetTimeOriginal: 2}, {}, None),
        ({}, KYOTO, 540),
        ({}, {}, None),
    ],
)
def test_the_cameras_time_zone_is_what_it_says_or_that_of_the_place(
    details: dict[int, object], gps: dict[int, object], minutes: int | None
) -> None:
    exif = exif_with(details={ExifTags.Base.DateTimeOriginal: "2023:05:14 10:11:12", **details}, gps=gps)
    assert (recorded(exif).utc_offset, recorded(exif).taken_at) == (minutes, datetime(2023, 5, 14, 10, 11, 12))


def test_summer_time_is_that_of_the_day() -> None:
    written = ({ExifTags.Base.DateTimeOriginal: f"2023:{month}:14 10:11:12"} for month in ("01", "07"))
    assert [recorded(exif_with(details=details, gps=BERLIN)).utc_offset for details in written] == [60, 120]
