"""How photos look to the model that described them: vectors, by which those that are like one are found."""

from __future__ import annotations

import sqlite3

import numpy as np
from numpy.typing import NDArray

from indexer.library.types import PhotoId

# Of 99 drawn pictures of 33 kinds, half of the pairs of one kind are more alike by the pocket model, and of pairs of
# different kinds one in twenty-five. Of other models nothing is known.
LEAST_ALIKE = 0.45
_LEAST_FOR_MEAN = 20

Vector = NDArray[np.float32]


def record(conn: sqlite3.Connection, photo: PhotoId, model: str, vector: bytes) -> None:
    """`vector`: as engine.likeness makes it."""
    conn.execute(
        """
        insert into vectors(photo_id, model, vector) values (?, ?, ?)
        on conflict(photo_id) do update set model = excluded.model, vector = excluded.vector
        """,
        (photo, model, vector),
    )


def of(conn: sqlite3.Connection, photo: PhotoId) -> tuple[str, bytes] | None:
    """The model that made it, and the vector; None where no model has looked at the photo."""
    row = conn.execute("select model, vector from vectors where photo_id = ?", (photo,)).fetchone()
    return (row["model"], row["vector"]) if row else None


def like(conn: sqlite3.Connection, model: str, vector: bytes, *, limit: int) -> list[PhotoId]:
    """Those photos of a file that are most like it to that model, the most alike first."""
    rows = conn.execute(
        """
        select photo_id, vector from vectors
        where model = ? and exists (select 1 from files where files.photo_id = vectors.photo_id)
        """,
        (model,),
    ).fetchall()
    if not rows:
        return []
    likeness = alike(_numbers(vector), _numbers(b"".join(row["vector"] for row in rows)).reshape(len(rows), -1))
    best = [index for index in np.argsort(-likeness)[:limit] if likeness[index] >= LEAST_ALIKE]
    return [PhotoId(rows[index]["photo_id"]) for index in best]


def alike(one: Vector, others: Vector) -> Vector:
    """How like one vector each of the others (rows) is, from -1 to 1: the cosine of what sets them apart from all.

    What all have in common says nothing; of a few nobody knows what they have in common.
    """
    common = others.mean(axis=0) if len(others) >= _LEAST_FOR_MEAN else np.zeros(others.shape[1], np.float32)
    apart, them = one - common, others - common
    lengths = np.linalg.norm(apart) * np.linalg.norm(them, axis=1)
    cosines: Vector = them @ apart / np.maximum(lengths, 1e-12)
    return cosines


def _numbers(vector: bytes) -> Vector:
    return np.frombuffer(vector, np.float16).astype(np.float32)
