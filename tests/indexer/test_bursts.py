from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from indexer.library import bursts, files, folders, photos
from indexer.library.database import Library
from indexer.library.files import Seen
from indexer.library.types import Facts, PhotoId

NOON = datetime(2026, 5, 14, 12, 0)
LOOK = 0xF0F0_1234_5678_9ABC
Take = Callable[..., PhotoId]


@pytest.fixture
def take(library: Library) -> Take:
    """Takes a photo so many seconds after noon, or one that is there already anew; its look may differ in some bits."""

    def take_one(
        seconds: float, *, camera: str = "Lumen P7", bits: int = 0, again: PhotoId | None = None, source: str = "exif"
    ) -> PhotoId:
        facts = Facts(
            40, 30, "JPEG", NOON + timedelta(seconds=seconds), source, camera=camera, look=LOOK ^ (1 << bits) - 1
        )
        with library.writing() as conn:
            known = int(conn.execute("select count(*) from photos").fetchone()[0])
            photo = again or photos.identify(conn, f"{known:032x}")
            photos.record(conn, photo, facts)
        return photo

    return take_one


def together(library: Library) -> set[frozenset[PhotoId]]:
    numbers = bursts.numbers(library.connect())
    return {frozenset(photo for photo in numbers if numbers[photo] == number) for number in numbers.values()}


def test_frames_a_second_apart_are_one_burst_in_whatever_order_they_come(library: Library, take: Take) -> None:
    first, third = take(0), take(2)
    assert together(library) == set()
    second = take(1)
    assert together(library) == {frozenset({first, second, third})}
    assert set(bursts.numbers(library.connect()).values()) == {first}


@pytest.mark.parametrize(
    "other",
    [{"seconds": 2}, {"camera": "Another"}, {"bits": 17}, {"source": "mtime"}],
    ids=lambda other: next(iter(other)),
)
def test_what_differs_is_on_its_own(library: Library, take: Take, other: dict[str, object]) -> None:
    take(0)
    take(**{"seconds": 0, **other})
    assert together(library) == set()


def test_without_a_camera_there_is_no_burst(library: Library, take: Take) -> None:
    take(0, camera="")
    take(0, camera="")
    assert together(library) == set()


def test_a_frame_that_turns_out_to_be_of_another_time_leaves_its_burst(library: Library, take: Take) -> None:
    first, second, third = take(0), take(1), take(1)
    take(3600, again=first)
    assert together(library) == {frozenset({second, third})}
    assert set(bursts.numbers(library.connect()).values()) == {second}


def test_a_frame_that_is_forgotten_no_longer_holds_others_together(library: Library, take: Take) -> None:
    first, middle, last = take(0), take(1), take(2)
    with library.writing() as conn:
        root = folders.add(conn, "/pictures")
        for photo in (first, last):
            files.add(conn, Seen(root, f"/pictures/{photo}.jpg", 1, 2, 3, 4), photo)
    assert together(library) == {frozenset({first, middle, last})}
    with library.writing() as conn:
        photos.forget_fileless(conn)
    assert together(library) == set()


@given(moves=some.lists(some.tuples(some.integers(0, 5), some.integers(0, 12)), max_size=14))
def test_bursts_are_what_they_would_be_had_the_photos_come_at_once(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[int, int]]
) -> None:
    library = Library(tmp_path_factory.mktemp("bursts") / "library.db")
    taken: dict[int, int] = {}
    try:
        with library.writing() as conn:
            for number, second in moves:
                facts = Facts(4, 3, "JPEG", NOON + timedelta(seconds=second), "exif", camera="Lumen", look=LOOK)
                photos.record(conn, photos.identify(conn, f"{number:032x}"), facts)
                taken[number] = second
            by_id = {photos.identify(conn, f"{number:032x}"): second for number, second in taken.items()}
        assert together(library) == chains(by_id)
    finally:
        library.close()


def chains(taken: dict[PhotoId, int]) -> set[frozenset[PhotoId]]:
    """Those that follow one another within a second, two or more."""
    groups: list[list[PhotoId]] = []
    for photo in sorted(taken, key=lambda photo: taken[photo]):
        if groups and taken[photo] - taken[groups[-1][-1]] <= 1:
            groups[-1].append(photo)
        else:
            groups.append([photo])
    return {frozenset(group) for group in groups if len(group) > 1}
