"""The photos: each one content, in as many files as hold it, listed newest first."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from indexer.library import bursts, descriptions, jobs, lines, written
from indexer.library.types import Facts, FolderId, Kind, Photo, PhotoId, PhotoRow, Place, Stage

# A photo is listed once its facts are known and for as long as a file holds it. Of its files the one that can be
# opened right now is shown, the oldest first.
_ROWS = """
    select photos.id, taken_at, width, height, format, coalesce(descriptions.kind, '') as kind,
        exists (select 1 from lines where photo_id = photos.id) as has_text,
        (select files.path from files join folders on folders.id = files.folder_id
         where photo_id = photos.id order by folders.state = 'offline', files.id limit 1) as path
    from photos left join descriptions on descriptions.photo_id = photos.id and descriptions.current
"""
_LISTED = "taken_at is not null and exists (select 1 from files where photo_id = photos.id and {folder})"


class NoSuchPhoto(KeyError):
    """No photo has that id; it may have been forgotten since."""


def page(
    conn: sqlite3.Connection, *, after: PhotoRow | None = None, folder: FolderId | None = None, limit: int = 200
) -> list[PhotoRow]:
    """The `limit` photos that come after `after`, or the first ones: newest first, of one folder or of all."""
    listed, params = _listed(folder)
    if after is not None:
        listed += " and (taken_at, photos.id) < (?, ?)"
        params += [_stored(after.taken_at), after.id]
    query = f"{_ROWS} where {listed} order by taken_at desc, photos.id desc limit ?"
    return [_row(row) for row in conn.execute(query, [*params, limit])]


def rows(conn: sqlite3.Connection, wanted: Sequence[PhotoId]) -> list[PhotoRow]:
    """Those photos, in that order; one that is gone by now is left out."""
    marks = ", ".join("?" * len(wanted))
    found = conn.execute(f"{_ROWS} where photos.id in ({marks}) and path is not null", wanted)
    by_id = {row["id"]: _row(row) for row in found}
    return [by_id[photo] for photo in wanted if photo in by_id]


def ids(conn: sqlite3.Connection, folder: FolderId | None = None) -> list[PhotoId]:
    """Every photo listed, newest first."""
    listed, params = _listed(folder)
    query = f"select id from photos where {listed} order by taken_at desc, id desc"  # noqa: S608
    return [PhotoId(row["id"]) for row in conn.execute(query, params)]


def count(conn: sqlite3.Connection) -> int:
    """How many photos are listed."""
    listed, params = _listed(None)
    return int(conn.execute(f"select count(*) from photos where {listed}", params).fetchone()[0])  # noqa: S608


def get(conn: sqlite3.Connection, photo: PhotoId) -> Photo:
    """Everything known about it. Raises NoSuchPhoto."""
    row = conn.execute("select * from photos where id = ?", (photo,)).fetchone()
    if row is None:
        raise NoSuchPhoto(photo)
    return Photo(
        id=photo,
        paths=paths(conn, photo),
        facts=_facts(row),
        description=descriptions.current(conn, photo),
        lines=lines.of(conn, photo),
        unread=lines.unread(conn, photo),
        failures=_failures(conn, photo),
        awaits_close_look=jobs.awaits(conn, photo, Stage.CLOSE),
        written=written.of(conn, photo),
        own=written.own(conn, photo),
    )


def looks(conn: sqlite3.Connection) -> list[tuple[PhotoId, int]]:
    """The look of every photo listed that has one, newest first."""
    listed, params = _listed(None)
    query = f"select id, look from photos where look is not null and {listed} order by taken_at desc, id desc"  # noqa: S608
    return [(PhotoId(row["id"]), _unsigned(row["look"])) for row in conn.execute(query, params)]


def paths(conn: sqlite3.Connection, photo: PhotoId) -> tuple[str, ...]:
    """Every file with this content, those that can be opened right now first."""
    found = conn.execute(
        """
        select files.path from files join folders on folders.id = files.folder_id
        where photo_id = ? order by folders.state = 'offline', files.id
        """,
        (photo,),
    )
    return tuple(row["path"] for row in found)


def content_hash(conn: sqlite3.Connection, photo: PhotoId) -> str:
    """The hexadecimal digest that identifies its content. Raises NoSuchPhoto."""
    row = conn.execute("select hash from photos where id = ?", (photo,)).fetchone()
    if row is None:
        raise NoSuchPhoto(photo)
    return str(row["hash"])


def identify(conn: sqlite3.Connection, content: str) -> PhotoId:
    """The photo with that content hash, which is created where it is new."""
    conn.execute("insert into photos(hash) values (?) on conflict do nothing", (content,))
    return PhotoId(conn.execute("select id from photos where hash = ?", (content,)).fetchone()["id"])


def record(conn: sqlite3.Connection, photo: PhotoId, facts: Facts) -> None:
    """What the file says about itself; the photo is listed from now on."""
    place = facts.place
    conn.execute(
        """
        update photos set width = ?, height = ?, format = ?, taken_at = ?, taken_at_source = ?, latitude = ?,
            longitude = ?, city = ?, region = ?, country_code = ?, camera = ?, lens = ?, look = ?, utc_offset = ?
        where id = ?
        """,
        (
            facts.width,
            facts.height,
            facts.format,
            _stored(facts.taken_at),
            facts.taken_at_source,
            facts.latitude,
            facts.longitude,
            place.city if place else None,
            place.region if place else None,
            place.country_code if place else None,
            facts.camera,
            facts.lens,
            None if facts.look is None else _signed(facts.look),
            facts.utc_offset,
            photo,
        ),
    )
    bursts.join(conn, photo)


def is_dated_by_files(conn: sqlite3.Connection, photo: PhotoId) -> bool:
    """Whether its date comes from its files' names or times, not from the picture."""
    row = conn.execute("select taken_at_source in ('name', 'mtime') as by_files from photos where id = ?", (photo,))
    return bool(row.fetchone()["by_files"])


