"""Takes a question apart: its language, what is wanted, and the words, dates, places and kinds of picture it names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain

from desktop_app.assistant.types import Chip, ChipKind, Intent, Reading
from desktop_app.assistant.wording import FALLBACK, Wording, asks, either, follow_ups, groupings, languages
from indexer import cameras, dates, language, lexicon, places
from indexer.dates import Period
from indexer.language import Operator, Word
from indexer.library.search import Order
from indexer.library.types import Grouping, Kind, Query, Term
from indexer.places import Named

_LONGEST_QUESTION = 2000  # characters; what comes after is not read
_LONGEST_THING, _LONGEST_UNSPACED = 5, 24  # words, and characters of writing without spaces
_FEW_WORDS = 3  # too few to tell the language by alone
_LIKELY = 6  # languages tried then: each that is known takes some 2 MB
_QUOTED = r'"([^"]+)"|“([^”]+)”|„([^“”]+)[“”]|«([^»]+)»|「([^」]+)」|『([^』]+)』'
_FIELD = r"(?P<field>(?<!\w)(?:caption|text|path|before|after)):"
_EXACT = re.compile(rf"(?P<minus>(?<!\S)-)?(?:{_FIELD}(?:{_QUOTED}|(\S+))|{_QUOTED})", re.IGNORECASE)
_COLUMNS = {"caption": "caption", "text": "text"}
_TYPED_OPERATORS = {"OR": Operator.OR, "NOT": Operator.WITHOUT}  # in any language, as in other search boxes

# Of several intents in one question the first of these is meant.
_INTENTS = (
    Intent.MOST, Intent.EACH, Intent.COUNT, Intent.AMOUNT, Intent.TEXT, Intent.WHEN, Intent.WHERE, Intent.LATEST,
    Intent.FIRST, Intent.FIND,
)  # fmt: skip

_OF_GROUPS = (Intent.EACH, Intent.MOST)
_MOST_OF = {Intent.WHERE: Grouping.CITY, Intent.WHEN: Grouping.DAY}
_OF_SOMETHING = (Intent.WHEN, Intent.WHERE, Intent.TEXT, Intent.AMOUNT)  # asked of what was named, if only before


def read(
    question: str,
    *,
    prior: str,
    today: date,
    caption_languages: Iterable[str] = (),
    without: Collection[Chip] = (),
    after: Reading | None = None,
) -> Reading:
    """How a question is understood by someone whose own language is `prior`, less the chips `without`.

    Words are given the words that mean the same in English, in `caption_languages` and in the question's language.
    `after`: the question before, which this one may go on from: and last year? where was that?
    """
    question = question[:_LONGEST_QUESTION]
    exact = list(_EXACT.finditer(question))
    open_text = _EXACT.sub(lambda match: " " * len(match[0]), question)
    words = language.words(open_text)
    code = _language(open_text, words, after.language if after else prior, today)
    into = tuple(dict.fromkeys(("en", *caption_languages, code)))
    reader = _Reader(open_text, words, code, answered_in(code, prior, question), into)
    pieces = list(reader.pieces(today))
    sure = [piece for piece in pieces if not piece.is_guess]
    named = [chip for match in exact if (chip := reader.exact(match, today))]
    chips = [*named, *_combined(sure)] or _combined(pieces)
    intents = {piece.intent for piece in pieces if piece.intent and not piece.is_either}
    if not intents & {Intent.COUNT, Intent.AMOUNT}:
        intents |= {Intent.COUNT for piece in pieces if piece.is_either}
    by = _counted_by(pieces, intents)
    if by is None:
        intents -= {Intent.EACH, Intent.MOST}
    if any(chip.kind is ChipKind.KIND for chip in chips):
        intents.discard(Intent.WHERE)  # who asks where the receipt is wants the receipt, not where it was photographed
    intent, order = next((intent for intent in _INTENTS if intent in intents), Intent.FIND), _order(intents)
    if after and (follow_ups(code).at(words, 0) or (not chips and intent in _OF_SOMETHING)):
        chips = _gone_on(after.chips, chips)
        otherwise = next((piece.by for piece in pieces if piece.by), None)  # and which city?
        if not intents - {Intent.FIND} or (after.by and otherwise and not by):
            intent, order, by = after.intent, after.order, otherwise or after.by
    chips = [chip for chip in dict.fromkeys(chips) if chip not in without]
    return Reading(question, code, intent, tuple(chips), order, by if intent in _OF_GROUPS else None)


def _counted_by(pieces: Sequence[_Piece], intents: Collection[Intent]) -> Grouping | None:
    """What photos are to be counted by: where and when the most are, by city and by day, unless something else is."""
    if Intent.MOST in intents:
        named = (piece.by for piece in pieces if piece.by)
        otherwise = (by for intent, by in _MOST_OF.items() if intent in intents)
        return next(chain(named, otherwise), None)
    return next((piece.by for piece in pieces if piece.intent is Intent.EACH), None)


def _gone_on(before: Sequence[Chip], chips: Sequence[Chip]) -> list[Chip]:
    """What was understood before, of which new dates, places or things take the place of the old ones."""
    replaced = {_group(chip) for chip in chips if not chip.part.without}
    return [*(chip for chip in before if _group(chip) not in replaced), *chips]


def _group(chip: Chip) -> ChipKind:
    return ChipKind.WORD if chip.kind is ChipKind.KIND else chip.kind


def answered_in(code: str, prior: str, question: str) -> str:
    """The language to answer a question in, with its script where it has two: its own, the person's, else English."""
    known = next((known for known in (code, prior) if known in languages()), FALLBACK)
    return f"{known}-Latn" if known in language.TWO_SCRIPTS and not language.of_script(question) else known


