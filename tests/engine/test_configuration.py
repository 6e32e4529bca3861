"""How the language model is run where nobody has said it, and what its memory costs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import configuration, looker, parts
from engine.gguf_header import GgufHeader, read_header
from engine.hardware import usable_cores
from engine.looker import Looker
from engine.messages import Ask, Configuration, Describe, Described, ModelFiles, Picture, Setup
from engine.parts import chosen_loading

Tiny = Callable[[str], ModelFiles]
MakePicture = Callable[[int, int], Picture]

NEVER = threading.Event()


def described(opened: Looker, picture: Picture, language: str = "en") -> Described:
    return opened.describe(Describe(1, picture, language=language, max_tokens=40), ignore, NEVER)


def ignore(_message: object) -> None:
    pass


def header(layers: int, **values: int) -> GgufHeader:
    said = {"general.architecture": "qwen3", "qwen3.block_count": layers}
    said |= {f"qwen3.{key.replace('__', '.')}": value for key, value in values.items()}
    return GgufHeader(said, {}, 0)


MINICPM_V_4_5 = header(
    36,
    embedding_length=4096,
    attention__head_count=32,
    attention__head_count_kv=8,
    attention__key_length=128,
    attention__value_length=128,
)


def test_keys_and_values_of_a_token_take_two_bytes_a_number() -> None:
    assert configuration.key_value_bytes(MINICPM_V_4_5, Configuration(1)) == 36 * 8 * (128 + 128) * 2


def test_in_8_bits_they_take_about_half() -> None:
    whole, half = (configuration.key_value_bytes(MINICPM_V_4_5, Configuration(1, kv=kv)) for kv in ("f16", "q8_0"))
    assert half / whole == 17 / 32


def test_what_a_file_does_not_say_follows_from_its_width_and_heads() -> None:
    plain = header(2, embedding_length=1024, attention__head_count=8)
    assert configuration.key_value_bytes(plain, Configuration(1)) == 2 * 8 * (128 + 128) * 2


def test_layers_without_attention_keep_none(tiny: Tiny) -> None:
    hybrid = read_header(Path(tiny("4_6").text))
    assert hybrid.value("block_count") == 4
    assert configuration.key_value_bytes(hybrid, Configuration(1)) == 2 * (64 + 64) * 2


def test_the_context_is_large_where_that_is_cheap(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    assert configuration.chosen(tiny("5")) == Configuration(usable_cores(), context_tokens=8192)
    monkeypatch.setattr(configuration, "read_header", lambda _path: MINICPM_V_4_5)
    assert configuration.chosen(tiny("5"), threads=3) == Configuration(3, context_tokens=4096)


def test_tower_and_language_model_are_loaded_together_where_there_is_room(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tiny("5")
    plain = Configuration(1, context_tokens=1000)
    needed = sum(Path(path).stat().st_size for path in (files.text, files.vision)) + 1000 * 3 * 2 * (64 + 64) * 2
    for free_bytes, loading in ((needed / 0.59, "together"), (needed / 0.61, "in turn")):
        monkeypatch.setattr(parts, "free_memory_bytes", lambda free_bytes=free_bytes: free_bytes)
        assert chosen_loading("auto", files, plain) == loading
        assert chosen_loading("together", files, plain) == "together"
        assert chosen_loading("in turn", files, plain) == "in turn"


@pytest.mark.parametrize(
    "wanted",
    [
        Configuration(1, repack=False),
        Configuration(1, flash_attention=False),
        Configuration(1, kv="q8_0"),
        Configuration(1, flash_attention=False, kv="q8_0"),
        Configuration(2, sequences=1, context_tokens=512),
        Configuration(1, batch_rows=16),
    ],
)
def test_every_configuration_answers(tiny: Tiny, make_picture: MakePicture, wanted: Configuration) -> None:
    with looker.opened(Setup(tiny("6"), threads=1, configuration=wanted)) as opened:
        assert opened.configuration == wanted
        assert described(opened, make_picture(64, 64)).kind


def test_in_turn_it_is_run_in_less_memory(tiny: Tiny) -> None:
    setup = Setup(tiny("5"), threads=1, loading="in turn")
    with looker.opened(setup) as opened:
        assert opened.configuration == configuration.sparing(configuration.chosen(tiny("5"), threads=1))
        assert opened.configuration.context_tokens == 4096


def test_in_turn_a_configuration_that_was_said_stays(tiny: Tiny) -> None:
    wanted = Configuration(1, repack=True)
    with looker.opened(Setup(tiny("5"), configuration=wanted, loading="in turn")) as opened:
        assert opened.configuration == wanted


def test_less_memory_is_no_room_for_more(tiny: Tiny) -> None:
    small = Configuration(3, repack=True, flash_attention=False, sequences=2, context_tokens=1000)
    spared = configuration.sparing(small)
    assert (spared.threads, spared.sequences, spared.context_tokens) == (3, 2, 1000)
    assert not spared.repack
    header = read_header(Path(tiny("5").text))
    assert configuration.key_value_bytes(header, spared) < configuration.key_value_bytes(header, small)


@pytest.mark.parametrize("runtime", ["onnx", "ggml"])
@pytest.mark.parametrize("version", ["5", "4_6"])
def test_in_turn_it_says_the_same(
    tiny: Tiny, make_picture: MakePicture, tmp_path: Path, runtime: str, version: str
) -> None:
    said = []
    for loading in ("together", "in turn"):
        setup = Setup(tiny(version), threads=1, tower=runtime, loading=loading, cache=str(tmp_path), kept_bytes=0)
        with looker.opened(setup) as opened:
            assert opened.loading == loading
            said += [described(opened, make_picture(640, 480)).caption for _ in range(2)]
    assert len(set(said)) == 1


def test_another_attempt_says_something_else_and_the_same_each_time(tiny: Tiny, make_picture: MakePicture) -> None:
    setup = Setup(tiny("3"), threads=1, configuration=Configuration(1))
    with looker.opened(setup) as opened:

        def said(attempt: int) -> tuple[str, str]:
            request = Describe(1, make_picture(60, 40), max_tokens=40, attempt=attempt)
            seen = opened.describe(request, ignore, NEVER)
            return seen.kind, seen.caption

        likeliest, other = said(0), said(1)
        assert likeliest != other
        assert (said(0), said(1)) == (likeliest, other)


@pytest.mark.parametrize("loading", ["together", "in turn"])
def test_a_picture_that_was_looked_at_once_is_not_looked_at_again(
    tiny: Tiny, make_picture: MakePicture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loading: str
) -> None:
    setup = Setup(tiny("5"), threads=1, tower="ggml", loading=loading, cache=str(tmp_path))
    with looker.opened(setup) as opened:
        described(opened, make_picture(640, 480))
    monkeypatch.setattr(looker.tower.VisionTower, "steps", lambda *_: pytest.fail("looked again"))
    with looker.opened(setup) as opened:
        assert described(opened, make_picture(640, 480), language="fr").views == 3
        assert opened.ask(Ask(2, (make_picture(640, 480),), "Who?", max_tokens=4), ignore, NEVER).tokens


@pytest.mark.parametrize("loading", ["together", "in turn"])
def test_the_pixels_of_a_picture_are_let_go_once_it_is_looked_at(
    tiny: Tiny, make_picture: MakePicture, loading: str
) -> None:
    picture = make_picture(64, 64)
    with looker.opened(Setup(tiny("5"), threads=1, loading=loading)) as opened:
        described(opened, picture)
    assert picture == Picture(64, 64, b"")
