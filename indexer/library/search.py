"""Finds the photos that answer a query, best first; where nothing fits, nothing is found."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import PurePath

from indexer import language
from indexer.library.types import Group, Grouping, Hit, Kind, PhotoId, Place, Query, Term
from indexer.locales import locale

# What a picture says of itself counts most, then what was written of it or seen in it, then tags and names.
_RANK = "bm25(photo_words, 4.0, 2.0, 8.0)"  # the weights of caption, words, text
_HOLDING = "photos.id in (select rowid from photo_words where photo_words match ?)"
_MOST_RANKED = 2000  # of 100,000 photos, ranking 18,000 takes 70 ms
_MAX_TERMS = 16
_MAX_FORMS = 64  # of one term
_PREFIX_LETTERS = 4  # a shorter beginning of a word says too little: car is not a card


class Order(StrEnum):
    """In which order the photos found are given."""

    BEST = "best"
    NEWEST = "newest"
    OLDEST = "oldest"


# ---- the index


def refresh(conn: sqlite3.Connection, photo: PhotoId) -> None:
    """Makes what is searched of a photo what is known of it now; for the transaction that changed it."""
    conn.execute("delete from photo_words where rowid = ?", (photo,))
    row = conn.execute(_KNOWN, (photo,)).fetchone()
    if row is None:
        return
    conn.execute(
        "insert into photo_words(rowid, caption, words, text) values (?, ?, ?, ?)",
        (photo, language.normalise(row["caption"]), _words(conn, row), language.normalise(row["text"])),
    )


_KNOWN = """
    select photos.id, city, region, country_code, camera, written.keywords, written.people,
        own.keywords as own_keywords, own.people as own_people,
        coalesce(own.title || ' ' || own.caption || ' ', '')
            || coalesce(written.title || ' ' || written.caption || ' ', '')
            || coalesce(descriptions.caption, '') as caption,
        coalesce(tags, '[]') as tags, kind, colour,
        coalesce((select group_concat(text, char(10)) from (select text from lines where photo_id = photos.id
                  order by position)), descriptions.text, '') as text
    from photos left join descriptions on descriptions.photo_id = photos.id and descriptions.current
        left join written on written.photo_id = photos.id left join own on own.photo_id = photos.id
    where photos.id = ?
"""
_LISTS = ("own_keywords", "own_people", "keywords", "people", "tags")


def _words(conn: sqlite3.Connection, row: sqlite3.Row) -> str:
    """Keywords, people, tags, kind, colour, camera, place, and the names of its files and of their folders."""
    files = conn.execute(
        "select files.path, folders.path as root from files join folders on folders.id = folder_id where photo_id = ?",
        (row["id"],),
    )
    names = [_names(file["path"], file["root"]) for file in files]
    country = locale("en").territories.get(row["country_code"] or "")
    lists = [word for name in _LISTS for word in json.loads(row[name] or "[]")]
    known = [*lists, row["kind"], row["colour"], row["city"], row["region"], country, _model(row["camera"] or "")]
    return " ".join(filter(None, (language.normalise(word) for word in dict.fromkeys([*known, *names]) if word)))


def _model(camera: str) -> str:
    """A camera's name without the make that is a fruit: not every photo of an iPhone shows one."""
    return camera.removeprefix("Apple ")


def _names(path: str, root: str) -> str:
    below = PurePath(path).relative_to(root) if PurePath(path).is_relative_to(root) else PurePath(PurePath(path).name)
    return " ".join(below.with_suffix("").parts)


# ---- the search


