"""Merges what Tintype knows of a photo into the XMP of a sidecar, of which everything that is not its own stays.

What Tintype wrote is noted in a namespace of its own, so that it can be told from what others wrote, be taken back, and
not be read as somebody's word. Sources: XMP (ISO 16684-1), the IPTC Photo Metadata Standard 2023.2.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, ParseError, SubElement, TreeBuilder

import msgspec
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from engine.errors import EngineError
from indexer.xmp import LANGUAGE, MOST_BYTES, NAMES, name

_X = "adobe:ns:meta/"
_PREFIX_OF_ELEMENTTREE = re.compile(r"ns\d+")
_DEFAULT = "x-default"


class Words(msgspec.Struct, frozen=True):
    """What is to be written: a model's caption and tags with where they come from, and what the person wrote."""

    caption: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    model: str = ""
    prompt_version: int = 0
    described_at: str = ""  # ISO 8601
    own_caption: str = ""
    own_keywords: tuple[str, ...] = ()


class Unmergeable(EngineError):
    """The sidecar there is cannot be understood; it is to be left alone. `str()` of it is a sentence."""


def merged(packet: bytes, words: Words) -> bytes:
    """The sidecar's bytes with `words` in it instead of what Tintype wrote before; `packet` is empty where none is.

    The same bytes where nothing changes. For a process of its own: the prefixes of the packet's namespaces are
    registered for good. Raises Unmergeable.
    """
    root = _parsed(packet) if packet else Element(f"{{{_X}}}xmpmeta")
    if not packet:
        SubElement(root, name("rdf:RDF"))
    before = ElementTree.tostring(root)
    photo = _Photo(root)
    photo.say(words)
    if packet and ElementTree.tostring(root) == before:
        return packet
    ElementTree.indent(root, " ")
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _parsed(packet: bytes) -> Element:
    if len(packet) > MOST_BYTES:
        raise Unmergeable("It is too large for a sidecar.")
    try:
        parser = XMLParser(target=_Builder())
        parser.feed(packet.strip(b"\x00 \r\n\t"))
        root: Element = parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Unmergeable("It is damaged, and was left as it is.") from error
    if next(root.iter(name("rdf:RDF")), None) is None:
        raise Unmergeable("It is no XMP, and was left as it is.")
    return root


class _Builder(TreeBuilder):
    """Keeps comments, and the prefixes of namespaces."""

    def __init__(self) -> None:
        super().__init__(insert_comments=True)

    def start_ns(self, prefix: str, uri: str) -> None:
        if prefix and not _PREFIX_OF_ELEMENTTREE.fullmatch(prefix):
            ElementTree.register_namespace(prefix, uri)


class _Photo:
    """The properties of the photo that the packet is about, as attributes or elements of its descriptions."""

    def __init__(self, root: Element) -> None:
        for prefix, uri in NAMES.items():
            ElementTree.register_namespace(prefix, uri)
        ElementTree.register_namespace("x", _X)
        rdf = next(root.iter(name("rdf:RDF")))
        self._descriptions = rdf.findall(name("rdf:Description"))
        if not self._descriptions:
            self._descriptions = [SubElement(rdf, name("rdf:Description"), {name("rdf:about"): ""})]

    def say(self, words: Words) -> None:
        said, own = self._text("tintype:caption"), self._text("tintype:ownCaption")
        there = self._default("dc:description")
        foreign = there if there not in (said, own) else self._text("tintype:replaced")
        caption = words.own_caption or foreign or words.caption
        if caption != there:
            self._say_in_languages("dc:description", caption, words)
        alternative = self._default("Iptc4xmpCore:AltTextAccessibility")
        if alternative in ("", said) and alternative != words.caption:
            self._say_in_languages("Iptc4xmpCore:AltTextAccessibility", words.caption, words)
        theirs = self._theirs("dc:subject", "tintype:subjects", "tintype:ownSubjects")
        own_keywords = _new(words.own_keywords, theirs)
        tags = _new(words.tags, (*theirs, *own_keywords))
        self._list("dc:subject", (*theirs, *own_keywords, *tags))
        self._list("tintype:ownSubjects", own_keywords)
        self._list("tintype:subjects", tags)
        self._set("tintype:replaced", foreign if words.own_caption and foreign else "")
        self._set("tintype:ownCaption", words.own_caption)
        self._set("tintype:caption", words.caption)
        self._set("tintype:model", words.model)
        self._set("tintype:promptVersion", str(words.prompt_version or ""))
        self._set("tintype:describedAt", words.described_at)

    # ---- single properties

    def _text(self, short: str) -> str:
        for description in self._descriptions:
            if (value := description.get(name(short))) is not None:
                return value
            if (element := description.find(name(short))) is not None:
                return element.text or ""
        return ""

    def _set(self, short: str, text: str) -> None:
        if self._text(short) == text:
            return
        self._remove(short)
        if text:
            SubElement(self._descriptions[0], name(short)).text = text

    def _remove(self, short: str) -> None:
        for description in self._descriptions:
            description.attrib.pop(name(short), None)
            for element in description.findall(name(short)):
                description.remove(element)

    # ---- lists

    def _items(self, short: str) -> list[str]:
        listed = [item.text or "" for element in self._elements(short) for item in element.iter(name("rdf:li"))]
        return listed or list(filter(None, [self._text(short).strip()]))

    def _elements(self, short: str) -> list[Element]:
        return [element for description in self._descriptions for element in description.findall(name(short))]

    def _theirs(self, short: str, *ours: str) -> tuple[str, ...]:
        noted = {item for each in ours for item in self._items(each)}
        return tuple(item for item in self._items(short) if item not in noted)

    def _list(self, short: str, items: Sequence[str]) -> None:
        if self._items(short) == list(items):
            return
        self._remove(short)
        if items:
            bag = SubElement(SubElement(self._descriptions[0], name(short)), name("rdf:Bag"))
            for item in items:
                SubElement(bag, name("rdf:li")).text = item

    # ---- texts in several languages

    def _default(self, short: str) -> str:
        for element in self._elements(short):
            items = list(element.iter(name("rdf:li")))
            if items:
                return next((item for item in items if item.get(LANGUAGE) == _DEFAULT), items[0]).text or ""
        return self._text(short)

    def _say_in_languages(self, short: str, text: str, words: Words) -> None:
        """The text for every language instead of the one there is, and a model's also for its own; others' stay."""
        kept = [
            (item.get(LANGUAGE, ""), item.text or "")
            for element in self._elements(short)
            for item in element.iter(name("rdf:li"))
            if item.get(LANGUAGE) not in (None, _DEFAULT, words.language) and item.text != self._text("tintype:caption")
        ]
        self._remove(short)
        if not text:
            return
        said = [(_DEFAULT, text), *kept]
        if text == words.caption and words.language:
            said.insert(1, (words.language, text))
        alternatives = SubElement(SubElement(self._descriptions[0], name(short)), name("rdf:Alt"))
        for language, each in said:
            SubElement(alternatives, name("rdf:li"), {LANGUAGE: language}).text = each


def _new(wanted: Sequence[str], there: Sequence[str]) -> tuple[str, ...]:
    """Those that are not there yet, however they are written there."""
    known = {item.casefold() for item in there}
    return tuple(dict.fromkeys(item for item in wanted if item.casefold() not in known))
