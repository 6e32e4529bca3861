"""The harness that measures: what it shows both sides, and that its figures follow from what was measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from engine.evaluation import levers, report, speed, waiting
from engine.evaluation.album import DECODED_PX, Album, Photo, shifted
from engine.evaluation.bench import Options, Result, measure, photos_to_look_at
from engine.evaluation.floors import Costs, Peaks, costs, floor
from engine.evaluation.handler import Shot
from engine.evaluation.sides import Run, Way
from engine.evaluation.steps import Steps
from engine.messages import ModelFiles, Picture, Setup

PARTS = ("photos", "same-views", "levers", "memory", "second-question", "chat-while-indexing")
COSTS = Costs(parameters=10, view_tokens=64, view_operations=1e9, token_operations=1e6, step_bytes=1e9)
PEAKS = Peaks(operations_per_s=1e9, bytes_per_s=1e10)


@pytest.fixture(scope="module")
def result(tiny: Callable[[str], ModelFiles]) -> Result:
    options = Options(("same-views",), photos=1, rounds=1, tokens=6, long_px=640)
    return measure(tiny("5"), options, lambda _line: None)


def photos(*documents: bool) -> list[Photo]:
    return [Photo(Path(f"{number}.jpg"), is_document) for number, is_document in enumerate(documents)]


def test_a_mixed_set_has_four_photographs_to_a_document(tmp_path: Path) -> None:
    album = Album(tmp_path, long_px=64)
    assert [photo.is_document for photo in album.mixed(10)] == [False, False, False, False, True] * 2
    assert [photo.is_document for photo in album.mixed(2)] == [False, True]
    assert [photo.is_document for photo in album.mixed(1)] == [False]


def test_no_two_photos_are_alike_and_the_next_run_has_the_same(tmp_path: Path) -> None:
    runs = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        album = Album(folder, long_px=64)
        runs.append([photo.path.read_bytes() for photo in album.mixed(60)])
    assert runs[0] == runs[1]
    assert len(set(runs[0])) == 60


def test_tintype_is_handed_what_the_indexer_would_hand_it(tmp_path: Path) -> None:
    picture = Album(tmp_path).photograph().decoded()
    assert max(picture.width, picture.height) == DECODED_PX
    assert len(picture.rgb) == picture.width * picture.height * 3


def test_a_shifted_picture_is_another_of_the_same_pixels() -> None:
    picture = Picture(2, 1, bytes([1, 2, 3, 4, 5, 6]))
    assert shifted(picture, 1) == Picture(2, 1, bytes([4, 5, 6, 1, 2, 3]))


def test_a_photo_the_handler_described_stands_for_all_of_its_kind() -> None:
    shown = photos(False, False, False, False, True)
    chosen = speed.first_of_each_kind(shown, 1)
    assert chosen == [0, 4]
    done = speed.Round(
        shown,
        chosen,
        tintype=Run(5.0, tuple(Shot(3.0, 2, 7) for _ in shown)),
        handler=Run(30.0, (Shot(10.0, 10, 7), Shot(20.0, 10, 7))),
    )
    assert done.tintype_photo_s == 1.0  # by the clock, though each took three seconds
    assert done.handler_photo_s == pytest.approx((4 * 10 + 20) / 5)
    assert done.ratio == pytest.approx(12)
    assert done.equal_length


def test_answers_of_other_lengths_are_told() -> None:
    done = speed.Round(photos(False), [0], Run(1, (Shot(1, 1, 8),)), Run(1, (Shot(1, 1, 7),)))
    assert not speed.summed_up([done], 1, COSTS, PEAKS).equal_length


def test_the_ratio_is_the_median_of_the_rounds() -> None:
    rounds = [
        speed.Round(photos(False), [0], Run(1, (Shot(1, 1, 8),)), Run(s, (Shot(s, 10, 8),))) for s in (2.0, 9.0, 3.0)
    ]
    summed_up = speed.summed_up(rounds, 4, COSTS, PEAKS)
    assert summed_up.ratios == (2, 9, 3)
    assert summed_up.ratio == 3
    assert (summed_up.tintype.views, summed_up.handler.views) == (1, 10)


def test_gains_multiply_to_the_last_ratio() -> None:
    way = Way("one", Setup())
    run = Run(4.0, (Shot(4.0, 10, 8), Shot(4.0, 10, 8)))
    done = [(way, 1, run), (replace(way, name="two"), 4, Run(1.0, run.shots))]
    first, second = levers.lined_up(done, handler_photo_s=6.0)
    assert (first.gain, second.gain) == (3, 4)
    assert second.ratio == pytest.approx(first.gain * second.gain)


def test_the_floor_adds_what_is_computed_to_what_is_read() -> None:
    found = floor(20.0, COSTS, PEAKS, views=2, prompt_tokens=1000, steps=40, shared_by=2)
    assert found.operations == 3e9
    assert found.read_bytes == 2e10
    assert found.seconds == pytest.approx(3 + 2)
    assert found.share == pytest.approx(0.25)


@pytest.mark.parametrize("version", ["2", "5", "4_6"])
def test_costs_are_counted_from_the_headers(tiny: Callable[[str], ModelFiles], version: str) -> None:
    counted = costs(tiny(version))
    assert counted.view_tokens == {"2": 96, "5": 64, "4_6": 64}[version]
    assert 0 < counted.token_operations < 2 * counted.parameters
    assert 0 < counted.step_bytes < Path(tiny(version).text).stat().st_size
    assert counted.view_operations > 1024 * 2 * 4 * 64**2  # at least one block's attention, 64 wide


def test_95_per_cent_wait_no_longer_than_p95() -> None:
    found = waiting.waits([float(second) for second in range(20, 0, -1)])
    assert found == waiting.Waits(10.5, 19.0, 20)


def test_the_time_left_is_told_from_the_first_photos_on() -> None:
    told: list[str] = []
    steps = Steps(2, told.append)
    steps.begin("loading")
    steps.begin("one", theirs=1)
    steps.begin("two", theirs=1)
    assert told[:2] == ["loading", "one"]
    assert told[2].startswith("two (about ")


def test_both_sides_look_at_the_same_photo_and_write_as_much(result: Result) -> None:
    assert result.same_views is not None
    assert result.same_views.tintype.views == 3
    assert result.same_views.handler.views == 3
    assert result.same_views.tintype.tokens == 6
    assert 6 <= result.same_views.handler.tokens <= 9  # it ends no answer within a character
    assert result.same_views.floor.seconds > 0


def test_a_part_that_was_not_asked_for_is_none(result: Result) -> None:
    assert result.levers is result.memory is result.photos is None


def test_the_lines_say_what_was_measured(result: Result) -> None:
    assert result.same_views is not None
    text = "\n".join(report.lines(result))
    assert "Photos an hour, the same views" in text
    assert f"{result.same_views.ratio:.2f}" in text
    assert "Peak memory" not in text


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_part_is_measured_and_told(tiny: Callable[[str], ModelFiles]) -> None:
    everything = measure(tiny("5"), Options(PARTS, photos=1, rounds=1, tokens=6, questions=1), lambda _line: None)
    fields = msgspec.to_builtins(everything)
    assert all(fields[part.replace("-", "_")] for part in PARTS)
    assert everything.memory is not None
    assert everything.memory.ratio == everything.memory.tintype.peak_bytes / everything.memory.handler.peak_bytes
    text = "\n".join(report.lines(everything))
    for title in ("a mixed set", "the same views", "each lever", "Peak memory", "second question", "chat while"):
        assert title in text


def test_only_what_was_asked_for_is_counted_as_time_left() -> None:
    assert photos_to_look_at(Options(("memory",))) < photos_to_look_at(Options(PARTS))
