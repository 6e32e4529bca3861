"""What is written in the pictures: words of many languages from Unicode's CLDR, and the fonts that draw them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from babel import Locale
from numpy.random import Generator
from PIL import ImageFont, features

from engine.errors import EngineError
from engine.pocket.chance import one_of

Font = ImageFont.FreeTypeFont


class FontMissing(EngineError):
    """What a script is drawn with is not installed; the message says which package brings it."""


@dataclass(frozen=True)
class Face:
    """A font file, found by name where the system keeps its fonts; `index`: the face in a collection."""

    file: str
    index: int = 0


@dataclass(frozen=True)
class Script:
    """A way of writing.

    `letters`: what Unicode's names of its letters begin with. `languages`: codes of those whose words are taken.
    `faces` have all of the letters; Debian's `package` brings them. `shaped`: letters change beside one another, or
    bear marks, and are put in order by HarfBuzz and FriBiDi. `spaced`: whether there are spaces between words.
    """

    name: str
    letters: tuple[str, ...]
    languages: tuple[str, ...]
    faces: tuple[Face, ...]
    package: str = "fonts-noto-core"
    shaped: bool = False
    rightward: bool = True
    spaced: bool = True


def _noto(*names: str) -> tuple[Face, ...]:
    return tuple(Face(f"Noto{name}-Regular.ttf") for name in names)


def _cjk(index: int) -> tuple[Face, ...]:
    """The collections hold one face a country: 0 Japan, 1 Korea, 2 China, 3 Taiwan."""
    return Face("NotoSansCJK-Regular.ttc", index), Face("NotoSerifCJK-Regular.ttc", index)


_HAN = ("CJK UNIFIED",)

LATIN = Script("Latin", ("LATIN",), ("en", "es", "fr", "de", "pl", "tr", "vi"), _noto("Sans", "Serif"))
SCRIPTS = (
    LATIN,
    Script("Cyrillic", ("CYRILLIC",), ("ru", "uk", "bg"), _noto("Sans", "Serif")),
    Script("Greek", ("GREEK",), ("el",), _noto("Sans", "Serif")),
    Script("Chinese, simplified", _HAN, ("zh-Hans",), _cjk(2), "fonts-noto-cjk", spaced=False),
    Script("Chinese, traditional", _HAN, ("zh-Hant",), _cjk(3), "fonts-noto-cjk", spaced=False),
    Script("Japanese", (*_HAN, "HIRAGANA", "KATAKANA"), ("ja",), _cjk(0), "fonts-noto-cjk", spaced=False),
    Script("Korean", ("HANGUL",), ("ko",), _cjk(1), "fonts-noto-cjk"),
    Script("Thai", ("THAI",), ("th",), _noto("SansThai", "SerifThai"), shaped=True, spaced=False),
    Script("Arabic", ("ARABIC",), ("ar", "fa"), _noto("SansArabic", "NaskhArabic"), shaped=True, rightward=False),
    Script("Hebrew", ("HEBREW",), ("he",), _noto("SansHebrew", "SerifHebrew"), shaped=True, rightward=False),
    Script("Devanagari", ("DEVANAGARI",), ("hi", "mr", "ne"), _noto("SansDevanagari", "SerifDevanagari"), shaped=True),
    Script("Bengali", ("BENGALI",), ("bn",), _noto("SansBengali", "SerifBengali"), shaped=True),
    Script("Tamil", ("TAMIL",), ("ta",), _noto("SansTamil", "SerifTamil"), shaped=True),
)


# What the pocket model is trained with, and other families that it is measured with.
_TRAINING = (
    *_noto("Sans", "Serif", "SansMono"),
    *(Face(f"DejaVu{name}.ttf") for name in ("Sans", "Sans-Bold", "SansMono", "Serif", "SansCondensed")),
    *(Face(f"Liberation{name}-Regular.ttf") for name in ("Sans", "Serif", "Mono", "SansNarrow")),
    *(Face(f"Liberation{name}-Italic.ttf") for name in ("Sans", "Serif")),
)
_UNSEEN = tuple(Face(f"{name}.ttf") for name in ("Lato-Regular", "Lato-Bold", "Carlito-Regular", "Caladea-Regular"))


def training_faces() -> tuple[Face, ...]:
    """Raises FontMissing."""
    return _installed(_TRAINING, "Latin", "fonts-dejavu, fonts-liberation and fonts-noto-core")


def unseen_faces() -> tuple[Face, ...]:
    """Raises FontMissing."""
    return _installed(_UNSEEN, "Latin", "fonts-lato, fonts-crosextra-carlito and fonts-crosextra-caladea")


@cache
def font(face: Face, size_px: int) -> Font:
    """Raises OSError where there is no such file."""
    return ImageFont.truetype(face.file, size_px, index=face.index)


def fonts(script: Script) -> tuple[Face, ...]:
    """The script's faces that are installed. Raises FontMissing where none is, or where they cannot be put together."""
    if script.shaped and not features.check("raqm"):
        raise FontMissing(f"{script.name} is written with FriBiDi: install Debian's package libfribidi0.")
    return _installed(script.faces, script.name, script.package)


def _installed(faces: Sequence[Face], script: str, package: str) -> tuple[Face, ...]:
    found = tuple(face for face in faces if _is_here(face))
    if not found:
        raise FontMissing(f"There is no font for {script}: install Debian's package {package}.")
    return found


@cache
def _is_here(face: Face) -> bool:
    try:
        font(face, 16)
    except OSError:
        return False
    return True


@cache
def words(script: Script) -> tuple[str, ...]:
    """The words of at least two letters in the names of languages, countries and currencies, in order."""
    found: set[str] = set()
    for language in script.languages:
        locale = Locale.parse(language, sep="-")
        for names in (locale.languages, locale.territories, locale.currencies):
            for name in names.values():
                found.update(_words_in(unicodedata.normalize("NFC", name)))
    return tuple(sorted(word for word in found if len(clusters(word)) > 1 and _is_of(script, word)))


@cache
def letters(script: Script) -> tuple[str, ...]:
    """The letters of all its words, each with the marks it bears; common ones as often as they occur."""
    return tuple(cluster for word in words(script) for cluster in clusters(word))


def clusters(text: str) -> list[str]:
    """The text letter by letter, each with the marks on it."""
    found: list[str] = []
    for character in text:
        if found and unicodedata.category(character).startswith("M"):
            found[-1] += character
        else:
            found.append(character)
    return found


def a_word(rng: Generator, script: Script) -> str:
    return one_of(rng, words(script))


def a_string(rng: Generator, script: Script) -> str:
    """Two to eight letters in no order, which nobody can guess."""
    return "".join(one_of(rng, letters(script)) for _ in range(int(rng.integers(2, 9))))


def a_number(rng: Generator) -> str:
    """A price, a year, a date, a time, or a few digits."""
    kind, number = int(rng.integers(5)), int(rng.integers(1, 10_000))
    day, month = int(rng.integers(1, 29)), int(rng.integers(1, 13))
    return (
        f"{number / 100:.2f}",
        f"{1990 + number % 40}",
        f"{day:02}.{month:02}.{1990 + number % 40}",
        f"{number % 24:02}:{number % 60:02}",
        f"{number}",
    )[kind]


def _words_in(name: str) -> list[str]:
    kept = (character if unicodedata.category(character)[0] in "LM" else " " for character in name)
    return "".join(kept).split()


def _is_of(script: Script, word: str) -> bool:
    return all(unicodedata.name(character, "").startswith(script.letters) for character in word)
