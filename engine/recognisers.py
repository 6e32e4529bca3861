"""Further models of the text reader, each for scripts that the one it carries has not learnt.

They are PP-OCR's models for recognition as RapidOCR publishes them in ONNX, each with its letters in the file. A person
who has such a file imports it; lines that the reader is not sure of are then read by it as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine import seals
from engine.errors import ModelUnusable
from engine.seals import PublishedFile

LICENCE = "Apache-2.0"


@dataclass(frozen=True)
class Recogniser:
    """A model for recognition: the languages it was trained for, and its file as published."""

    name: str
    title: str
    languages: str
    file: PublishedFile


def _published(code: str, scripts: str, languages: str, sha256: str) -> Recogniser:
    file = PublishedFile(f"{code}_PP-OCRv5_rec_mobile.onnx", sha256=sha256)
    return Recogniser(f"reader-{code}", f"Text reader, PP-OCRv5 mobile: {scripts}", languages, file)


# Hashes: default_models.yaml of rapidocr 3.10.
_CATALOGUE = (
    _published(
        "korean",
        "Korean",
        "Korean, English",
        "cd6e2ea50f6943ca7271eb8c56a877a5a90720b7047fe9c41a2e541a25773c9b",
    ),
    _published(
        "th",
        "Thai",
        "Thai, English",
        "de541dd83161c241ff426f7ecfd602a0ba77d686cf3ab9a6c255ea82fd08006e",
    ),
    _published(
        "arabic",
        "Arabic script",
        "Arabic, Persian, Urdu, Uyghur and others",
        "c1192e632d0baa9146ae5b756a0e635e3dc63c1733737ebfd1629e87144e9295",
    ),
    _published(
        "cyrillic",
        "Cyrillic script",
        "Russian, Bulgarian, Serbian, Mongolian, Kazakh and others",
        "90f761b4bfcce0c8c561c0cb5c887b0971d3ec01c32164bdf7374a35b0982711",
    ),
    _published(
        "eslav",
        "East Slavic",
        "Russian, Ukrainian, Belarusian",
        "08705d6721849b1347d26187f15a5e362c431963a2a62bfff4feac578c489aab",
    ),
    _published(
        "devanagari",
        "Devanagari",
        "Hindi, Marathi, Nepali and others",
        "d6f0a906580e3fa6b324a318718f1f31f268b6ea8ef985f91c2012a37f52c91e",
    ),
    _published("ta", "Tamil", "Tamil", "a42448808b7dea87597336f12438935f40353f1949e8360acd9e06b4da21bfe1"),
    _published("te", "Telugu", "Telugu", "a3690451b50028a09a3316a1274f7c05728151ea3f8fd392696397a7fefcbd92"),
    _published("el", "Greek", "Greek, English", "b4368bccd557123c702b7549fee6cd1e94b581337d1c9b65310f109131542b7f"),
    _published(
        "latin",
        "Latin script",
        "French, German, Spanish, Vietnamese and some 40 more",
        "b20bd37c168a570f583afbc8cd7925603890efbcdc000a59e22c269d160b5f5a",
    ),
)


def catalogue() -> tuple[Recogniser, ...]:
    return _CATALOGUE


def file_of(models_folder: Path, name: str) -> Path:
    """Where a model's file lies once it is installed."""
    return models_folder / "reader" / f"{name}.onnx"


def installed(models_folder: Path) -> list[Recogniser]:
    """Those that were imported into `models_folder`, in the catalogue's order."""
    return [each for each in catalogue() if file_of(models_folder, each.name).is_file()]


def usable(models_folder: Path) -> tuple[str, ...]:
    """The paths of those that are there and whole; one that was damaged is left out, and `verify` says why."""
    paths = []
    for each in installed(models_folder):
        path = file_of(models_folder, each.name)
        try:
            seals.check(path, each.file)
        except ModelUnusable:
            continue
        paths.append(str(path))
    return tuple(paths)


def import_file(
    path: Path, models_folder: Path, on_progress: Callable[[int], None] = lambda _bytes: None
) -> Recogniser:
    """Compares all of a person's file with what was published, and keeps it: linked where the disk allows it.

    `on_progress` is told how many bytes were read. Raises ModelUnusable; then nothing has changed.
    """
    try:
        found = seals.seal(path, tuple(each.file for each in catalogue()), on_progress)
        known = next((each for each in catalogue() if each.file.sha256 == found.sha256), None)
        if known is None:
            names = ", ".join(each.file.name for each in catalogue())
            raise ModelUnusable(f"{path.name} is none of the text reader's models as they were published: {names}.")
        kept = file_of(models_folder, known.name)
        kept.parent.mkdir(parents=True, exist_ok=True)
        seals.keep(path, kept, found)
    except OSError as error:
        raise ModelUnusable(f"The model could not be kept in {models_folder}: {error.strerror}.") from error
    return known


def verify(
    path: Path, recogniser: Recogniser, on_progress: Callable[[int], None] = lambda _bytes: None
) -> dict[str, seals.Seal]:
    """Reads all of an installed model's file and compares it with what was published. Raises ModelUnusable.

    Returns what was found by file name; `on_progress` is told how many bytes were read.
    """
    return {path.name: seals.verify(path, recogniser.file, on_progress)}
