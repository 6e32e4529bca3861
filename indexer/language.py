"""Folds text of any script to what is stored and searched, and tells which language a question is in."""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeVar

Meaning = TypeVar("Meaning")

_LANGUAGES = Path(__file__).resolve().parents[1] / "assets" / "lexicon" / "languages"

# Writing without spaces between words, and Hangul, whose particles cling to the word: one token a character.
_UNSPACED_RANGES = (  # without digits, which stay together
    (0x0E00, 0x0E4F),  # Thai
    (0x0E5A, 0x0ECF),  # Lao
    (0x0EDA, 0x0EFF),
    (0x1000, 0x103F),  # Burmese
    (0x104A, 0x109F),
    (0x1780, 0x17DF),  # Khmer
    (0x17EA, 0x17FF),
    (0x3041, 0x30FF),  # kana
    (0x31F0, 0x31FF),
    (0x3400, 0x9FFF),  # Han
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
    (0xAC00, 0xD7A3),  # Hangul
)
_UNSPACED = "".join(f"{chr(first)}-{chr(last)}" for first, last in _UNSPACED_RANGES)
_MARKS = "".join(
    chr(code)
    for first, last in _UNSPACED_RANGES
    for code in range(first, min(last, 0x17FF) + 1)
    if unicodedata.category(chr(code))[0] == "M"
)
_MARKS += "\u0e33\u0eb3"  # vowels of which folding makes a mark and a letter
_UNSPACED_CHARACTER = re.compile(f"[{_UNSPACED}]")
_TOKEN = re.compile(rf"[{_UNSPACED}][{_MARKS}]*|[^\s{_UNSPACED}]+")


_INNER_MARKS = "\u055b\u055c\u055e"  # Armenian marks of stress and of questions, which stand inside a word


class _Folding(dict[int, str | int | None]):
    """What each code point becomes; worked out when it is first met."""

    def __missing__(self, code: int) -> str | int | None:
        category = unicodedata.category(chr(code))
        folded: str | int | None = " "
        if category == "Nd":
            folded = str(unicodedata.digit(chr(code)))
        elif category in ("Cf", "Cs"):  # joiners, soft hyphens, direction marks, halves of characters
            folded = None
        elif category[0] in "LMN" or category == "Co":
            folded = code
        self[code] = folded
        return folded


_FOLDING = _Folding(
    {
        **dict.fromkeys(range(0x0300, 0x0370)),  # combining diacritics: é -> e, ё -> е
        **dict.fromkeys(range(0x0591, 0x05C8)),  # Hebrew points
        **dict.fromkeys(range(0x064B, 0x0660)),  # Arabic vowels and hamzas: أ -> ا
        **dict.fromkeys(range(0x06D6, 0x06EE)),  # signs of recitation
        **dict.fromkeys(range(0x0730, 0x074B)),  # Syriac points
        **dict.fromkeys(map(ord, _INNER_MARKS)),
        0x0716: "\u072a",  # a Syriac letter without its dot
        **dict.fromkeys(range(0xFE00, 0xFE10)),  # variation selectors
        **dict.fromkeys((0x0640, 0x0670, 0x093C)),  # tatweel, superscript alef, Devanagari nukta
        0x0901: "\u0902",  # chandrabindu is often typed as anusvara
        **str.maketrans("ٱىیةکہھ", "اييهكهه"),
        **str.maketrans("ıłøđðə", "ilodde"),
        **{ord(letter): spelt for letter, spelt in (("æ", "ae"), ("œ", "oe"), ("þ", "th"))},
    }
)


