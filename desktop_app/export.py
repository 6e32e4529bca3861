"""Writes what the library knows of every photo into a file that other programs read: JSON or CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TextIO

import msgspec

from desktop_app.paths import printable
from engine.whole_files import whole
from indexer.library.types import Photo

Row = dict[str, object]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with which a cell begins that a spreadsheet would work out


def write(photos: Iterable[Photo], file: Path) -> int:
    """Writes all of them, or leaves the file as it was; how many they are.

    Raises OSError, and ValueError where the file's name has another ending.
    """
    writers: dict[str, Callable[[Iterator[Row], TextIO], int]] = {".json": _write_json, ".csv": _write_csv}
    writer = writers.get(file.suffix.lower())
    if writer is None:
        raise ValueError(f"{file.name} ends neither in .json nor in .csv.")
    with whole(file, lasting=True) as part, part.open("w", encoding="utf-8", newline="") as out:
        return writer(map(row, photos), out)


def row(photo: Photo) -> Row:
    """A photo's facts and what was seen and read in it, by the names of the columns."""
    facts, seen, written = photo.facts, photo.description, photo.written
    place = facts.place
    return {
        "paths": [printable(path) for path in photo.paths],
        "taken_at": facts.taken_at,
        "taken_at_source": facts.taken_at_source,
        "utc_offset": facts.utc_offset,
        "latitude": facts.latitude,
        "longitude": facts.longitude,
        "city": place.city if place else "",
        "region": place.region if place else "",
        "country_code": place.country_code if place else "",
        "camera": facts.camera,
        "lens": facts.lens,
        "width": facts.width,
        "height": facts.height,
        "format": facts.format,
        "title": written.title,
        "written_caption": written.caption,
        "keywords": list(written.keywords),
        "people": list(written.people),
        "rating": written.rating,
        "kind": seen.kind if seen else "",
        "caption": seen.caption if seen else "",
        "tags": list(seen.tags) if seen else [],
        "language": seen.language if seen else "",
        "text": photo.text,
        "model": seen.model if seen else "",
        "described_at": seen.created_at if seen else None,
    }


def _write_json(rows: Iterator[Row], out: TextIO) -> int:
    """A list of objects, one a line."""
    count = 0
    out.write("[")
    for each in rows:
        out.write(("\n" if count == 0 else ",\n") + msgspec.json.encode(each, enc_hook=str).decode())
        count += 1
    out.write("\n]\n")
    return count


def _write_csv(rows: Iterator[Row], out: TextIO) -> int:
    """With a line of names; lists are joined by line breaks."""
    count = 0
    writer = csv.writer(out)
    for each in rows:
        if count == 0:
            writer.writerow(each)
        writer.writerow([_cell(value) for value in each.values()])
        count += 1
    return count


def _cell(value: object) -> str:
    text = "\n".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str | list) and text.startswith(_FORMULA) else text