def search(conn: sqlite3.Connection, query: Query, *, limit: int = 50, order: Order = Order.BEST) -> list[Hit]:
    """The first `limit` photos for the query in that order; of equally good ones the newest first.

    Words that very many photos have tell none of them from the others: of those the newest are the best.
    """
    for step in _steps(query):
        some = f"select 1 from photos where {step.where} limit {_MOST_RANKED + 1}"  # noqa: S608
        found = conn.execute(f"select count(*) from ({some})", step.params).fetchone()[0]  # noqa: S608
        if found and order is Order.BEST and step.ranks and found <= _MOST_RANKED:
            best, params = _RANKED.format(ranks=step.ranks, order=_ORDERS[order]), step.rank_params
        elif found:
            order = Order.NEWEST if order is Order.BEST else order
            best, params = _UNRANKED.format(where=step.where, order=_ORDERS[order]), step.params
        else:
            continue
        rows = conn.execute(_HITS.format(best=best, order=_ORDERS[order]), [*params, limit])
        return [_hit(row) for row in rows]
    return []


def count(conn: sqlite3.Connection, query: Query) -> int:
    """How many photos `search` would find without a limit."""
    for step in _steps(query):
        found = conn.execute(f"select count(*) from photos where {step.where}", step.params).fetchone()[0]  # noqa: S608
        if found:
            return int(found)
    return 0


def groups(conn: sqlite3.Connection, query: Query, by: Grouping) -> list[Group]:
    """How many of the photos that `search` would find without a limit each year, city and so on has, the most first.

    Of two that have as many the one with the newest photo is first. Those of which that is not known are in none.
    """
    for step in _steps(query):
        rows = conn.execute(_GROUPED.format(name=_NAMES[by], where=step.where), step.params).fetchall()
        if rows:
            return [Group(by, row["name"], row["photos"]) for row in rows if row["name"]]
    return []


_GROUPED = """
    select {name} as name, count(*) as photos from photos where {where}
    group by name order by photos desc, max(photos.taken_at) desc, name
"""
_NAMES = {
    Grouping.YEAR: "substr(photos.taken_at, 1, 4)",
    Grouping.MONTH: "substr(photos.taken_at, 1, 7)",
    Grouping.DAY: "substr(photos.taken_at, 1, 10)",
    Grouping.CITY: "nullif(photos.city, '') || ', ' || ifnull(photos.region, '') || ', ' || photos.country_code",
    Grouping.COUNTRY: "photos.country_code",
    Grouping.CAMERA: "nullif(photos.camera, '')",
}


def hits(conn: sqlite3.Connection, wanted: Sequence[PhotoId]) -> list[Hit]:
    """What a search shows of those photos, in that order; of one that is gone nothing."""
    listed, params = _narrowed(Query())
    marks = ", ".join("?" * len(wanted))
    best = _UNRANKED.format(where=f"{listed} and photos.id in ({marks})", order="id")
    rows = conn.execute(_HITS.format(best=best, order="id"), [*params, *wanted, len(wanted)])
    by_id = {hit.photo: hit for hit in map(_hit, rows)}
    return [by_id[photo] for photo in wanted if photo in by_id]


def caption_languages(conn: sqlite3.Connection) -> tuple[str, ...]:
    """The languages that photos are described in."""
    rows = conn.execute("select distinct language from descriptions where current order by language")
    return tuple(row["language"] for row in rows)


# What is shown of a photo is looked up only for those that are.
_HITS = """
    with best as ({best})
    select best.id as id, best.rank as rank, best.taken_at as taken_at, city, region, country_code, latitude, longitude,
        coalesce(nullif(own.caption, ''), nullif(own.title, ''), nullif(written.caption, ''),
            nullif(written.title, ''), descriptions.caption, '') as caption,
        coalesce(kind, '') as kind,
        (select files.path from files join folders on folders.id = files.folder_id
         where photo_id = photos.id order by folders.state = 'offline', files.id limit 1) as path,
        coalesce((select group_concat(text, char(10)) from (select text from lines where photo_id = photos.id
                  order by position)), descriptions.text, '') as text
    from best join photos on photos.id = best.id
    left join descriptions on descriptions.photo_id = photos.id and descriptions.current
    left join written on written.photo_id = photos.id
    left join own on own.photo_id = photos.id
    order by {order}
"""
_RANKED = "select id, rank, taken_at from ({ranks}) join photos using (id) order by {order} limit ?"
_UNRANKED = "select id, 0.0 as rank, taken_at from photos where {where} order by {order} limit ?"
_ORDERS = {
    Order.BEST: "rank, taken_at desc, id desc",
    Order.NEWEST: "taken_at desc, id desc",
    Order.OLDEST: "taken_at, id",
}