def normalise(text: str) -> str:
    """The words of `text` as they are stored and searched: letters, marks and digits only, one space between.

    Compatibility forms, case, Latin diacritics, Arabic letter forms and digits of every script are folded; scripts
    without spaces become one token a character. Folding twice changes nothing.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = unicodedata.normalize("NFKD", folded).translate(_FOLDING)
    return " ".join(_TOKEN.findall(unicodedata.normalize("NFC", folded)))


_ARABIC_PROCLITICS = ("ال", "و", "ب", "ل", "ك", "لل", "وال", "بال", "كال", "فال")


def forms(phrase: str) -> tuple[str, ...]:
    """A normalised phrase as text may hold it: an Arabic word also without its article and with what clings to it."""
    if not "\u0621" <= phrase[:1] <= "\u064a" or " " in phrase:
        return (phrase,)
    bare = bare_arabic(phrase)
    return (phrase, bare, *(clitic + bare for clitic in _ARABIC_PROCLITICS))


def bare_arabic(word: str) -> str:
    """A normalised Arabic word without the article and what clings before it; a word of under five letters stays."""
    for clitic in ("وال", "بال", "كال", "فال", "ال", "لل"):
        if word.startswith(clitic) and len(word) >= len(clitic) + 2:
            return word.removeprefix(clitic)
    return word


def is_unspaced(token: str) -> bool:
    """Whether a normalised token is one character of writing without spaces, and no word of its own."""
    return bool(_UNSPACED_CHARACTER.match(token))


# ---- Serbian, which is written in two scripts

TWO_SCRIPTS = ("sr",)  # languages whose files are in Cyrillic and which are written in Latin script as well


def in_latin(text: str) -> str:
    """Serbian Cyrillic as it is written in Latin script."""
    return text.translate(_SERBIAN)


def _serbian() -> dict[int, str]:
    cyrillic, latin = "абвгдђежзијклмнопрстћуфхцчш", "abvgdđežzijklmnoprstćufhcčš"
    small = {**dict(zip(cyrillic, latin, strict=True)), "љ": "lj", "њ": "nj", "џ": "dž"}
    large = {letter.upper(): spelt.capitalize() for letter, spelt in small.items()}
    return str.maketrans({**small, **large})


_SERBIAN = _serbian()


# ---- words with their place in what was typed


@dataclass(frozen=True)
class Word:
    """One token of normalised text and the span of the original that it came from."""

    text: str
    start: int
    end: int
    capital: bool  # as typed


def _is_part(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LMN" or category in ("Co", "Cf") or character in _INNER_MARKS


def _runs(text: str) -> list[tuple[int, int]]:
    """The spans of `text` that hold letters, marks and digits without a break."""
    spans: list[tuple[int, int]] = []
    for index, character in enumerate(text):
        if not _is_part(character):
            continue
        if spans and spans[-1][1] == index:
            spans[-1] = (spans[-1][0], index + 1)
        else:
            spans.append((index, index + 1))
    return spans


def words(text: str) -> list[Word]:
    """The tokens of normalise(text), each with its span in `text`, so that a question can be taken apart by meaning."""
    return [
        Word(token, start + piece.start(), start + piece.end(), piece[0][0].isupper())
        for start, end in _runs(text)
        for piece in _TOKEN.finditer(text[start:end])
        for token in normalise(piece[0]).split()
    ]


def means(token: str, word: str) -> bool:
    """Whether a token of a question is that normalised word, as a phrasebook would find it."""
    return bare_arabic(word) in spoken_as(token)


@functools.lru_cache(maxsize=4096)
def spoken_as(token: str) -> tuple[str, ...]:
    """As what a token of a question, or a word of a phrase, is looked up."""
    return tuple(key[0] for key in _keys([token]))


class Phrasebook(Generic[Meaning]):
    """Phrases and what they mean, looked up in the words of a question, the longest first."""

    def __init__(self, phrases: Iterable[tuple[str, Meaning]]) -> None:
        self._meanings: dict[tuple[str, ...], Meaning] = {}
        for phrase, meaning in phrases:
            self._meanings.setdefault(_key(normalise(phrase).split()), meaning)
        self._meanings.pop((), None)
        self._longest = max(map(len, self._meanings), default=0)

    def __bool__(self) -> bool:
        return bool(self._meanings)

    def __contains__(self, phrase: str) -> bool:
        return _key(normalise(phrase).split()) in self._meanings

    def at(self, spoken: Sequence[Word], start: int) -> tuple[int, Meaning] | None:
        """Where the longest phrase that begins at word `start` ends, and what it means."""
        tokens = [word.text for word in spoken[start : start + self._longest]]
        for length in range(len(tokens), 0, -1):
            for key in _keys(tokens[:length]):
                if key in self._meanings:
                    return start + length, self._meanings[key]
        return None


def _key(tokens: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(bare_arabic, tokens))


def _keys(tokens: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """How the phrase may stand in a phrasebook: an Arabic one also without the one letter that clings to it."""
    yield _key(tokens)
    if tokens[0][0] in "وبلف" and len(tokens[0]) > 3:
        yield _key([tokens[0][1:], *tokens[1:]])


# ---- which language

_SCRIPTS: dict[str, tuple[str, ...]] = {
    "ARABIC": ("ar", "fa", "ur", "ps", "ug"),
    "ARMENIAN": ("hy",),
    "BENGALI": ("bn", "as"),
    "CJK": ("zh", "ja"),
    "CYRILLIC": ("ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn", "tg"),
    "DEVANAGARI": ("hi", "ne", "mr"),
    "ETHIOPIC": ("am",),
    "GEORGIAN": ("ka",),
    "GREEK": ("el",),
    "GUJARATI": ("gu",),
    "GURMUKHI": ("pa",),
    "HANGUL": ("ko",),
    "HEBREW": ("he",),
    "HIRAGANA": ("ja",),
    "KANNADA": ("kn",),
    "KATAKANA": ("ja",),
    "KHMER": ("km",),
    "LAO": ("lo",),
    "MALAYALAM": ("ml",),
    "MYANMAR": ("my",),
    "ORIYA": ("or",),
    "SINHALA": ("si",),
    "SYRIAC": ("syr",),
    "TAMIL": ("ta",),
    "TELUGU": ("te",),
    "THAI": ("th",),
}
LIKE = {"cnr": "bs"}  # languages of which neither letter sequences nor CLDR's words are known, and which they resemble
# How much likelier than any other, before a word is read, are the person's own language and those known well; and by
# how much each word that no other language of the script has.
_PRIOR_WEIGHT = 1000.0
_KNOWN_WEIGHT = 20.0
_WORD_WEIGHT = 30.0
_SURE_WORDS = 1.5  # by so many words that no other has, no letter sequences are needed


@functools.cache
def data(language: str) -> dict[str, Any]:
    """What assets/lexicon/languages knows of a language; empty for one that has no file there."""
    path = _LANGUAGES / f"{language}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


@functools.cache
def known() -> tuple[str, ...]:
    """The languages that have a file in assets/lexicon/languages."""
    return tuple(sorted(path.stem for path in _LANGUAGES.glob("*.toml")))


@functools.cache
def function_words(language: str) -> Phrasebook[None]:
    """Words that carry no meaning of their own: articles, prepositions, pronouns."""
    return Phrasebook((word, None) for word in data(language).get("function", ()))


class Operator(StrEnum):
    """What a word says about those around it."""

    OR = "or"
    WITHOUT = "without"  # what comes next
    WITHOUT_AFTER = "without_after"  # what came before


@functools.cache
def operators(language: str) -> Phrasebook[Operator]:
    """How a language says that one of two things is wanted, or that something is not."""
    said = data(language).get("operators", {})
    return Phrasebook((phrase, operator) for operator in Operator for phrase in said.get(operator, ()))


@functools.cache
def lacking(language: str) -> tuple[str, ...]:
    """The endings by which a language says that something is without what the word names."""
    return tuple(map(normalise, data(language).get("operators", {}).get("without_ending", ())))


@functools.cache
def stars(language: str) -> Phrasebook[int]:
    """How a language says that people gave a photo so many stars at least."""
    said = data(language).get("stars", {})
    return Phrasebook((phrase, int(count)) for count, phrases in said.items() for phrase in phrases)


@functools.lru_cache(maxsize=4096)
def _script(character: str) -> str:
    """The first word of its name, empty for what is of no script, such as digits and the accents of many."""
    name = unicodedata.name(character, "").partition(" ")[0] if unicodedata.category(character)[0] in "LM" else ""
    return "" if name == "COMBINING" else name


def _main_script(text: str) -> str:
    """The script most letters are in; kana decides for Japanese however few."""
    counts = Counter(filter(None, map(_script, text)))
    for kana in ("HIRAGANA", "KATAKANA"):
        if counts[kana]:
            return kana
    return max(counts, key=counts.__getitem__, default="")


@functools.cache
def _speakers() -> dict[str, frozenset[str]]:
    """By word, the languages that have it among those that questions are made of."""
    speakers: dict[str, set[str]] = defaultdict(set)
    for code in known():
        said = data(code)
        tables = [said.get("kinds", {}), said.get("concepts", {}), *_tables(said.get("dates", {}))]
        named = [phrase for table in tables for phrases in table.values() for phrase in phrases]
        months = [name for names in said.get("dates", {}).get("months", ()) for name in names]
        for phrase in (*said.get("telling", ()), *said.get("function", ()), *named, *months):
            for token in normalise(phrase).split():
                speakers[token].add(code)
    return {word: frozenset(languages) for word, languages in speakers.items()}


def _tables(said: dict[str, Any]) -> list[dict[str, list[str]]]:
    return [said.get(part, {}) for part in ("seasons", "holidays", "patterns")]


def _heard(text: str, languages: Collection[str]) -> Counter[str]:
    """How many of the words each language has, a word that several have divided among them."""
    heard: Counter[str] = Counter()
    for token in dict.fromkeys(normalise(text).split()):
        having = [code for code in languages if code in _speakers().get(token, ())]
        heard.update(dict.fromkeys(having, 1 / len(having)) if having else {})
    return heard


@functools.cache
def _identifier() -> Any:
    """Tells languages by letter sequences (langid.py, Lui and Baldwin 2012)."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # 0.9 s and 125 MB, so only when needed

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _guessed(text: str, languages: Collection[str], heard: Counter[str], prior: str) -> list[str]:
    """The likeliest first, by letter sequences and by the words heard of each, leaning to `prior`."""
    by_letters = dict(_identifier().rank(text))
    weights = {**dict.fromkeys(known(), _KNOWN_WEIGHT), prior: _PRIOR_WEIGHT}
    likelihoods = {
        code: by_letters.get(LIKE.get(code, code), 0.0) * weights.get(code, 1.0) * _WORD_WEIGHT ** heard[code]
        for code in languages
    }
    return sorted(likelihoods, key=likelihoods.__getitem__, reverse=True)


