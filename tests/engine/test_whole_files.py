from __future__ import annotations

from pathlib import Path

import pytest

from engine.whole_files import whole


@pytest.mark.parametrize("lasting", [False, True])
def test_a_file_is_there_at_the_end_of_the_block_and_not_before(tmp_path: Path, lasting: bool) -> None:
    target = tmp_path / "a.txt"
    target.write_text("before")
    with whole(target, lasting=lasting) as part:
        part.write_text("after")
        assert target.read_text() == "before"
    assert target.read_text() == "after"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("begun", [False, True])
def test_what_is_not_finished_leaves_everything_as_it_was(tmp_path: Path, begun: bool) -> None:
    target = tmp_path / "a.txt"
    target.write_text("before")
    with pytest.raises(ZeroDivisionError), whole(target) as part:
        if begun:
            part.write_text("half")
        _ = 1 / 0
    assert target.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_nothing_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), whole(tmp_path / "a.txt"):
        pass
    assert list(tmp_path.iterdir()) == []
