"""Kept embeddings: found again nearly as they were, bounded, and never in the way."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.embeddings import KeptEmbeddings

KEY = bytes(range(32))
MANY_BYTES = 1_000_000


def view(number: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(number).normal(0, 10, (64, 128)).astype(np.float32)  # 16 kB in float16


def key(number: int) -> bytes:
    return number.to_bytes(32, "big")


def size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_what_was_kept_is_found_again_in_float16_also_by_another_process(tmp_path: Path) -> None:
    KeptEmbeddings(tmp_path, MANY_BYTES).put(KEY, view())
    found = KeptEmbeddings(tmp_path, MANY_BYTES).get(KEY)
    assert found is not None
    assert found.dtype == np.float32
    assert np.array_equal(found, view().astype(np.float16))


def test_what_was_not_kept_is_not_there(tmp_path: Path) -> None:
    kept = KeptEmbeddings(tmp_path / "absent", MANY_BYTES)
    assert kept.get(KEY) is None
    kept.put(KEY, view())
    assert kept.get(key(1)) is None


def test_numbers_too_great_for_float16_are_cut_to_its_greatest(tmp_path: Path) -> None:
    kept = KeptEmbeddings(tmp_path, MANY_BYTES)
    kept.put(KEY, np.array([[1e9, -1e9, 3.0]], np.float32))
    assert np.array_equal(kept.get(KEY), [[65_504.0, -65_504.0, 3.0]])  # type: ignore[arg-type]


def test_what_was_not_asked_for_longest_goes_first(tmp_path: Path) -> None:
    kept = KeptEmbeddings(tmp_path, 10 * 17_000)
    for number in range(9):
        kept.put(key(number), view(number))
        for path in tmp_path.rglob(f"{key(number).hex()}.npy"):
            os.utime(path, (number, number))  # so that they differ on every file system
    assert kept.get(key(0)) is not None
    for number in range(9, 12):
        kept.put(key(number), view(number))
        assert size_bytes(tmp_path) <= 10 * 17_000
    assert kept.get(key(1)) is None
    assert kept.get(key(0)) is not None
    assert all(np.array_equal(kept.get(key(n)), view(n).astype(np.float16)) for n in range(9, 12))  # type: ignore[arg-type]


def test_what_is_larger_than_all_room_is_not_kept(tmp_path: Path) -> None:
    kept = KeptEmbeddings(tmp_path, 1_000)
    kept.put(KEY, view())
    assert kept.get(KEY) is None
    assert size_bytes(tmp_path) == 0


@pytest.mark.parametrize("damage", [b"", b"not an array", b"\x93NUMPY\x01\x00"])
def test_damaged_files_were_not_there_and_are_kept_anew(tmp_path: Path, damage: bytes) -> None:
    kept = KeptEmbeddings(tmp_path, MANY_BYTES)
    kept.put(KEY, view())
    (path,) = tmp_path.rglob("*.npy")
    path.write_bytes(damage or path.read_bytes()[:-1])
    assert kept.get(KEY) is None
    kept.put(KEY, view())
    assert kept.get(KEY) is not None


def test_arrays_of_another_kind_are_not_taken_for_embeddings(tmp_path: Path) -> None:
    kept = KeptEmbeddings(tmp_path, MANY_BYTES)
    kept.put(KEY, view())
    (path,) = tmp_path.rglob("*.npy")
    for other in (view(), np.zeros(3, np.float16), np.array([object()])):
        np.save(path, other)
        assert kept.get(KEY) is None


def test_what_a_killed_process_left_goes_like_the_rest_and_foreign_files_stay(tmp_path: Path) -> None:
    left = tmp_path / "00" / f"{key(0).hex()}.99999999.part"
    left.parent.mkdir()
    left.write_bytes(bytes(16_000))
    os.utime(left, (1, 1))
    foreign = tmp_path / "notes.txt"
    foreign.write_text("mine")
    kept = KeptEmbeddings(tmp_path, 4 * 17_000)
    for number in range(6):
        kept.put(key(number), view(number))
    assert not left.exists()
    assert foreign.read_text() == "mine"


def test_a_folder_that_cannot_be_written_to_keeps_nothing_and_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    kept = KeptEmbeddings(tmp_path / "file", MANY_BYTES)
    kept.put(KEY, view())
    assert kept.get(KEY) is None


def test_a_full_disk_keeps_nothing_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", full)
    kept = KeptEmbeddings(tmp_path, MANY_BYTES)
    kept.put(KEY, view())
    assert kept.get(KEY) is None
    assert size_bytes(tmp_path) == 0


def _put_many(folder: Path, first: int) -> None:
    kept = KeptEmbeddings(folder, 20 * 17_000)
    for number in range(first, first + 60):
        kept.put(key(number), view(number))
        kept.get(key(max(first, number - 3)))


def test_two_processes_share_a_folder_within_its_bound(tmp_path: Path) -> None:
    spawning = multiprocessing.get_context("spawn")
    processes = [spawning.Process(target=_put_many, args=(tmp_path, first)) for first in (0, 1000)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert 5 * 17_000 < size_bytes(tmp_path) <= 22 * 17_000  # each may be writing one more
    assert not list(tmp_path.rglob("*.part"))