def _in_latin(languages: Iterable[str]) -> list[str]:
    """Those that are written in Latin script."""
    elsewhere = {code for script in _SCRIPTS.values() for code in script if code not in TWO_SCRIPTS}
    return [code for code in languages if code not in elsewhere]


def of_script(text: str) -> tuple[str, ...]:
    """The languages that are written in the script of the text; none for Latin script, which is most languages'."""
    return _SCRIPTS.get(_main_script(text), ())


def detect(text: str, prior: str = "en") -> str:
    """The language of `text` as a BCP 47 base code; `prior` is the person's own, for words that could be of several."""
    return likely(text, prior)[0]


def likely(text: str, prior: str = "en") -> list[str]:
    """The languages that `text` may be in, the likeliest first; one where that is sure."""
    script = _main_script(text)
    if not script:
        return [prior]
    languages = _SCRIPTS.get(script, ())
    if len(languages) == 1:
        return [languages[0]]
    if script == "CJK":
        return [prior if prior in languages else languages[0]]
    heard = _heard(text, languages or _in_latin(known()))
    (first, most), (_, next_most) = [*heard.most_common(2), ("", 0.0), ("", 0.0)][:2]
    if most - next_most >= _SURE_WORDS:
        return [first]
    return _guessed(text, languages or _in_latin({*known(), *_identifier().labels}), heard, prior)
