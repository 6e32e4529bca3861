"""The search for the best way to run a model: what it tries, what it prefers, and when it is made again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from engine import configuration, hardware
from engine.configuration import Disturbed, Search, Subject, Trial
from engine.llama.text import TextModel
from engine.messages import Configuration, ModelFiles
from engine.random_weights import VERSIONS

Tiny = Callable[[str], ModelFiles]
FLAT = {1: 0.1, 2: 0.2, 4: 0.4, 8: 0.8}  # seconds a step: nothing is gained by sharing one
SUBJECT = Subject("some processor", 2, 24, None, 1, 2, "0.3")


class Measure:
    """Gives the numbers wanted instead of measuring: by default all ways are alike."""

    def __init__(self) -> None:
        self.tried: list[Configuration] = []
        self.prefill_tokens_s: Callable[[Configuration], float] = lambda _configuration: 100.0

    def __call__(self, _model: TextModel, tried: Configuration) -> Trial:
        self.tried.append(tried)
        return Trial(tried, self.prefill_tokens_s(tried), FLAT)


@pytest.fixture
def measure(monkeypatch: pytest.MonkeyPatch) -> Measure:
    """Of two cores with two logical processors each; every model is worth it."""
    measure = Measure()
    monkeypatch.setattr(configuration, "_measured", measure)
    monkeypatch.setattr(configuration, "_WORTH_MEASURING_BYTES", 0)
    monkeypatch.setattr(configuration, "usable_cores", lambda: 2)
    monkeypatch.setattr(configuration, "usable_processors", lambda: 4)
    return measure


def test_small_models_are_not_measured_and_nothing_is_kept(tiny: Tiny, tmp_path: Path) -> None:
    assert configuration.chosen(tiny("5"), cache=tmp_path) == configuration.chosen(tiny("5"))
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_nothing_is_measured(tiny: Tiny, measure: Measure) -> None:
    assert configuration.chosen(tiny("5"), threads=3).threads == 3
    assert measure.tried == []


def test_every_way_is_tried_once_and_never_again(tiny: Tiny, tmp_path: Path, measure: Measure) -> None:
    first = configuration.chosen(tiny("5"), cache=tmp_path)
    ways = [(tried.threads, tried.flash_attention, tried.repack) for tried in measure.tried]
    assert ways == [(2, True, False), (2, False, False), (2, True, True)]
    assert configuration.chosen(tiny("5"), cache=tmp_path) == first
    assert len(measure.tried) == 3


def test_threads_are_tried_where_cores_and_half_the_processors_differ(
    tiny: Tiny, tmp_path: Path, measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "usable_cores", lambda: 4)
    measure.prefill_tokens_s = lambda tried: 100.0 / tried.threads
    assert configuration.chosen(tiny("5"), cache=tmp_path).threads == 2
    assert [tried.threads for tried in measure.tried] == [4, 2, 2, 2]


def test_one_thread_is_not_tried_on_two_cores(
    tiny: Tiny, tmp_path: Path, measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "usable_processors", lambda: 2)
    configuration.chosen(tiny("5"), cache=tmp_path)
    assert {tried.threads for tried in measure.tried} == {2}


def test_threads_that_are_set_stay(tiny: Tiny, tmp_path: Path, measure: Measure) -> None:
    assert configuration.chosen(tiny("5"), threads=3, cache=tmp_path).threads == 3
    assert {tried.threads for tried in measure.tried} == {3}


@pytest.mark.parametrize("repack", [True, False])
def test_weights_are_laid_out_anew_where_that_is_faster(
    tiny: Tiny, tmp_path: Path, measure: Measure, repack: bool
) -> None:
    measure.prefill_tokens_s = lambda tried: 100.0 if tried.repack == repack else 10.0
    assert configuration.chosen(tiny("5"), cache=tmp_path).repack == repack


def test_what_is_as_good_and_takes_less_memory_is_preferred(tiny: Tiny, tmp_path: Path, measure: Measure) -> None:
    measure.prefill_tokens_s = lambda tried: 102.0 if tried.repack else 100.0
    assert not configuration.chosen(tiny("5"), cache=tmp_path).repack


def test_weights_are_laid_out_anew_only_where_there_is_room_now(
    tiny: Tiny, tmp_path: Path, measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure.prefill_tokens_s = lambda tried: 100.0 if tried.repack else 10.0
    assert configuration.chosen(tiny("5"), cache=tmp_path).repack
    weights_bytes = Path(tiny("5").text).stat().st_size
    keys_bytes = 8192 * configuration.key_value_bytes(configuration.read_header(Path(tiny("5").text)), Configuration(1))
    monkeypatch.setattr(configuration, "free_memory_bytes", lambda: (0.9 * weights_bytes + keys_bytes) / 0.6)
    assert not configuration.chosen(tiny("5"), cache=tmp_path).repack


def test_keys_and_values_take_less_only_where_memory_is_short(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    assert configuration.chosen(tiny("5")).kv == "f16"
    monkeypatch.setattr(configuration, "free_memory_bytes", lambda: 1_000_000)
    lean = configuration.chosen(tiny("5"))
    assert (lean.kv, lean.repack, lean.flash_attention) == ("q8_0", False, True)


def test_another_file_machine_or_llama_cpp_is_measured_anew(
    tiny: Tiny, tmp_path: Path, measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = tmp_path / "text.gguf"
    text.write_bytes(Path(tiny("5").text).read_bytes())
    files = ModelFiles("random-5", str(text), tiny("5").vision)

    def measured() -> bool:
        before = len(measure.tried)
        configuration.chosen(files, cache=tmp_path)
        return len(measure.tried) > before

    assert measured() and not measured()
    os.utime(text, ns=(1, 1))
    assert measured() and not measured()
    monkeypatch.setattr(configuration, "processor", lambda: "another")
    assert measured() and not measured()
    monkeypatch.setattr(configuration.metadata, "version", lambda _name: "99")
    assert measured() and not measured()


def test_a_file_kept_of_it_that_is_no_longer_whole_is_measured_anew(
    tiny: Tiny, tmp_path: Path, measure: Measure
) -> None:
    configuration.chosen(tiny("5"), cache=tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:-20])
    configuration.chosen(tiny("5"), cache=tmp_path)
    assert len(measure.tried) == 6


def test_a_disturbed_measurement_is_not_kept(tiny: Tiny, tmp_path: Path, measure: Measure) -> None:
    def disturb(_tried: Configuration) -> float:
        raise Disturbed

    measure.prefill_tokens_s = disturb
    assert configuration.chosen(tiny("5"), cache=tmp_path) == configuration.chosen(tiny("5"))
    assert list(tmp_path.iterdir()) == []


def test_as_many_photos_share_a_step_as_still_gain_by_it() -> None:
    some = Configuration(2)
    assert Trial(some, 100, {1: 0.067, 2: 0.144, 4: 0.226, 8: 0.350}).sequences == 8
    assert Trial(some, 100, {1: 0.060, 2: 0.070, 4: 0.080, 8: 0.300}).sequences == 4
    assert Trial(some, 100, FLAT).sequences == 1


def test_measured_on_two_cores_weights_stay_as_they_are() -> None:
    lean = Trial(Configuration(2, repack=False), 97, {1: 0.067, 2: 0.144, 4: 0.226, 8: 0.350})
    large = Trial(Configuration(2, repack=True), 56, {1: 0.075, 2: 0.113, 4: 0.168, 8: 0.293})
    best = Search(SUBJECT, (lean, large)).best()
    assert best == lean
    assert best.best == replace(lean.configuration, sequences=8)
    assert best.best_photo_s == pytest.approx(4.08, abs=0.01)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_can_be_measured(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr(configuration, "_WORTH_MEASURING_BYTES", 0)
    monkeypatch.setattr(configuration, "_UNDISTURBED", 0.0)
    configuration.chosen(tiny(version), threads=1, cache=tmp_path)
    search = configuration.kept(tiny(version), threads=1, cache=tmp_path)
    assert search is not None and len(search.trials) == 3
    for trial in search.trials:
        assert trial.prefill_tokens_s > 0
        assert all(seconds > 0 for seconds in trial.step_s.values())


def test_processors_are_no_fewer_than_cores() -> None:
    assert hardware.usable_processors() >= hardware.usable_cores()
