from __future__ import annotations

import sqlite3

import pytest

from indexer.library.types import Stage
from indexer.progress import Pace, SharedClock


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def conn() -> sqlite3.Connection:
    conn = sqlite3.connect(":memory:")
    conn.row_factory = sqlite3.Row
    conn.execute("create table settings(name text primary key, value text not null) without rowid")
    return conn


def test_one_alone_has_all_the_time(time: Time) -> None:
    clock = SharedClock(time)
    begun = clock.begin()
    time.now += 3
    assert clock.end(begun) == 3


def test_those_who_work_together_share_the_time(time: Time) -> None:
    clock = SharedClock(time)
    begun = [clock.begin() for _ in range(8)]
    time.now += 40
    assert [clock.end(each) for each in begun] == [5] * 8


def test_shares_of_those_who_overlap_add_up_to_the_time_worked(time: Time) -> None:
    clock = SharedClock(time)
    first = clock.begin()
    time.now += 2
    second = clock.begin()
    time.now += 4
    shares = [clock.end(first)]
    time.now += 1
    shares.append(clock.end(second))
    time.now += 60  # nobody works
    third = clock.begin()
    time.now += 5
    shares.append(clock.end(third))
    assert shares == [4, 3, 5]


def test_what_is_left_takes_as_long_as_was_measured_and_that_is_kept(conn: sqlite3.Connection) -> None:
    pace = Pace(conn)
    assert pace.seconds_for({Stage.LOOK: 10}) is None
    pace.measured(Stage.LOOK, 5)
    assert pace.seconds_for({Stage.LOOK: 10, Stage.READ: 0}) == 50
    pace.keep(conn)
    assert Pace(conn).seconds_for({Stage.LOOK: 10}) == 50
