from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from desktop_app import export
from indexer.library.types import Description, Facts, Kind, Line, Photo, PhotoId, Place, Written

SEEN = Description(
    '=1+1, "a beach"\nin Cádiz',
    ("beach", "dog"),
    Kind.PHOTO,
    "blue",
    "",
    0.9,
    "en",
    "pocket",
    1,
    1,
    0.5,
    datetime(2026, 11, 22, 12, 0),
)
PHOTO = Photo(
    id=PhotoId(1),
    paths=("/p/a.jpg", "/p/not-utf8-\udcff.jpg"),
    facts=Facts(
        width=40,
        height=30,
        format="JPEG",
        taken_at=datetime(2024, 5, 1, 10, 0),
        taken_at_source="exif",
        latitude=-36.5,
        longitude=6.3,
        place=Place("Cádiz", "Andalucía", "ES", -36.5, 6.3),
        camera="Lumen",
        lens="",
    ),
    description=SEEN,
    lines=(Line("TOTAL 6.40", 0.9, (0, 0, 1, 1)),),
    failures=(),
    written=Written("Hols", "", ("sea",), ("Anna", "Ben"), 5),
)
BARE = replace(PHOTO, id=PhotoId(2), description=None, lines=(), facts=replace(PHOTO.facts, place=None, taken_at=None))


def test_json_says_everything_and_csv_the_same(tmp_path: Path) -> None:
    assert export.write(iter([PHOTO, BARE]), tmp_path / "all.json") == 2
    assert export.write(iter([PHOTO, BARE]), tmp_path / "all.CSV") == 2
    first, bare = json.loads((tmp_path / "all.json").read_text())
    assert first["paths"] == ["/p/a.jpg", "/p/not-utf8-\ufffd.jpg"]
    assert (first["caption"], first["tags"]) == (SEEN.caption, ["beach", "dog"])
    assert (first["title"], first["people"], first["rating"]) == ("Hols", ["Anna", "Ben"], 5)
    assert (first["taken_at"], first["city"], first["text"]) == ("2024-05-01T10:00:00", "Cádiz", "TOTAL 6.40")
    assert (bare["taken_at"], bare["caption"], bare["tags"], bare["described_at"]) == (None, "", [], None)
    with (tmp_path / "all.CSV").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [*rows[0]] == [*first]
    assert rows[0]["tags"] == "beach\ndog"
    assert rows[0]["latitude"] == "-36.5"


def test_no_cell_of_a_spreadsheet_is_a_formula(tmp_path: Path) -> None:
    export.write([PHOTO], tmp_path / "all.csv")
    with (tmp_path / "all.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["caption"] == "'" + SEEN.caption


def test_an_empty_library_is_an_empty_list(tmp_path: Path) -> None:
    assert export.write([], tmp_path / "all.json") == 0
    assert json.loads((tmp_path / "all.json").read_text()) == []


def test_what_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "all.json").write_text("before")

    def failing() -> object:
        yield PHOTO
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        export.write(failing(), tmp_path / "all.json")  # type: ignore[arg-type]
    assert (tmp_path / "all.json").read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["all.json"]


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"neither in \.json nor in \.csv"):
        export.write([PHOTO], tmp_path / "all.xlsx")
