from __future__ import annotations

import os
from pathlib import Path

import pytest

from indexer.library.types import Folder, FolderId, FolderState
from indexer.scan import Walk, Walker


def walk(root: Path, *looks: Path, excluded: frozenset[str] = frozenset()) -> Walk:
    found = Walk()
    folder = Folder(FolderId(1), str(root), FolderState.PRESENT, 0)
    walker = Walker(folder, found, excluded=excluded, checkpoint=lambda: None)
    for path in looks or (root,):
        walker.look(str(path))
    return found


def names(root: Path, *looks: Path, excluded: frozenset[str] = frozenset()) -> list[str]:
    return sorted(os.path.relpath(file.path, root) for file in walk(root, *looks, excluded=excluded).files)


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_pictures_at_any_depth_are_found_and_other_files_are_not(folder: Path) -> None:
    for name in ("a.jpg", "b.JPEG", "deep/er/c.HEIC", "notes.txt", "song.mp3", "noending"):
        touch(folder / name)
    assert names(folder) == ["a.jpg", "b.JPEG", "deep/er/c.HEIC"]


@pytest.mark.parametrize(
    "name", ["🏖 beach.jpg", "写真.png", "a" * 250 + ".jpg", " spaces .webp", os.fsdecode(b"\xff\xfe.gif")]
)
def test_name_of_any_characters_is_found(folder: Path, name: str) -> None:
    touch(folder / name)
    assert names(folder) == [name]


@pytest.mark.parametrize(
    "name", [".hidden/a.jpg", ".a.jpg", "$RECYCLE.BIN/a.jpg", "@eaDir/a.jpg", "x/.thumbnails/a.jpg"]
)
def test_hidden_and_system_files_are_left_out(folder: Path, name: str) -> None:
    path = touch(folder / name)
    assert names(folder) == names(folder, path) == []


def test_a_raw_file_beside_its_picture_is_no_photo_of_its_own(folder: Path) -> None:
    for name in ("a.JPG", "A.cr2", "a.MOV", "b.dng", "c/b.heic", "c/b.DNG", "c/d.jpg", "c/e.nef", "c/f.png", "c/f.orf"):
        touch(folder / name)
    assert names(folder) == ["a.JPG", "b.dng", "c/b.heic", "c/d.jpg", "c/e.nef", "c/f.orf", "c/f.png"]
    assert names(folder, folder / "A.cr2", folder / "b.dng", folder / "a.JPG") == ["a.JPG", "b.dng"]


def test_link_that_leads_back_ends(folder: Path) -> None:
    touch(folder / "in" / "a.jpg")
    (folder / "in" / "again").symlink_to(folder)
    (folder / "in" / "self").symlink_to(folder / "in")
    assert names(folder) == ["in/a.jpg"]


def test_link_to_a_directory_elsewhere_is_followed_once(folder: Path, tmp_path: Path) -> None:
    touch(tmp_path / "elsewhere" / "a.jpg")
    (folder / "one").symlink_to(tmp_path / "elsewhere")
    (folder / "two").symlink_to(tmp_path / "elsewhere")
    assert len(names(folder)) == 1


def test_link_into_the_void_and_a_pipe_are_no_pictures(folder: Path) -> None:
    (folder / "gone.jpg").symlink_to(folder / "nowhere.jpg")
    os.mkfifo(folder / "pipe.jpg")
    assert names(folder) == names(folder, folder / "pipe.jpg") == []


def test_excluded_directory_is_not_entered_by_any_way(folder: Path) -> None:
    inner = touch(folder / "inner" / "deep" / "a.jpg")
    excluded = frozenset({str(folder / "inner")})
    assert names(folder, excluded=excluded) == names(folder, inner, inner.parent, excluded=excluded) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable for root")
def test_directory_that_cannot_be_listed_is_reported(folder: Path) -> None:
    touch(folder / "locked" / "a.jpg")
    (folder / "locked").chmod(0)
    found = walk(folder)
    (folder / "locked").chmod(0o700)
    assert found.unreadable == {str(folder / "locked"): "It cannot be read: Permission denied."}


def test_folder_that_is_gone_is_reported(tmp_path: Path) -> None:
    assert list(walk(tmp_path / "gone").unreadable) == [str(tmp_path / "gone")]


def test_look_at_a_few_paths_sees_what_a_walk_sees_of_them(folder: Path) -> None:
    file, inside = touch(folder / "a.jpg"), touch(folder / "b" / "c.jpg")
    touch(folder / "d.jpg")
    few = walk(folder, file, inside.parent).files
    assert set(few) == {seen for seen in walk(folder).files if not seen.path.endswith("d.jpg")}
    assert len(few) == 2
