"""Says a word of any language in the languages of the captions: perro, 犬 and कुत्ता are all a dog."""

from __future__ import annotations

import functools
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, product
from pathlib import Path

from indexer import language
from indexer.language import Phrasebook, bare_arabic, normalise
from indexer.library.types import Kind

_ASSET = Path(__file__).resolve().parents[1] / "assets" / "lexicon" / "cldr.zip"
# A word means another as far as both stand for the same of CLDR's pictures; the best and what comes close are taken.
_LEAST_LIKENESS = 0.25
_CLOSE = 0.8
_NAME_BONUS = 0.7  # where both are short names of one picture
_KEYWORD_SHARE = 0.7  # for a word that names none of the pictures, but goes with them: pepperoni is not pizza
_MOST_MEANINGS = 3
_LEAST_OF_NAME = 0.75  # of a name's letters must be left in what it is taken for a form of
_LONGEST_INFLECTED, _MOST_FORMS = 3, 24  # words of a name that may all be inflected, and forms tried of each

Pictures = dict[int, bool]  # what a word stands for: concept numbers, and whether it is the picture's short name


@functools.cache
def _words(code: str) -> dict[str, Pictures]:
    """What each normalised word of a language stands for; empty for a language that CLDR does not name enough in."""
    try:
        with zipfile.ZipFile(_ASSET) as asset:
            lines = asset.read(f"words/{language.LIKE.get(code, code)}.txt").decode().split("\n")
    except KeyError:
        return {}
    words: dict[str, Pictures] = defaultdict(dict)
    for concept, line in enumerate(lines):
        name, *keywords = line.split("|")
        for written in (name, normalise(language.in_latin(name))) if code in language.TWO_SCRIPTS else (name,):
            words[bare_arabic(written)][concept] = True
        for keyword in keywords:
            words[bare_arabic(keyword)].setdefault(concept, False)
    return {word: pictures for word, pictures in words.items() if word and not word.isdecimal()}


@functools.cache
def _by_picture(code: str) -> dict[int, tuple[str, ...]]:
    named: dict[int, list[str]] = defaultdict(list)
    for word, pictures in _words(code).items():
        for concept in pictures:
            named[concept].append(word)
    return {concept: tuple(words) for concept, words in named.items()}


@functools.cache
def _curated(code: str) -> dict[str, tuple[str, ...]]:
    """By normalised word, the things of languages/*.toml that it names; weighed above CLDR, which is weak there."""
    things: dict[str, tuple[str, ...]] = {}
    for thing, words in language.data(code).get("concepts", {}).items():
        for word in words:
            key = _spoken(word)
            things[key] = (*things.get(key, ()), thing)
    return things


def _spoken(word: str) -> str:
    return " ".join(map(bare_arabic, normalise(word).split()))


def base_forms(word: str, code: str) -> Iterator[str]:
    """The normalised word itself, then what it may be a form of: its plural or case ending taken off."""
    words = word.split()
    if 1 < len(words) <= _LONGEST_INFLECTED and not language.is_unspaced(words[0]):
        each = [tuple(islice(base_forms(one, code), _MOST_FORMS)) for one in words]
        yield from (" ".join(forms) for forms in product(*each))
        return
    yield word
    for ending, base in _inflections(code):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            yield word.removesuffix(ending) + base


def inflected(word: str, code: str) -> Iterator[str]:
    """The normalised word itself, then forms of it that a caption may use."""
    yield word
    for ending, base in _inflections(code):
        if word.endswith(base) and not (base and word == base):
            yield word.removesuffix(base) + ending


@functools.cache
def _inflections(code: str) -> tuple[tuple[str, str], ...]:
    pairs = language.data(code).get("inflections", ())
    return tuple((normalise(ending), normalise(base)) for ending, base in pairs)


def knows(word: str, code: str) -> bool:
    """Whether the word, or what it is a form of, is one that pictures show."""
    return any(form in _curated(code) or form in _words(code) for form in base_forms(_spoken(word), code))


def is_name(word: str, code: str) -> bool:
    """Whether it is what the language itself calls something that pictures show, and not only goes with it."""
    return any(_names(form, code) for form in base_forms(_spoken(word), code))


def is_exactly_name(word: str, code: str) -> bool:
    """The same of the word as it stands, not of what it may be a form of."""
    return _names(_spoken(word), code)


def _names(spoken: str, code: str) -> bool:
    return spoken in _curated(code) or any(_words(code).get(spoken, {}).values())


def translations(word: str, code: str, into: Sequence[str]) -> tuple[str, ...]:
    """Words of the languages `into` that mean the word of language `code`, the surest first; none where unknown."""
    spoken = _spoken(word)
    found: dict[str, None] = {}
    for target in into:
        found.update(dict.fromkeys(_translated(spoken, code, target)))
    found.pop(normalise(word), None)
    return tuple(found)


@functools.lru_cache(maxsize=4096)
def _translated(spoken: str, code: str, target: str) -> tuple[str, ...]:
    is_exact = is_exactly_name(spoken, code)
    for form in base_forms(spoken, code):
        if is_exact and len(form) < _LEAST_OF_NAME * len(spoken):
            continue  # карга is a crow, and no case of кар, snow
        if things := _curated(code).get(form):
            curated = language.data(target).get("concepts", {})
            words = [normalise(word) for thing in things for word in curated.get(thing, ())]
            return _with_forms(words, target)
    known = {form: _words(code)[form] for form in base_forms(spoken, code) if form in _words(code)}
    if target == code:
        return _with_forms(known, target)
    if any(known.get(spoken, {}).values()):
        known = {spoken: known[spoken]}
    pictures: Pictures = {}
    for stood_for in reversed(known.values()):
        pictures |= stood_for
    return _with_forms(_likest(pictures, target), target)


def _with_forms(words: Iterable[str], target: str) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(form for word in words for form in (*inflected(word, target), *base_forms(word, target)))
    )


def _likest(pictures: Pictures, target: str) -> list[str]:
    words, by_picture = _words(target), _by_picture(target)
    candidates = {word for concept in pictures for word in by_picture.get(concept, ())}
    likeness = {word: _likeness(pictures, words[word]) for word in candidates}
    ranked = sorted(likeness, key=lambda word: (-likeness[word], word))[:_MOST_MEANINGS]
    return [word for word in ranked if likeness[word] >= max(_LEAST_LIKENESS, _CLOSE * likeness[ranked[0]])]


def _likeness(one: Pictures, other: Pictures) -> float:
    """The Jaccard index of what two words stand for, weighed by whether they name it or only go with it."""
    shared = one.keys() & other.keys()
    jaccard = len(shared) / len(one.keys() | other.keys())
    if not any(other[concept] for concept in shared):
        return _KEYWORD_SHARE * jaccard
    return jaccard + _NAME_BONUS * any(one[concept] and other[concept] for concept in shared)


@functools.cache
def kinds(code: str) -> Phrasebook[tuple[Kind, ...]]:
    """The words of a language for kinds of picture; a word may mean more than one."""
    named: dict[str, list[Kind]] = defaultdict(list)
    for kind, words in language.data(code).get("kinds", {}).items():
        for word in words:
            named[normalise(word)].append(Kind(kind))
    return Phrasebook((word, tuple(meant)) for word, meant in named.items())
