"""Composes the answer to a question that was read: every number, date and place in it comes from the library."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from desktop_app.assistant.types import Answer, Intent, Reading
from desktop_app.assistant.wording import Wording, amount_labels
from indexer import language
from indexer.agreement import doubts
from indexer.library import descriptions
from indexer.library.search import Order, count, groups, search
from indexer.library.types import Group, Grouping, Hit, Query, Term

_CITED_AT_MOST = 12
_DESCRIBED_AT_MOST = 5
_GROUPS_AT_MOST = 24
_LONGEST_QUOTE = 300  # characters
_LONGEST_DESCRIPTION = 120
_DOUBTS_AT_MOST = 3
_LINE_BREAK = " / "  # between quoted lines
_EITHER = " / "  # between two readings of the same

Composed = tuple[str, tuple[Hit, ...]]  # an answer and the photos that its citations number


@dataclass(frozen=True)
class _Found:
    """What was found for a reading: the first hits in its order, and how many there are in all."""

    conn: sqlite3.Connection
    reading: Reading
    wording: Wording
    hits: tuple[Hit, ...]
    total: int

    @property
    def what(self) -> str:
        """What was understood, as the person can check it."""
        return _listed(self.reading, self.wording)

    def first(self, order: Order) -> Hit:
        return search(self.conn, self.reading.query, limit=1, order=order)[0]


def compose(conn: sqlite3.Connection, reading: Reading, language_code: str) -> Answer:
    """The answer in a language that Wording knows, with the photos that it cites."""
    wording = Wording(language_code)
    if reading.is_empty:
        return Answer(wording.say("not_understood"), language_code, (), reading)
    hits = search(conn, reading.query, limit=_CITED_AT_MOST, order=reading.order)
    if not hits:
        return Answer(_nothing(conn, reading, wording), language_code, (), reading)
    found = _Found(conn, reading, wording, tuple(hits), count(conn, reading.query))
    text, cited = _COMPOSERS[reading.intent](found)
    return Answer(text, language_code, cited, reading)


def describe(hit: Hit, wording: Wording) -> str:
    """One photo in a line: its caption, or what can be read in it, or its file's name."""
    text = hit.caption or hit.text.replace("\n", _LINE_BREAK) or PurePath(hit.path).name
    return wording.isolated(_shortened(text, _LONGEST_DESCRIPTION))


def facts(hit: Hit, wording: Wording) -> str:
    """What is known of one photo, in a line: what it shows, when and where it was taken."""
    known = [describe(hit, wording)]
    if hit.taken_at:
        known.append(wording.isolated(wording.day(hit.taken_at)))
    if hit.place:
        known.append(wording.place(hit.place))
    return " · ".join(known)


def _nothing(conn: sqlite3.Connection, reading: Reading, wording: Wording) -> str:
    if not reading.chips or not count(conn, Query()):
        return wording.say("nothing_at_all")
    return wording.say("nothing", what=_listed(reading, wording))


def _listed(reading: Reading, wording: Wording) -> str:
    return " · ".join(wording.isolated(chip.label) for chip in reading.chips)


# ---- one composer for each intent


def _find(found: _Found) -> Composed:
    header = "found" if found.reading.chips else "found_all"
    lines = [found.wording.say(header, n=found.total, what=found.what)]
    return "\n".join([*lines, *_described(found, found.hits)]), found.hits


def _count(found: _Found) -> Composed:
    header = "count" if found.reading.chips else "count_all"
    cited = _cited(found, range(len(found.hits)))
    more = " …" if found.total > len(found.hits) else ""
    return found.wording.say(header, n=found.total, what=found.what, cited=cited + more), found.hits


def _each(found: _Found) -> Composed:
    """The groups with how many photos they have, of times the newest first, each with its newest photo."""
    every = _groups(found)
    if every and every[0].by in (Grouping.YEAR, Grouping.MONTH, Grouping.DAY):
        every.sort(key=lambda group: group.name, reverse=True)
    return _grouped(found, every, at_most=_GROUPS_AT_MOST, each=1)