def _order(intents: Collection[Intent]) -> Order:
    if Intent.LATEST in intents:
        return Order.NEWEST
    return Order.OLDEST if Intent.FIRST in intents else Order.BEST


def _language(text: str, words: Sequence[Word], prior: str, today: date) -> str:
    """The language of the text; of few words, the first of the likely ones that all, or most, mean something in."""
    code, *others = language.likely(text, prior)
    if len(words) > _FEW_WORDS and not language.is_unspaced(words[0].text):
        return code
    candidates = dict.fromkeys((prior, code, *others[:_LIKELY], *language.of_script(text)))
    most, meant = -1, code
    for candidate in candidates:
        if candidate not in languages():
            continue
        understood = _understood(words, candidate, today)
        if understood is None:
            return candidate
        if understood > most:
            most, meant = understood, candidate
    return meant


def _understood(words: Sequence[Word], code: str, today: date) -> int | None:
    """How many words mean something in that language, those that name what pictures show twice; None for all."""
    functions, kinds, asked = language.function_words(code), lexicon.kinds(code), asks(code)
    named = {place.start: place.end for place in places.find(words, code)}
    taken_with = {camera.start: camera.end for camera in cameras.find(words, code)}
    dated = {period.start: period.end for period in dates.find(words, code, today)}
    starred = language.stars(code)
    index = understood = unknown = 0
    while index < len(words):
        kind, stars, *saying = ((book.at(words, index) or (index,))[0] for book in (kinds, starred, functions, asked))
        named_to = max(found.get(index, index) for found in (dated, named, taken_with))
        naming_to = max(named_to, kind, stars, _name_end(words, index, code))
        saying_to = max(saying)
        understood += 2 * (naming_to - index) if naming_to > saying_to else saying_to - index
        unknown += max(naming_to, saying_to) == index
        index = max(naming_to, saying_to, index + 1)
    return understood if unknown else None


def _name_end(words: Sequence[Word], start: int, code: str) -> int:
    """Where the longest of the language's own names of something that pictures show ends; `start` where none begins."""
    longest = _LONGEST_UNSPACED if language.is_unspaced(words[start].text) else _LONGEST_THING
    for end in range(min(start + longest, len(words)), start, -1):
        if lexicon.is_name(" ".join(word.text for word in words[start:end]), code):
            return end
    return start