@dataclass(frozen=True)
class _Step:
    """Which photos match, and where it can be told how well, a select of their ids and ranks, lower for better."""

    where: str
    params: tuple[object, ...]
    ranks: str = ""
    rank_params: tuple[object, ...] = ()


def _steps(query: Query) -> Iterator[_Step]:
    """The query, then ever freer readings of it; the first one that finds anything is the one meant.

    Words whole, then as beginnings of words; then with a place or kind that no photo is known to have taken as words
    in the picture; last, two thirds of the words where there are three or more, but what is quoted always.
    """
    where, params = _narrowed(query)
    if not query.terms:
        yield _Step(where, tuple(params))
    terms = [term for term in query.terms[:_MAX_TERMS] if language.normalise(term.text)]
    if terms:
        yield _all(terms, where, params)
        yield _all(terms, where, params, prefix=True)
    if looser := _as_words(query):
        yield from _steps(looser)
    elif sum(not term.quoted for term in terms) >= 3:
        yield _most(terms, where, params)


def _as_words(query: Query) -> Query | None:
    """The query with its cities, or else its kinds or cameras, as whole words to be found in the picture."""
    if query.cities:
        name, *others = query.cities
        written = Term(name, tuple(others), quoted=True)
        return replace(query, terms=(*query.terms, written), cities=(), country_codes=())
    if query.kinds and query.kind_words:
        return replace(query, terms=(*query.terms, *query.kind_words), kinds=(), kind_words=())
    if query.cameras:
        name, *others = query.cameras
        return replace(query, terms=(*query.terms, Term(name, tuple(others), quoted=True)), cameras=())
    return None


def _all(terms: Sequence[Term], where: str, params: Sequence[object], *, prefix: bool = False) -> _Step:
    expression = " AND ".join(_expression(term, prefix=prefix) for term in terms)
    ranks = f"""
        select photos.id, {_RANK} as rank from photo_words join photos on photos.id = photo_words.rowid
        where photo_words match ? and {where}
    """  # noqa: S608
    return _Step(f"{_HOLDING} and {where}", (expression, *params), ranks, (expression, *params))


def _most(terms: Sequence[Term], where: str, params: Sequence[object]) -> _Step:
    """The photos that hold all quoted terms and two thirds of the others."""
    others = [_expression(term, prefix=True) for term in terms if not term.quoted]
    quoted = [_expression(term) for term in terms if term.quoted]
    one = f"select rowid as id, {_RANK} as rank from photo_words where photo_words match ?"  # noqa: S608
    held = "".join(f" and {_HOLDING}" for _ in quoted)
    enough = f"""
        select one.id, sum(rank) as rank from ({" union all ".join([one] * len(others))}) as one
        group by one.id having count(*) >= {len(others) - len(others) // 3}
    """  # noqa: S608
    ranks = f"select id, rank from ({enough}) join photos using (id) where {where} {held}"  # noqa: S608
    found = (*others, *params, *quoted)
    return _Step(f"photos.id in (select id from ({enough})) and {where} {held}", found, ranks, found)  # noqa: S608


def _expression(term: Term, *, prefix: bool = False) -> str:
    """The term in FTS5's language: any of its forms, in its field. Normalised text holds no quote, so nothing can break
    out.
    """
    forms = [language.normalise(form) for form in (term.text, *term.alternatives)]
    phrases = forms if term.quoted else [phrase for form in forms for phrase in language.forms(form)]
    marked = [f'"{phrase}"{_star(phrase, prefix and not term.quoted)}' for phrase in dict.fromkeys(phrases) if phrase]
    own = f"{_FIELDS[term.field]}({' OR '.join(marked[:_MAX_FORMS])})"
    return (
        f"({' OR '.join([own, *(_expression(other, prefix=prefix) for other in term.either)])})" if term.either else own
    )


