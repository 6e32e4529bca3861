from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.scan import is_under
from indexer.watch import LONGEST_S, MOST_PATHS, QUIET_S, RECONCILE_REMOTE_S, RECONCILE_S, Burst, Look, Watch, topmost

Draw = Callable[..., Path]
PATHS = st.lists(st.sampled_from(["/a", "/a/b", "/a/b/c.jpg", "/a/b!", "/a/b.jpg", "/ab", "/ab/c", "/d/e"]))


@given(PATHS)
def test_topmost_paths_are_the_fewest_that_hold_all(paths: list[str]) -> None:
    kept = topmost(set(paths))
    assert all(any(is_under(path, top) for top in kept) for path in paths)
    assert not any(is_under(one, other) for one in kept for other in kept if one != other)


def test_burst_is_over_when_it_has_been_quiet() -> None:
    burst = Burst()
    assert burst.due_in(now=0.0) is None
    burst.add("/a.jpg", now=10.0)
    burst.add("/b.jpg", now=10.5)
    assert burst.due_in(now=10.5) == QUIET_S
    assert burst.due_in(now=10.5 + QUIET_S) == 0
    assert burst.take() == Look(("/a.jpg", "/b.jpg"))
    assert burst.due_in(now=99.0) is None


def test_burst_that_never_rests_is_cut() -> None:
    burst = Burst()
    for tenth in range(int(LONGEST_S * 10)):
        burst.add(f"/{tenth}.jpg", now=tenth / 10)
    assert burst.due_in(now=LONGEST_S) == 0


def test_burst_of_too_many_paths_is_a_look_at_everything() -> None:
    burst = Burst()
    for number in range(MOST_PATHS + 1):
        burst.add(f"/{number}.jpg", now=0.0)
    assert burst.take() == Look(everything=True)


@pytest.fixture
def watch(folder: Path) -> Iterator[Watch]:
    watch = Watch(ignored=str(folder / "home"))
    watch.follow([str(folder)])
    yield watch
    watch.close()


def test_new_picture_is_noticed_and_other_files_are_not(watch: Watch, folder: Path, draw: Draw) -> None:
    (folder / "notes.txt").write_text("no picture")
    draw(folder / ".hidden.jpg")
    draw(folder / "home" / "thumbnail.jpg")
    picture = draw(folder / "a.jpg")
    assert watch.wait(10) == Look((str(picture),))


def test_picture_that_is_only_read_is_no_news(watch: Watch, folder: Path, draw: Draw) -> None:
    picture = draw(folder / "a.jpg")
    assert watch.wait(10) is not None
    picture.read_bytes()
    assert watch.wait(QUIET_S + 0.5) is None


def test_sidecars_are_news_too(watch: Watch, folder: Path) -> None:
    sidecar = folder / "a.xmp"
    sidecar.write_text("")
    assert watch.wait(10) == Look((str(sidecar),))
    sidecar.unlink()
    assert watch.wait(10) == Look((str(sidecar),))


def test_directory_that_moved_is_looked_for_at_both_ends(watch: Watch, folder: Path, draw: Draw) -> None:
    draw(folder / "old" / "a.jpg")
    assert watch.wait(10) is not None
    (folder / "old").rename(folder / "new")
    look = watch.wait(10)
    assert look is not None and set(look.paths) >= {str(folder / "old"), str(folder / "new")}


def test_events_that_were_lost_cost_a_look_at_everything(watch: Watch) -> None:
    logging.getLogger("watchdog.observers.inotify_c").warning("Inotify queue overflowed; filesystem events were lost")
    assert watch.wait(10) == Look(everything=True)


def test_folder_that_cannot_be_watched_is_said(watch: Watch, folder: Path) -> None:
    watch.follow([str(folder / "gone")])
    assert watch.trouble.startswith("The system cannot watch the folders for changes (No such file or directory)")
    assert watch.silent == {str(folder / "gone")}
    watch.follow([str(folder)])
    assert (watch.trouble, watch.silent) == ("", frozenset())


class Disk(NamedTuple):
    mountpoint: str
    fstype: str
    opts: str


@pytest.mark.parametrize(
    ("mounted", "opts", "remote"),
    [("nfs4", "rw", True), ("fuse.sshfs", "rw", True), ("NTFS", "rw,remote", True), ("ext4", "rw", False)],
)
def test_network_drive_is_said_and_looked_at_from_time_to_time(
    watch: Watch, folder: Path, monkeypatch: pytest.MonkeyPatch, mounted: str, opts: str, remote: bool
) -> None:
    disks = [Disk("/", "ext4", "rw"), Disk(str(folder), mounted, opts)]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: disks)  # noqa: A006
    (folder / "2026").mkdir()
    watch.follow([str(folder / "2026")])
    assert watch.reconcile_s == (RECONCILE_REMOTE_S if remote else RECONCILE_S)
    assert watch.trouble.startswith("A network drive") == remote
    assert watch.silent == ({str(folder / "2026")} if remote else frozenset())


def test_wake_ends_the_wait(watch: Watch) -> None:
    watch.wake()
    assert watch.wait(60) is None
