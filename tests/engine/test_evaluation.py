"""The harness that measures: what it shows both sides, and that its figures follow from what was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import msgspec
import pytest

from engine.evaluation import bench, levers, memory, report, speed, waiting
from engine.evaluation.album import DECODED_PX, Album, Photo, shifted
from engine.evaluation.bench import Options, Result, measure, photos_to_look_at
from engine.evaluation.floors import Costs, Peaks, costs, floor
from engine.evaluation.handler import Shot
from engine.evaluation.levers import Tried
from engine.evaluation.memory import Memory
from engine.evaluation.sides import Run
from engine.evaluation.speed import Match
from engine.evaluation.steps import Steps
from engine.evaluation.waiting import Asked
from engine.messages import ModelFiles, Picture, Ready

PARTS = ("rounds", "in-turn", "chat-while-indexing", "levers")
COMPARED = ("in-turn", "levers")
COSTS = Costs(parameters=10, view_tokens=64, view_operations=1e9, token_operations=1e6, step_bytes=1e9)
PEAKS = Peaks(operations_per_s=1e9, bytes_per_s=1e10)


@pytest.fixture(scope="module")
def result(tiny: Callable[[str], ModelFiles]) -> Result:
    *_, last = measure(tiny("5"), Options(("rounds",), photos=1, few=1, rounds=1, tokens=6, long_px=640), str)
    return last


class Side:
    """Stands for either side: keeps what it is asked, and takes a second for a photo or a question."""

    ready = Ready(model=None, reader=None, sandboxed=True, load_s=0)
    in_flight = 1
    memory = Memory(100, 50)

    def __init__(self, tokens: int) -> None:
        """`tokens`: the length of its answers, unless they are to be shorter."""
        self._tokens = tokens
        self.described: list[tuple[list[bool], int]] = []  # which are documents, and the length wanted
        self.questions: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def at_once(self, _shown: Sequence[Photo]) -> int:
        return self.in_flight

    def describe(self, shown: Sequence[Photo], tokens: int) -> Run:
        self.described.append(([photo.is_document for photo in shown], tokens))
        return run(1.0, *(min(tokens, self._tokens) for _ in shown))

    def first_token_s(self, _photo: Photo, question: str, *_: object, **__: object) -> float:
        self.questions.append(question)
        return 1.0


@pytest.fixture
def sides(monkeypatch: pytest.MonkeyPatch) -> tuple[Side, Side]:
    """Tintype's and the handler's; nothing is loaded or computed."""
    ours, theirs = Side(tokens=7), Side(tokens=64)
    monkeypatch.setattr(bench, "Tintype", lambda *_: ours)
    monkeypatch.setattr(bench, "Handler", lambda *_: theirs)
    monkeypatch.setattr(bench, "measure_peaks", lambda _cores: PEAKS)
    return ours, theirs


def run(photo_s: float, *lengths: int, views: int = 10) -> Run:
    return Run(photo_s * len(lengths), tuple(Shot(photo_s, views, length) for length in lengths))


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


def test_the_handler_describes_once_and_answers_once_in_a_round(
    tiny: Callable[[str], ModelFiles], sides: tuple[Side, Side]
) -> None:
    ours, theirs = sides
    results = list(measure(tiny("5"), Options(COMPARED, photos=2, long_px=64), str))
    assert theirs.described == [([False], 7), ([True], 7), ([False], 7)]  # as long as ours are on the mean
    assert theirs.questions == [waiting.SECOND] * 3
    assert ours.questions == [waiting.FIRST, waiting.SECOND] * 3
    assert [each.rounds for each in results] == [0, 1, 2, 3, *[3] * 6]  # one more in turn, and one for each lever
    last = results[-1]
    assert last.photos is not None
    assert last.photos.ratios == (1, 1, 1)
    assert last.photos.equal_length
    assert last.levers is not None
    assert [lever.ratio for lever in last.levers] == [1] * 5


def test_a_run_that_is_stopped_leaves_what_it_measured(
    tiny: Callable[[str], ModelFiles], sides: tuple[Side, Side]
) -> None:
    def stop(line: str) -> None:
        if line.startswith("round 3"):
            raise KeyboardInterrupt

    results = []
    with pytest.raises(KeyboardInterrupt):
        for each in measure(tiny("5"), Options(COMPARED, photos=1, long_px=64), stop):
            results.append(each)  # noqa: PERF402  one by one: it is stopped
    left = msgspec.json.decode(msgspec.json.encode(results[-1]), type=Result)
    assert left == results[-1]
    assert left.rounds == 2
    assert left.second_question is not None
    assert len(left.second_question.ratios) == 2
    assert left.levers is left.memory_in_turn is left.chat_while_indexing is None
    assert "2 rounds, medians" in "\n".join(report.lines(left))


def test_a_ratio_is_of_photos_by_the_clock() -> None:
    ours = Run(5.0, tuple(Shot(3.0, 2, 7) for _ in range(5)))  # though each took three seconds
    assert Match(photos(False, False, False, False, True), 4, ours, run(10.0, 7)).ratio == pytest.approx(10)


def test_answers_of_other_lengths_are_told() -> None:
    shown = photos(False, False)
    assert Match(shown, 1, run(1, 8, 6), run(1, 7)).equal_length
    uneven = Match(shown, 1, run(1, 8, 8), run(1, 7))
    assert not speed.summed_up([Match(shown, 1, run(1, 7, 7), run(1, 7)), uneven], COSTS, PEAKS).equal_length


def test_the_ratio_is_the_median_of_the_rounds() -> None:
    rounds = [
        Match(photos(False), 1, run(ours_s, 8, views=1), run(theirs_s, 8))
        for ours_s, theirs_s in ((1, 2), (2, 18), (8, 24))
    ]
    summed_up = speed.summed_up(rounds, COSTS, PEAKS)
    assert summed_up.ratios == (2, 9, 3)
    assert summed_up.ratio == 3  # not 9, of the medians of either side
    assert (summed_up.tintype.views, summed_up.handler.views) == (1, 10)
    second = waiting.second_question([Asked(1, 20), Asked(2, 20), Asked(3, 90)], COSTS, PEAKS)
    assert second.ratios == (20, 10, 30)
    assert second.ratio == 20


def test_of_memory_the_most_counts() -> None:
    compared = memory.compared([Memory(30, 20), Memory(40, 10)], Memory(80, 80))
    assert compared.tintype == Memory(40, 20)
    assert compared.ratio == 0.5


def test_gains_multiply_to_the_last_ratio() -> None:
    tried = [Tried("one", 1, photo_s=2.0, views=10), Tried("two", 4, photo_s=0.5, views=10)]
    first, second = levers.lined_up(tried, handler_photo_s=6.0)
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
    steps.begin("one", 1)
    steps.begin("two", 1)
    assert told[:2] == ["loading", "one"]
    assert told[2].startswith("two (about ")


def test_both_sides_look_at_as_many_views_and_write_as_much(result: Result) -> None:
    assert result.same_views is not None
    assert result.same_views.tintype.views == 3
    assert result.same_views.handler.views == 3
    assert result.same_views.tintype.tokens == 6
    assert 6 <= result.same_views.handler.tokens <= 9  # it ends no answer within a character
    assert result.same_views.floor.seconds > 0


def test_a_part_that_was_not_asked_for_is_none(result: Result) -> None:
    assert result.levers is result.memory_in_turn is result.chat_while_indexing is None


def test_the_lines_say_what_was_measured(result: Result) -> None:
    assert result.same_views is not None
    text = "\n".join(report.lines(result))
    assert "Photos an hour, the same views" in text
    assert f"{result.same_views.ratio:.2f}" in text
    assert "loaded in turn" not in text


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_part_is_measured_and_told(tiny: Callable[[str], ModelFiles]) -> None:
    options = Options(PARTS, photos=1, few=1, rounds=1, tokens=6, questions=1)
    *_, everything = measure(tiny("5"), options, lambda _line: None)
    assert all(value is not None for value in msgspec.to_builtins(everything).values())
    assert everything.memory is not None
    assert everything.memory.ratio == everything.memory.tintype.peak_bytes / everything.memory.handler.peak_bytes
    assert everything.levers is not None
    assert [lever.at_once for lever in everything.levers[:3]] == [1, 1, 1]
    text = "\n".join(report.lines(everything))
    for title in ("a mixed set", "the same views", "each lever", "loaded in turn", "second question", "chat while"):
        assert title in text


def test_only_what_was_asked_for_is_counted_as_time_left() -> None:
    rounds, levers_too = photos_to_look_at(Options(("rounds",))), photos_to_look_at(Options(("levers",)))
    assert rounds < levers_too < photos_to_look_at(Options(PARTS))
