"""Reads what people and programs wrote about a photo as XMP or IPTC: in the photo itself, or in a sidecar beside it.

Sources: XMP (ISO 16684-1), the IPTC Photo Metadata Standard 2023.2, the Metadata Working Group's guidelines (regions).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from indexer.library.types import Written

MOST_BYTES = 4 << 20  # a packet that is larger carries pictures or an attack
_MOST_ITEMS, _MOST_LETTERS = 200, 5_000

NAMES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "MPReg": "http://ns.microsoft.com/photo/1.2/t/Region#",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "tintype": "urn:x-tintype:xmp:1.0#",  # what we wrote ourselves (indexer.xmp_merge)
}
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?")


NOTHING = Written()


def read(packet: bytes) -> tuple[Written, datetime | None]:
    """What an XMP packet or a sidecar's bytes say, and when the photo was taken, as the clock there showed it.

    What Tintype wrote there of what a model saw is left out. What cannot be understood says nothing.
    """
    if len(packet) > MOST_BYTES:
        return NOTHING, None
    try:
        root = fromstring(packet.strip(b"\x00 \r\n\t"))
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return NOTHING, None
    about = list(root.iter(name("rdf:Description")))
    caption, ours = _alternative(about, "dc:description"), set(_items(about, "tintype:subjects"))
    written = Written(
        title=_alternative(about, "dc:title"),
        caption=caption if caption not in _items(about, "tintype:caption") else "",
        keywords=tuple(word for word in _keywords(about) if word not in ours),
        people=tuple(_people(about)),
        rating=_rating(about),
    )
    return written, _taken_at(about)


def iptc(records: Mapping[tuple[int, int], bytes | list[bytes]]) -> Written:
    """What the older IPTC records say, as Pillow reads them: by record and data set."""
    utf8 = _datasets(records, (1, 90)) == [b"\x1b%G"]

    def texts(dataset: int) -> list[str]:
        found = (_decoded(value, utf8) for value in _datasets(records, (2, dataset)))
        return [text for text in map(_cleaned, found) if text][:_MOST_ITEMS]

    return Written(
        title=next(iter(texts(5)), ""),
        caption=next(iter(texts(120)), ""),
        keywords=tuple(dict.fromkeys(texts(25))),
    )


def _datasets(records: Mapping[tuple[int, int], bytes | list[bytes]], key: tuple[int, int]) -> list[bytes]:
    found = records.get(key, [])
    return found if isinstance(found, list) else [found]


def _decoded(value: bytes, utf8: bool) -> str:
    """Many write UTF-8 without saying so; what is no UTF-8 is Latin 1."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("utf-8", "replace") if utf8 else value.decode("latin-1")


def name(short: str) -> str:
    """The full name of a property, as in "dc:title"."""
    prefix, _, local = short.partition(":")
    return f"{{{NAMES[prefix]}}}{local}"


def _values(about: list[Element], short: str) -> Iterator[Element | str]:
    """A property of the photo, written as an attribute or as an element."""
    wanted = name(short)
    for description in about:
        if wanted in description.attrib:
            yield description.attrib[wanted]
        yield from description.findall(wanted)


def _items(about: list[Element], short: str) -> Iterator[str]:
    """The texts of a property: of its list's items, or its own."""
    for value in _values(about, short):
        if isinstance(value, str):
            yield _cleaned(value)
            continue
        items = list(value.iter(name("rdf:li")))
        for item in items or [value]:
            yield _cleaned(item.text or "")


def _alternative(about: list[Element], short: str) -> str:
    """The text that goes for every language, or else the first."""
    for value in _values(about, short):
        if isinstance(value, str):
            return _cleaned(value)
        items = list(value.iter(name("rdf:li")))
        if not items:
            return _cleaned(value.text or "")
        default = next((item for item in items if item.get(LANGUAGE) == "x-default"), items[0])
        return _cleaned(default.text or "")
    return ""


def _keywords(about: list[Element]) -> Iterator[str]:
    """Flat ones, and of those in a hierarchy (Places|Italy|Rome, Places/Italy/Rome) each step."""
    seen: set[str] = set()
    flat = _items(about, "dc:subject")
    steps = (step for path in _items(about, "lr:hierarchicalSubject") for step in path.split("|"))
    tags = (step for path in _items(about, "digiKam:TagsList") for step in path.split("/"))
    for word in (*flat, *steps, *tags):
        if (word := word.strip()) and word not in seen and len(seen) < _MOST_ITEMS:
            seen.add(word)
            yield word


def _people(about: list[Element]) -> Iterator[str]:
    named = [*_items(about, "Iptc4xmpExt:PersonInImage")]
    for description in about:
        if _text(description, "mwg-rs:Type") == "Face":
            named.append(_text(description, "mwg-rs:Name"))
        named.append(_text(description, "MPReg:PersonDisplayName"))
    yield from list(dict.fromkeys(filter(None, named)))[:_MOST_ITEMS]


def _text(description: Element, short: str) -> str:
    return next(_items([description], short), "")


def _rating(about: list[Element]) -> int:
    for value in _items(about, "xmp:Rating"):
        try:
            stars = round(float(value))
        except (ValueError, OverflowError):
            continue
        if -1 <= stars <= 5:
            return stars
    return 0


def _taken_at(about: list[Element]) -> datetime | None:
    for short in ("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate"):
        for text in _items(about, short):
            if match := _MOMENT.match(text):
                year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
                try:
                    return datetime(year, month, day, hour, minute, second)
                except ValueError:
                    continue
    return None


def _cleaned(text: str) -> str:
    """On one line, without what cannot be seen, and no longer than a person writes."""
    visible = "".join(character if character.isprintable() else " " for character in text[: 2 * _MOST_LETTERS])
    return " ".join(visible.split())[:_MOST_LETTERS]