_FIELDS = {"": "", "caption": "{caption} : ", "text": "{text} : "}


def _star(phrase: str, wanted: bool) -> str:
    return " *" if wanted and (len(phrase) >= _PREFIX_LETTERS or not phrase.isascii()) else ""


def _narrowed(query: Query) -> tuple[str, list[object]]:
    """What SQL can decide: listed photos only, and every field of the query but its terms."""
    clauses, params = _decided(query)
    folder = "true"
    if query.folder is not None:
        folder = "folder_id = ?"
        params.append(query.folder)
    clauses.append(f"exists (select 1 from files where photo_id = photos.id and {folder})")  # noqa: S608
    for excluded in query.without:
        inner, inner_params = _decided(excluded)
        for term in excluded.terms:
            inner.append(_HOLDING)
            inner_params.append(_expression(term))
        clauses.append(f"not ifnull({' and '.join(inner)}, false)")
        params += inner_params
    return " and ".join(clauses), params


def _decided(query: Query) -> tuple[list[str], list[object]]:
    """The same without what is excluded, where files may lie anywhere."""
    clauses = ["photos.taken_at is not null"]
    params: list[object] = []
    if query.taken_from:
        clauses.append("photos.taken_at >= ?")
        params.append(query.taken_from.isoformat())
    if query.taken_to:
        clauses.append("photos.taken_at <= ?")
        params.append(f"{query.taken_to.isoformat()}T24")
    for column, values in (("city", query.cities), ("country_code", query.country_codes)):
        if values:
            clauses.append(f"photos.{column} in ({', '.join('?' * len(values))})")
            params.extend(values)
    if query.kinds:
        marks = ", ".join("?" * len(query.kinds))
        seen = f"select 1 from descriptions where photo_id = photos.id and current and kind in ({marks})"  # noqa: S608
        clauses.append(f"exists ({seen})")
        params.extend(query.kinds)
    for part in query.paths:
        clauses.append("exists (select 1 from files where photo_id = photos.id and instr(lower(path), ?))")
        params.append(part.lower())
    if query.cameras:
        named = ["(" + " and ".join([_HAS_WORD] * len(name.split())) + ")" for name in query.cameras]
        clauses.append(f"({' or '.join(named)})")
        params.extend(word for name in query.cameras for word in name.split())
    if query.stars:
        clauses.append(f"{_STARS} >= ?")
        params.append(query.stars)
    if query.group:
        clauses.append(f"{_NAMES[query.group.by]} = ?")
        params.append(query.group.name)
    return clauses, params


# Cameras name themselves as in NIKON CORPORATION NIKON D750, DSC-RX100M5 or EF24-105mm f/4L.
_HAS_WORD = """
    instr(' ' || lower(replace(ifnull(photos.camera, '') || ' ' || ifnull(photos.lens, ''), '-', ' ')) || ' ',
        ' ' || ? || ' ')
"""
_STARS = """
    coalesce(nullif((select rating from own where photo_id = photos.id), 0),
        (select rating from written where photo_id = photos.id), 0)
"""


def _hit(row: sqlite3.Row) -> Hit:
    place = None
    if row["country_code"]:
        place = Place(
            row["city"] or "", row["region"] or "", row["country_code"], row["latitude"] or 0.0, row["longitude"] or 0.0
        )
    return Hit(
        photo=PhotoId(row["id"]),
        path=row["path"],
        caption=row["caption"],
        text=row["text"],
        taken_at=datetime.fromisoformat(row["taken_at"]) if row["taken_at"] else None,
        place=place,
        kind=Kind(row["kind"]),
        score=-row["rank"],
    )
