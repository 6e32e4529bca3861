from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.changes import Difference, Missing, Reach, What, compare, settle
from indexer.library.files import Known, Seen
from indexer.library.types import FolderId

ROOT = "/pictures"


def seen(name: str, *, size: int = 10, mtime_ns: int = 100, inode: int = 1, device: int = 7) -> Seen:
    return Seen(FolderId(1), f"{ROOT}/{name}", size, mtime_ns, inode, device)


def known(number: int, file: Seen, content: str | None = "content") -> Known:
    return Known(number, file, content)


def reach(*unreadable: str, looked: str = ROOT, devices: frozenset[int] = frozenset({7})) -> Reach:
    return Reach(frozenset({looked}), frozenset(unreadable), devices)


@dataclass(frozen=True)
class Case:
    """What was known and what is seen, with the content of each file that has to be read; and what comes of it."""

    known: list[Known]
    seen: list[tuple[Seen, str]]
    happened: dict[str, What]
    removed: tuple[str, ...] = ()
    read: int = 0  # how many files had to be read for it


A = seen("a.jpg")
CASES = {
    "nothing happened": Case([known(1, A)], [(A, "content")], {}),
    "new file": Case([], [(A, "content")], {"a.jpg": What.NEW}, read=1),
    "renamed": Case([known(1, A)], [(seen("b.jpg"), "content")], {"b.jpg": What.MOVED}),
    "renamed by case only": Case([known(1, A)], [(seen("A.JPG"), "content")], {"A.JPG": What.MOVED}),
    "moved to another disk": Case(
        [known(1, A)], [(seen("b.jpg", inode=9, device=8), "content")], {"b.jpg": What.MOVED}, read=1
    ),
    "copied": Case([known(1, A)], [(A, "content"), (seen("b.jpg", inode=2), "content")], {"b.jpg": What.NEW}, read=1),
    "edited": Case([known(1, A)], [(seen("a.jpg", size=11, mtime_ns=200), "other")], {"a.jpg": What.CHANGED}, read=1),
    "touched": Case([known(1, A)], [(seen("a.jpg", mtime_ns=200), "content")], {"a.jpg": What.TOUCHED}, read=1),
    "replaced, keeping size and time": Case(
        [known(1, A)], [(seen("a.jpg", inode=2), "other")], {"a.jpg": What.CHANGED}, read=1
    ),
    "renamed and another put in its place": Case(
        [known(1, A)],
        [(seen("a.jpg", inode=2), "other"), (seen("b.jpg"), "content")],
        {"a.jpg": What.CHANGED, "b.jpg": What.NEW},
        read=2,
    ),
    "two swapped": Case(
        [known(1, A, "one"), known(2, seen("b.jpg", inode=2), "two")],
        [(seen("a.jpg", inode=2), "two"), (seen("b.jpg", inode=1), "one")],
        {"a.jpg": What.CHANGED, "b.jpg": What.CHANGED},
        read=2,
    ),
    "deleted": Case([known(1, A)], [], {}, removed=("a.jpg",)),
    "could not be read before": Case([known(1, A, None)], [(A, "content")], {"a.jpg": What.NEW}, read=1),
    "folder renamed": Case(
        [known(1, seen("old/a.jpg")), known(2, seen("old/b.jpg", inode=2))],
        [(seen("new/a.jpg"), "content"), (seen("new/b.jpg", inode=2), "content")],
        {"new/a.jpg": What.MOVED, "new/b.jpg": What.MOVED},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_happened_is_explained(case: Case) -> None:
    contents = {file.path: content for file, content in case.seen}
    difference = compare(case.known, [file for file, _ in case.seen], reach())
    missing = Missing(difference.missing)
    settled = [settle(file, before, contents[file.path], missing) for file, before in difference.unsure]
    happened = {change.seen.path.removeprefix(f"{ROOT}/"): change.what for change in [*difference.moved, *settled]}
    assert happened == case.happened
    assert [file.seen.path.removeprefix(f"{ROOT}/") for file in missing.rest()] == list(case.removed)
    assert len(difference.unsure) == case.read


def missing(before: list[Known], now: list[Seen], reached: Reach) -> list[int]:
    return [file.id for file in compare(before, now, reached).missing]


def test_what_was_not_looked_at_is_not_missing() -> None:
    assert missing([known(1, A)], [], reach(looked=f"{ROOT}/below")) == []


def test_what_lies_in_a_directory_that_cannot_be_listed_is_not_missing() -> None:
    before = [known(1, seen("locked/deep/a.jpg")), known(2, seen("open/b.jpg", inode=2))]
    assert missing(before, [], reach(f"{ROOT}/locked")) == [2]


def test_what_lay_on_a_drive_that_is_away_is_not_missing() -> None:
    before = [known(1, seen("usb/a.jpg", device=9)), known(2, seen("b.jpg", inode=2))]
    assert missing(before, [], reach()) == [2]


def test_drive_that_came_back_under_another_number_is_the_same_drive() -> None:
    before = [known(1, seen("a.jpg", device=9)), known(2, seen("b.jpg", inode=2, device=9))]
    assert missing(before, [seen("a.jpg", device=7)], reach()) == [2]


NAMES = st.sampled_from(["a.jpg", "b.jpg", "c/a.jpg", "c/b.jpg", "d/e/a.jpg"])
DISKS = st.dictionaries(NAMES, st.tuples(st.integers(1, 3), st.integers(1, 3)))  # name: inode and content


def files_of(disk: dict[str, tuple[int, int]]) -> dict[str, tuple[Seen, str]]:
    """A disk on which an inode with another content also has another time, as on real ones."""
    return {
        name: (seen(name, inode=10 * inode + content, mtime_ns=content), str(content))
        for name, (inode, content) in disk.items()
    }


@given(before=DISKS, after=DISKS)
def test_changes_applied_to_what_was_known_give_what_is_there(
    before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]
) -> None:
    remembered = {number: known(number, *file) for number, file in enumerate(files_of(before).values())}
    now = files_of(after)
    contents = {file.path: content for file, content in now.values()}
    apply(compare(list(remembered.values()), [file for file, _ in now.values()], reach()), contents, remembered)
    assert {(file.seen.path, file.content) for file in remembered.values()} == set(contents.items())


def apply(difference: Difference, contents: dict[str, str], remembered: dict[int, Known]) -> None:
    """Does to `remembered` what the reconciler does to the library."""
    missing = Missing(difference.missing)
    settled = [settle(file, before, contents[file.path], missing) for file, before in difference.unsure]
    for change in [*difference.moved, *settled]:
        number = change.known.id if change.known else max(remembered, default=0) + 1
        remembered[number] = Known(number, change.seen, change.content)
    for gone in missing.rest():
        del remembered[gone.id]
