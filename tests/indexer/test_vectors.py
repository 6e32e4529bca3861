from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from indexer.library import files, folders, photos, vectors
from indexer.library.database import Library
from indexer.library.files import Seen
from indexer.library.types import PhotoId


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(Library(tmp_path / "library.db")) as library, library.writing() as conn:
        yield conn


def added(conn: sqlite3.Connection, name: str, *numbers: float, model: str = "m") -> PhotoId:
    photo = photos.identify(conn, name)
    folder = folders.add(conn, "/pictures")
    files.add(conn, Seen(folder, f"/pictures/{name}", 1, 1, photo, 1), photo)
    vectors.record(conn, photo, model, made(*numbers))
    return photo


def made(*numbers: float) -> bytes:
    return np.asarray(numbers, np.float16).tobytes()


def test_the_most_alike_come_first_and_nonsense_does_not(conn: sqlite3.Connection) -> None:
    near, nearer, _far = added(conn, "a", 0.8, 0.6), added(conn, "b", 1, 0.1), added(conn, "c", -1, 0)
    assert vectors.like(conn, "m", made(1, 0), limit=10) == [nearer, near]
    assert vectors.like(conn, "m", made(1, 0), limit=1) == [nearer]


def test_vectors_of_different_models_are_not_compared(conn: sqlite3.Connection) -> None:
    added(conn, "a", 1, 0, model="other")
    assert vectors.like(conn, "m", made(1, 0), limit=10) == []


def test_a_photo_that_no_file_holds_is_not_found(conn: sqlite3.Connection) -> None:
    photo = added(conn, "a", 1, 0)
    conn.execute("delete from files")
    assert vectors.like(conn, "m", made(1, 0), limit=10) == []
    assert vectors.of(conn, photo) == ("m", made(1, 0))


def test_a_photo_has_the_vector_of_the_model_that_looked_last(conn: sqlite3.Connection) -> None:
    photo = added(conn, "a", 1, 0)
    vectors.record(conn, photo, "other", made(0, 1))
    assert vectors.of(conn, photo) == ("other", made(0, 1))


def test_a_photo_that_nobody_looked_at_has_none(conn: sqlite3.Connection) -> None:
    assert vectors.of(conn, PhotoId(1)) is None


def test_what_all_have_in_common_makes_nothing_alike() -> None:
    chance = np.random.default_rng(3)
    common = 10 * np.ones(64, np.float32)
    others = common + chance.standard_normal((40, 64)).astype(np.float32)
    likeness = vectors.alike(others[0], others)
    assert likeness[0] == pytest.approx(1)
    assert np.abs(likeness[1:]).max() < 0.6


def test_of_a_few_it_is_their_angle() -> None:
    others = np.array([[1, 0], [0, 1], [-1, 0]], np.float32)
    np.testing.assert_allclose(vectors.alike(others[0], others), [1, 0, -1], atol=1e-6)