def _most(found: _Found) -> Composed:
    """The group that has the most, or those that have as many."""
    every = _groups(found)
    largest = [group for group in every if group.photos == every[0].photos]
    return _grouped(found, largest, at_most=_DESCRIBED_AT_MOST, each=max(1, _CITED_AT_MOST // max(1, len(largest))))


def _groups(found: _Found) -> list[Group]:
    assert found.reading.by is not None
    return groups(found.conn, found.reading.query, found.reading.by)


def _grouped(found: _Found, wanted: Sequence[Group], *, at_most: int, each: int) -> Composed:
    """A line for each of the first groups, that cites so many of its photos; without any, how many photos there are."""
    if not wanted:
        return _count(found)
    lines: list[str] = []
    cited: list[Hit] = []
    for group in wanted[:at_most]:
        hits = search(found.conn, replace(found.reading.query, group=group), limit=each, order=Order.NEWEST)
        numbers = _cited(found, range(len(cited), len(cited) + len(hits)))
        more = " …" if group.photos > len(hits) else ""
        what = found.wording.group(group, hits[0])
        lines.append(found.wording.line(found.wording.say("group", n=group.photos, what=what, cited=numbers + more)))
        cited += hits
    return "\n".join([*lines, "…"] if len(wanted) > at_most else lines), tuple(cited)


def _when(found: _Found) -> Composed:
    best = found.hits[0]
    if (found.total == 1 or found.reading.order is not Order.BEST) and best.taken_at:
        day = found.wording.day(best.taken_at)
        return found.wording.say("when", date=day, cited=_cited(found, [0])), (best,)
    first, last = found.first(Order.OLDEST).taken_at, found.first(Order.NEWEST).taken_at
    assert first is not None
    assert last is not None
    if first.date() == last.date():
        cited = _cited(found, range(len(found.hits)))
        return found.wording.say("when", date=found.wording.day(first), cited=cited), found.hits
    days = {"first": found.wording.day(first), "last": found.wording.day(last)}
    header = found.wording.say("when_between", n=found.total, **days)
    return "\n".join([header, *_described(found, found.hits)]), found.hits


def _where(found: _Found) -> Composed:
    hits = found.hits if found.reading.order is Order.BEST else found.hits[:1]
    at: dict[str, list[int]] = defaultdict(list)
    for index, hit in enumerate(hits):
        if hit.place:
            at[found.wording.place(hit.place)].append(index)
    if not at:
        return found.wording.say("where_unknown", cited=_cited(found, range(len(hits)))), hits
    if len(at) == 1:
        [(place, indexes)] = at.items()
        return found.wording.say("where", place=place, cited=_cited(found, indexes)), hits
    lines = [found.wording.line(f"{place} {_cited(found, indexes)}") for place, indexes in at.items()]
    return "\n".join([found.wording.say("where_many"), *lines]), hits


def _latest(found: _Found) -> Composed:
    return _outermost(found, "latest")


def _first(found: _Found) -> Composed:
    return _outermost(found, "first")


def _outermost(found: _Found, sentence: str) -> Composed:
    hit = found.hits[0]
    assert hit.taken_at is not None
    day, description = found.wording.day(hit.taken_at), describe(hit, found.wording)
    return found.wording.say(sentence, date=day, cited=_cited(found, [0]), description=description), (hit,)


def _text(found: _Found) -> Composed:
    return _says(found, lambda text: _lines_with(text, found.reading.query.terms))


def _amount(found: _Found) -> Composed:
    return _says(found, lambda text: _amount_lines(text) or text.split("\n"))


def _says(found: _Found, chosen: Callable[[str], Sequence[str]]) -> Composed:
    """Quotes the best photo that holds text."""
    hit = next((hit for hit in found.hits if hit.text), None)
    if hit is None:
        return found.wording.say("says_nothing", cited=_cited(found, [0])), found.hits[:1]
    lines = chosen(hit.text)
    quote = _shortened(_LINE_BREAK.join(lines), _LONGEST_QUOTE)
    said = found.wording.say("says", text=quote, cited=_cited(found, [0]))
    return " ".join([said, *_unsure(found, hit, "\n".join(lines))]), (hit,)


def _unsure(found: _Found, hit: Hit, quoted: str) -> Iterator[str]:
    """What of the quoted lines the model that looked at the photo read differently."""
    description = descriptions.current(found.conn, hit.photo)
    if description and (unsure := doubts(quoted, description.text)):
        pairs = (found.wording.isolated(f"{doubt.read}{_EITHER}{doubt.other}") for doubt in unsure[:_DOUBTS_AT_MOST])
        yield found.wording.say("unsure", text=" · ".join(pairs))


_COMPOSERS: dict[Intent, Callable[[_Found], Composed]] = {
    Intent.FIND: _find,
    Intent.COUNT: _count,
    Intent.EACH: _each,
    Intent.MOST: _most,
    Intent.WHEN: _when,
    Intent.WHERE: _where,
    Intent.LATEST: _latest,
    Intent.FIRST: _first,
    Intent.TEXT: _text,
    Intent.AMOUNT: _amount,
    Intent.LOOK: _find,
    Intent.TELL: _find,
}


# ---- pieces of answers


def _described(found: _Found, hits: Sequence[Hit]) -> list[str]:
    """A line for each of the first hits, the others by number, and how many more there are."""
    lines = [_line(found, index, hit) for index, hit in enumerate(hits[:_DESCRIBED_AT_MOST])]
    rest = [_cited(found, range(_DESCRIBED_AT_MOST, len(hits)))] if len(hits) > _DESCRIBED_AT_MOST else []
    if found.total > len(hits):
        rest.append(found.wording.say("more", n=found.total - len(hits)))
    return [*lines, found.wording.line(" ".join(rest))] if rest else lines


def _line(found: _Found, index: int, hit: Hit) -> str:
    return found.wording.line(f"{_cited(found, [index])} {facts(hit, found.wording)}")


def _cited(found: _Found, indexes: Sequence[int]) -> str:
    return found.wording.isolated(" ".join(f"[{index + 1}]" for index in indexes))


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def _lines_with(text: str, terms: Sequence[Term]) -> list[str]:
    """All lines where they are few; else those from the first on that holds one of the words asked for."""
    lines = text.split("\n")
    wanted = [f" {language.normalise(form)}" for term in terms for form in (term.text, *term.alternatives)]
    holding = (
        index for index, line in enumerate(lines) if any(word in f" {language.normalise(line)}" for word in wanted)
    )
    return lines if len(text) <= _LONGEST_QUOTE else lines[next(holding, 0) :]


def _amount_lines(text: str) -> list[str]:
    """The last line that names a sum, with the line after it where the sum was read apart from its name."""
    lines = text.split("\n")
    for index in range(len(lines) - 1, -1, -1):
        words = language.words(lines[index])
        if any(amount_labels().at(words, start) for start in range(len(words))):
            if any(map(str.isdigit, lines[index])):
                return [lines[index]]
            after = lines[index + 1 : index + 2]
            if after and any(map(str.isdigit, after[0])):
                return [f"{lines[index]} {after[0]}"]
    return []