def _combined(pieces: Iterable[_Piece]) -> list[Chip]:
    """The chips, those of two things of which one is wanted in one, and what is not wanted as such."""
    chips: list[Chip] = []
    operator: Operator | None = None
    for piece in pieces:
        if piece.operator is Operator.WITHOUT_AFTER:
            chips[-1:] = [_negated(chip) for chip in chips[-1:]]
        elif piece.operator:
            operator = piece.operator
        elif piece.chip:
            before = chips[-1] if chips else None
            if operator is Operator.WITHOUT or (operator and before and before.part.without):
                chips.append(_negated(piece.chip))
            elif operator and before and before.part.terms and piece.chip.part.terms:
                chips[-1] = _either(before, piece.chip)
            else:
                chips.append(piece.chip)
            operator = None
    return chips


def _negated(chip: Chip) -> Chip:
    """Twice is as good as once."""
    return chip if chip.part.without else Chip(chip.kind, f"− {chip.label}", Query(without=(chip.part,)))


def _either(one: Chip, other: Chip) -> Chip:
    """Both are of words."""
    first, *others = (term for chip in (one, other) for term in chip.part.terms)
    term = replace(first, either=(*first.either, *others))
    return Chip(ChipKind.WORD, f"{one.label} / {other.label}", Query(terms=(term,)))


@dataclass(frozen=True)
class _Piece:
    """What words[..:end] mean; neither chip nor intent for words that only hold the sentence together.

    A guess counts only where nothing else was understood: it may be a word that we do not know of a language. Either:
    it asks how many, or how much.
    """

    end: int
    chip: Chip | None = None
    intent: Intent | None = None
    by: Grouping | None = None
    operator: Operator | None = None
    is_guess: bool = False
    is_either: bool = False


