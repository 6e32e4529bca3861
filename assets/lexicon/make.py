"""Makes cldr.zip, the words of 98 languages for what pictures show and for days past, from Unicode CLDR.

`npm pack cldr-annotations-full cldr-dates-full`, unpack both below one folder, then
`python -m assets.lexicon.make FOLDER`. The languages/*.toml beside it are written by hand.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from indexer.language import normalise

ASSET = Path(__file__).with_name("cldr.zip")
_COMPLETE = 0.9  # a language is taken in when it names as much of what English names
_FAR_VARIANTS = {"yue-Hans", "kk-Arab", "pa-Arab", "ff-Adlm", "hi-Latn"}  # of another script or language
_UNITS = ("day", "week", "month", "year")

Words = dict[str, tuple[str, list[str]]]  # by emoji: the short name and the keywords, normalised


def main(folder: Path) -> None:
    languages = _languages(folder)
    concepts = sorted(languages["en"])
    relatives = _relatives(folder)
    with zipfile.ZipFile(ASSET, "w", zipfile.ZIP_LZMA) as asset:
        for language, words in sorted(languages.items()):
            _write(asset, f"words/{language}.txt", "\n".join(_line(words.get(concept)) for concept in concepts))
        _write(asset, "days.json", json.dumps(relatives, ensure_ascii=False, sort_keys=True))
    print(f"{len(languages)} languages, {len(concepts)} concepts, {ASSET.stat().st_size / 1e6:.1f} MB")  # noqa: T201


def _write(asset: zipfile.ZipFile, name: str, text: str) -> None:
    """Always with the same date, so that the same words make the same file."""
    asset.writestr(zipfile.ZipInfo(name), text.encode(), zipfile.ZIP_LZMA)


def _line(named: tuple[str, list[str]] | None) -> str:
    name, keywords = named or ("", [])
    return "|".join([name, *(keyword for keyword in keywords if keyword != name)])


def _languages(folder: Path) -> dict[str, Words]:
    """Every language that names nearly all concepts, its regional variants merged into it."""
    merged: dict[str, Words] = defaultdict(dict)
    annotations = next(folder.glob("**/annotations/en")).parent
    for path in sorted(annotations.iterdir(), key=lambda path: (len(path.name), path.name)):
        if path.name in _FAR_VARIANTS:
            continue
        words = merged[path.name.partition("-")[0]]
        for emoji, (name, keywords) in _annotations(path).items():
            first, known = words.get(emoji, (name, []))
            words[emoji] = (first, list(dict.fromkeys([*known, name, *keywords])))
    least = _COMPLETE * len(merged["en"])
    return {language: words for language, words in merged.items() if len(words) >= least}


def _annotations(folder: Path) -> Words:
    stored = json.loads((folder / "annotations.json").read_text(encoding="utf-8"))["annotations"].get("annotations", {})
    words: Words = {}
    for emoji, named in stored.items():
        name = normalise(named.get("tts", [""])[0])
        keywords = [normalise(keyword) for keyword in named.get("default", [])]
        if name or keywords:
            words[emoji] = (name, [keyword for keyword in keywords if keyword])
    return words


def _relatives(folder: Path) -> dict[str, dict[str, list[str]]]:
    """By language, what indexer.dates calls meanings, as CLDR phrases them: {"day -1": ["yesterday"], ...}."""
    relatives: dict[str, dict[str, list[str]]] = {}
    for path in sorted(folder.glob("**/main/*/dateFields.json")):
        locale = path.parent.name
        if "-" not in locale:
            stored = json.loads(path.read_text(encoding="utf-8"))["main"][locale]["dates"]["fields"]
            relatives[locale] = {unit: said for field in _UNITS for unit, said in _phrases(field, stored[field])}
    return relatives


def _phrases(unit: str, field: dict[str, Any]) -> list[tuple[str, list[str]]]:
    told = [
        (f"{unit} {back}", [field[f"relative-type-{back}"]])
        for back in range(-3, 1)
        if f"relative-type-{back}" in field
    ]
    past = field.get("relativeTime-type-past", {})
    counted = sorted({phrase.replace("{0}", "{n}") for phrase in past.values() if "{0}" in phrase})
    return [*told, (f"{unit} -n", counted)]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
