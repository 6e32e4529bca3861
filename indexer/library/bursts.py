"""The frames of a burst, which are listed as one: taken by one camera within a second of each other, and alike."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from indexer.library.types import PhotoId

_APART = timedelta(seconds=1)  # at most, from one frame to the next
_APART_BITS = 16  # of their looks, at most; two pictures that have nothing in common differ in some 32
_TAKEN = "taken_at_source = 'exif' and camera != '' and look is not null"


def join(conn: sqlite3.Connection, photo: PhotoId) -> None:
    """Puts a photo whose facts are new into the burst it belongs to, if any, and out of the one it was in.

    A burst's number is the least id of its frames.
    """
    leave(conn, [photo])
    _join(conn, photo)


def leave(conn: sqlite3.Connection, gone: Iterable[PhotoId]) -> None:
    """Takes photos out of the bursts they are in; what they held together may fall apart."""
    before = numbers(conn, gone)
    for number in set(before.values()):
        left = [PhotoId(row["id"]) for row in conn.execute("select id from photos where burst = ?", (number,))]
        conn.execute("update photos set burst = null where burst = ?", (number,))
        for frame in left:
            if frame not in before:
                _join(conn, frame, without=before)


def numbers(conn: sqlite3.Connection, photos: Iterable[PhotoId] | None = None) -> dict[PhotoId, int]:
    """Of every photo that is a frame of a burst, or of those among `photos`, the burst's number."""
    query = "select id, burst from photos where burst is not null"
    if photos is None:
        rows = conn.execute(query).fetchall()
    else:
        rows = [row for photo in photos for row in conn.execute(f"{query} and id = ?", (photo,))]
    return {PhotoId(row["id"]): int(row["burst"]) for row in rows}


def _join(conn: sqlite3.Connection, photo: PhotoId, without: Collection[PhotoId] = ()) -> None:
    own = conn.execute(f"select taken_at, camera, look from photos where id = ? and {_TAKEN}", (photo,)).fetchone()  # noqa: S608
    if own is None:
        return
    moment = datetime.fromisoformat(own["taken_at"])
    near = conn.execute(
        f"select id, look, burst from photos where taken_at between ? and ? and camera = ? and id != ? and {_TAKEN}",  # noqa: S608
        ((moment - _APART).isoformat(), (moment + _APART).isoformat(), own["camera"], photo),
    )
    alike = [each for each in near if _differing(each["look"], own["look"]) <= _APART_BITS]
    frames = [each for each in alike if each["id"] not in without]
    bursts = {frame["burst"] or frame["id"] for frame in frames}
    number = min({photo, *bursts})
    for burst in bursts:
        conn.execute("update photos set burst = ? where burst = ? or id = ?", (number, burst, burst))
    if frames:
        conn.execute("update photos set burst = ? where id = ?", (number, photo))


def _differing(look: int, other: int) -> int:
    """How many of 64 bits, as SQLite keeps them."""
    return ((look ^ other) % (1 << 64)).bit_count()