def redate(conn: sqlite3.Connection, photo: PhotoId, taken_at: datetime, source: str) -> None:
    conn.execute("update photos set taken_at = ?, taken_at_source = ? where id = ?", (_stored(taken_at), source, photo))


def forget_fileless(conn: sqlite3.Connection) -> list[str]:
    """Forgets every photo that no file holds any more, with all that belongs to it; gives their content hashes.

    Those that the person wrote about are kept, unlisted, should a file with that content ever come back, unless the
    words went on to an edited version. Only for the end of a complete scan: until then a file that is gone may turn up
    elsewhere.
    """
    fileless = "not exists (select 1 from files where photo_id = photos.id)"
    gone = f"{fileless} and not exists (select 1 from own where photo_id = photos.id and not carried)"  # noqa: S608
    left = f"state != 'done' and photo_id in (select id from photos where {fileless})"  # noqa: S608
    conn.execute(f"delete from jobs where {left}")  # noqa: S608
    rows = conn.execute(f"select id, hash from photos where {gone}").fetchall()  # noqa: S608
    forgotten = {PhotoId(row["id"]): str(row["hash"]) for row in rows}
    bursts.leave(conn, forgotten)
    conn.execute(f"delete from photos where {gone}")  # noqa: S608
    return list(forgotten.values())


def _listed(folder: FolderId | None) -> tuple[str, list[object]]:
    if folder is None:
        return _LISTED.format(folder="true"), []
    return _LISTED.format(folder="folder_id = ?"), [folder]


def _signed(bits: int) -> int:
    """64 bits as SQLite keeps them."""
    return bits - (bits >> 63 << 64)


def _unsigned(stored: int) -> int:
    return stored % (1 << 64)


def _stored(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _moment(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored) if stored else None


def _row(row: sqlite3.Row) -> PhotoRow:
    return PhotoRow(
        id=PhotoId(row["id"]),
        path=row["path"],
        taken_at=_moment(row["taken_at"]),
        kind=Kind(row["kind"]),
        has_text=bool(row["has_text"]),
        width=row["width"] or 0,
        height=row["height"] or 0,
        format=row["format"] or "",
    )


def _facts(row: sqlite3.Row) -> Facts:
    return Facts(
        width=row["width"] or 0,
        height=row["height"] or 0,
        format=row["format"] or "",
        taken_at=_moment(row["taken_at"]),
        taken_at_source=row["taken_at_source"] or "",
        latitude=row["latitude"],
        longitude=row["longitude"],
        place=_place(row),
        camera=row["camera"] or "",
        lens=row["lens"] or "",
        look=None if row["look"] is None else _unsigned(row["look"]),
        utc_offset=row["utc_offset"],
    )


def _place(row: sqlite3.Row) -> Place | None:
    if row["country_code"] is None:
        return None
    return Place(row["city"], row["region"], row["country_code"], row["latitude"], row["longitude"])


def _failures(conn: sqlite3.Connection, photo: PhotoId) -> tuple[str, ...]:
    found = conn.execute("select error from jobs where photo_id = ? and state = 'failed' order by pass", (photo,))
    return tuple(row["error"] for row in found)
