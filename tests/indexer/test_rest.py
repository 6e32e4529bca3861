from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from indexer import rest
from indexer.library import photos
from indexer.library.database import Library
from indexer.library.types import PhotoId
from indexer.progress import Progress, State
from indexer.rest import CHECK_S, Condition, Limits, Meter, Reason, Rest, reason
from indexer.service import Indexer

CALM = Condition(None, 50.0, 10.0)


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (CALM, None, None),
        (Condition(), None, None),  # a machine that says nothing
        (Condition(39), None, Reason.BATTERY),
        (Condition(41), None, None),
        (Condition(41), Reason.BATTERY, Reason.BATTERY),
        (Condition(46), Reason.BATTERY, None),
        (Condition(None), Reason.BATTERY, None),  # the charger is there
        (Condition(None, 95.0), None, Reason.HEAT),
        (Condition(None, 90.0), Reason.HEAT, Reason.HEAT),
        (Condition(None, 80.0), Reason.HEAT, None),
        (Condition(None, None, 60.0), None, Reason.BUSY),
        (Condition(None, None, 45.0), Reason.BUSY, Reason.BUSY),
        (Condition(None, None, 45.0), Reason.HEAT, None),
        (Condition(10, 99.0, 99.0), None, Reason.BATTERY),
    ],
)
def test_it_rests_from_a_limit_on_until_well_below_it(
    now: Condition, before: Reason | None, expected: Reason | None
) -> None:
    assert reason(now, Limits(), before) is expected


@pytest.mark.parametrize(
    ("from_h", "to_h", "hours"),
    [(0, 0, range(24)), (9, 9, range(24)), (22, 7, [22, 23, *range(7)]), (1, 5, range(1, 5)), (20, 0, range(20, 24))],
)
def test_it_works_in_the_hours_chosen_only(from_h: int, to_h: int, hours: Iterable[int]) -> None:
    limits = Limits(from_h=from_h, to_h=to_h)
    assert [hour for hour in range(24) if reason(Condition(hour=hour), limits) is None] == sorted(hours)
    assert {reason(Condition(hour=hour), limits) for hour in range(24)} <= {None, Reason.HOURS}


def test_no_limit_is_never() -> None:
    assert reason(Condition(0, 150.0, 100.0), Limits(0, 0, 0)) is None


def test_the_machine_is_asked_from_time_to_time(library: Library) -> None:
    clock, asked = [0.0], []

    def meter() -> Condition:
        asked.append(clock[0])
        return Condition(20)

    resting = Rest(library.connect, meter, lambda: clock[0])
    assert resting() is None and asked == []
    clock[0] = CHECK_S
    assert [resting(), resting()] == [Reason.BATTERY] * 2 and asked == [CHECK_S]
    with library.writing() as conn:
        rest.choose(conn, Limits(battery_percent=10))
    clock[0] = 2 * CHECK_S
    assert resting() is None


def test_how_busy_others_are_is_their_share_of_what_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system counts in hundredths of a second, so nothing may have passed between two looks."""
    readings = iter([(10.0, 100.0), (16.0, 110.0), (16.0, 110.0), (5.0, 120.0), (200.0, 130.0)])
    monkeypatch.setattr(rest, "_processor_seconds", lambda: next(readings))
    meter = Meter()
    assert [meter().busy_percent for _ in range(4)] == [60, 0, 0, 100]


def test_our_own_work_is_not_the_persons() -> None:
    before = rest._own_seconds()
    until = time.process_time() + 0.5
    while time.process_time() < until:
        pass
    assert rest._own_seconds() - before > 0.4
    assert 0 <= Meter()().busy_percent <= 100


# ---- in the indexer


def test_while_it_rests_only_what_is_asked_for_is_looked_at(
    library: Library, home: Path, engine: object, folder: Path, draw: Callable[..., Path]
) -> None:
    told: list[Progress] = []
    held: list[Reason | None] = [Reason.BATTERY]
    for number in range(3):
        draw(folder / f"{number}.png")
    indexer = Indexer(
        library,
        home=home,
        reader=engine,  # type: ignore[arg-type]
        looker=engine,  # type: ignore[arg-type]
        rest=lambda: held[0],
        on_progress=told.append,
    )
    indexer.add_folder(folder)
    indexer.start()
    try:
        until(lambda: photos.count(library.connect()) == 3 and told[-1].state is State.RESTING)
        assert (told[-1].resting, told[-1].left) == (Reason.BATTERY, 6)
        wanted = photos.ids(library.connect())[1]
        indexer.prioritise(wanted)
        until(lambda: described(library) == [wanted])
        held[0] = None
        until(lambda: len(described(library)) == 3 and told[-1].state is State.IDLE, timeout_s=20)
        assert told[-1].resting is None
    finally:
        indexer.stop()


def described(library: Library) -> list[PhotoId]:
    conn = library.connect()
    return [photo for photo in photos.ids(conn) if photos.get(conn, photo).description]


def until(holds: Callable[[], bool], timeout_s: float = 10.0) -> None:
    ends_at = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < ends_at
        time.sleep(0.02)