class _Reader:
    """Reads the words of one question from left to right, at each place as much as means something together."""

    def __init__(self, text: str, words: Sequence[Word], code: str, answered_in: str, into: tuple[str, ...]) -> None:
        self._text, self._words, self._code, self._into = text, words, code, into
        self._wording = Wording(answered_in)
        self._asks, self._either, self._groupings = asks(code), either(code), groupings(code)
        asked = (self._asks.at(words, index) for index in range(len(words)))
        self._asks_most = any(each is not None and each[1] is Intent.MOST for each in asked)
        self._kinds = lexicon.kinds(code)
        self._functions = language.function_words(code)
        self._operators = language.operators(code)
        self._places = {named.start: named for named in places.find(words, code)}
        self._cameras = {named.start: named for named in cameras.find(words, code)}
        self._stars = language.stars(code)

    def exact(self, match: re.Match[str], today: date) -> Chip | None:
        """What is quoted, or asked of one field as in caption:dog or before:2020; None where that is nothing."""
        *quoted, bare = match.groups()[2:9]
        text = next(filter(None, (*quoted, bare, *match.groups()[9:])), "")
        if not language.normalise(text):
            return None
        if match["field"]:
            chip = self._of_field(match["field"].lower(), text, today, quoted=bare is None)
        else:
            chip = Chip(ChipKind.WORD, f"“{text}”", Query(terms=(Term(text, quoted=True),)))
        return _negated(chip) if match["minus"] else chip

    def _of_field(self, field: str, text: str, today: date, *, quoted: bool) -> Chip:
        """Of a date that is none, the words."""
        label = f"{field}: {text}"
        period = next(iter(dates.find(language.words(text), self._code, today)), None)
        if field == "before" and period and period.first:
            return Chip(ChipKind.DATE, label, Query(taken_to=period.first - timedelta(1)))
        if field == "after" and period and period.last:
            return Chip(ChipKind.DATE, label, Query(taken_from=period.last + timedelta(1)))
        if field == "path":
            return Chip(ChipKind.WORD, label, Query(paths=(text,)))
        others = () if quoted else self._translations(text)
        return Chip(ChipKind.WORD, label, Query(terms=(Term(text, others, quoted, _COLUMNS.get(field, "")),)))

    def pieces(self, today: date) -> Iterator[_Piece]:
        periods = [each for each in dates.find(self._words, self._code, today) if not self._is_part(each)]
        index = 0
        for period in periods:
            yield from self._undated(index, period.start)
            yield _Piece(period.end, self._dated(period))
            index = period.end
        yield from self._undated(index, len(self._words))

    def _is_part(self, period: Period) -> bool:
        """Whether the name of a place holds it, as Rio de Janeiro does, or a phrase that asks: on which day."""
        named = [(each.start, each.end) for each in self._places.values()]
        asking = ((start, self._asks.at(self._words, start)) for start in range(period.end))
        around = [*named, *((start, asked[0]) for start, asked in asking if asked)]
        return any(
            start <= period.start and period.end <= end and end - start > period.end - period.start
            for start, end in around
        )

    def _undated(self, index: int, stop: int) -> Iterator[_Piece]:
        while index < stop:
            if self._is_excluded(index):
                yield _Piece(index, operator=Operator.WITHOUT)
            meant = [piece for piece in self._meanings(index) if piece.end <= stop]
            piece = max(meant, key=lambda piece: piece.end, default=None) or self._unknown(index, stop)
            yield piece
            index = piece.end

    def _meanings(self, index: int) -> Iterator[_Piece]:
        """All that may begin at a word; of equally long ones the first is meant."""
        if operator := _TYPED_OPERATORS.get(self._typed(index, index + 1)):
            yield _Piece(index + 1, operator=operator)
        said = self._operators.at(self._words, index)
        if said and (index or said[1] is not Operator.OR):  # with which no question begins
            yield _Piece(said[0], operator=said[1])
        if asked := self._asks.at(self._words, index):
            is_either = (self._either.at(self._words, index) or (None,))[0] == asked[0]
            yield _Piece(asked[0], intent=asked[1], by=self._by(index, *asked), is_either=is_either)
        if self._asks_most and (grouped := self._groupings.at(self._words, index)):
            yield _Piece(grouped[0], by=grouped[1])
        if stars := self._stars.at(self._words, index):
            yield self._named(index, stars[0], ChipKind.STARS, Query(stars=stars[1]))
        if camera := self._cameras.get(index):
            yield self._named(index, camera.end, ChipKind.CAMERA, Query(cameras=(camera.name,)))
        if named := self._places.get(index):
            yield _Piece(named.end, self._placed(named))
        if kinds := self._kinds.at(self._words, index):
            yield _Piece(kinds[0], self._of_kind(index, *kinds))
        if small := self._functions.at(self._words, index):
            yield _Piece(small[0])
        if lacking := self._lacking(index):
            yield lacking
        if end := self._thing_end(index):
            yield self._thing(index, end)

    def _by(self, start: int, stop: int, asked: Intent | None) -> Grouping | None:
        """What the phrase words[start:stop] counts photos by, as in which year, or per city."""
        named = (self._groupings.at(self._words[:stop], index) for index in range(start, stop))
        return next((each[1] for each in named if each), None) if asked is not Intent.MOST else None

    def _is_excluded(self, index: int) -> bool:
        """Whether a minus stands before the word, with nothing between and nothing before it."""
        return self._text[: self._words[index].start][-2:].lstrip() == "-"

    def _lacking(self, index: int) -> _Piece | None:
        """A word for what is without something, as Turkish makes with an ending."""
        word, typed = self._words[index].text, self._typed(index, index + 1)
        for ending in language.lacking(self._code):
            if word.endswith(ending) and lexicon.is_name(word.removesuffix(ending), self._code):
                thing = typed[: -len(ending)]
                chip = Chip(ChipKind.WORD, thing, Query(terms=(Term(thing, self._translations(thing)),)))
                return _Piece(index + 1, _negated(chip))
        return None

    def _thing_end(self, start: int) -> int | None:
        """Where the longest name of something that pictures show ends, several words only where they are translated."""
        longest = _LONGEST_UNSPACED if language.is_unspaced(self._words[start].text) else _LONGEST_THING
        for end in range(min(start + longest, len(self._words)), start, -1):
            name = " ".join(word.text for word in self._words[start:end])
            if end == start + 1 or longest == _LONGEST_UNSPACED:
                is_one = lexicon.knows(name, self._code)
            else:  # several words that only go with a picture say too little; a photo of something is none
                is_asked = self._asks.at(self._words, start) is not None
                is_one = not is_asked and lexicon.is_name(name, self._code) and bool(self._translations(name))
            if is_one:
                return end
        return None

    def _thing(self, start: int, end: int) -> _Piece:
        typed = self._typed(start, end)
        others = self._translations(typed)
        if not self._kinds and (kinds := self._english_kinds(others)):
            return _Piece(end, self._of_kind(start, end, kinds))
        return _Piece(end, Chip(ChipKind.WORD, typed, Query(terms=(Term(typed, others),))))

    def _translations(self, typed: str) -> tuple[str, ...]:
        """Other words for it; one that names nothing in this language may be another's of the same script."""
        shared = () if lexicon.is_name(typed, self._code) else language.of_script(typed)
        readings = dict.fromkeys((self._code, *shared))
        words = [word for code in readings for word in lexicon.translations(typed, code, self._into)]
        return tuple(dict.fromkeys(words))

    def _english_kinds(self, words: Sequence[str]) -> tuple[Kind, ...]:
        """The kinds of picture that the surest English translation names, for a language without a list of its own."""
        named = lexicon.kinds("en").at(language.words(words[0]), 0) if words else None
        return named[1] if named else ()

    def _unknown(self, start: int, stop: int) -> _Piece:
        """Words that mean nothing to us: a name, perhaps; in writing without spaces all up to the next known one."""
        end = start + 1
        while end < stop and self._clings(end) and not any(self._meanings(end)):
            end += 1
        typed = self._typed(start, end)
        is_name = end - start > 1 or not language.is_unspaced(self._words[start].text)
        if self._code not in languages():  # whose small words we do not know either
            is_name = self._words[start].capital or any(map(str.isdigit, typed))
        word = language.normalise(typed)
        forms = (*lexicon.base_forms(word, self._code), *lexicon.inflected(word, self._code))
        others = dict.fromkeys((*self._translations(typed), *forms))
        return _Piece(end, Chip(ChipKind.WORD, typed, Query(terms=(Term(typed, tuple(others)),))), is_guess=not is_name)

    def _clings(self, index: int) -> bool:
        before, word = self._words[index - 1], self._words[index]
        return before.end == word.start and language.is_unspaced(before.text) and language.is_unspaced(word.text)

    def _named(self, start: int, end: int, kind: ChipKind, part: Query) -> _Piece:
        return _Piece(end, Chip(kind, self._typed(start, end), part))

    def _dated(self, period: Period) -> Chip:
        label = self._wording.period(period.first, period.last)
        return Chip(ChipKind.DATE, label, Query(taken_from=period.first, taken_to=period.last))

    def _placed(self, named: Named) -> Chip:
        if named.country_code:
            label = self._wording.country(named.country_code)
            return Chip(ChipKind.PLACE, label, Query(country_codes=(named.country_code,)))
        typed = self._typed(named.start, named.end)  # as it may stand in a picture: ticket to München
        return Chip(ChipKind.PLACE, typed, Query(cities=tuple(dict.fromkeys((named.city, typed)))))

    def _of_kind(self, start: int, end: int, kinds: tuple[Kind, ...]) -> Chip:
        typed = self._typed(start, end)
        forms = lexicon.inflected(language.normalise(typed), self._code)
        called = Term(typed, tuple(dict.fromkeys((*kinds, *forms))), quoted=True)
        return Chip(ChipKind.KIND, typed, Query(kinds=kinds, kind_words=(called,)))

    def _typed(self, start: int, end: int) -> str:
        return self._text[self._words[start].start : self._words[end - 1].end]
