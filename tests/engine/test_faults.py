"""What is known to end llama.cpp, or to make it see nonsense, is refused before, or costs one request one sentence."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine import random_weights
from engine.client import EngineClient
from engine.errors import ContextFull, EngineCrashed, EngineError, ModelUnusable, PictureUnusable
from engine.llama.context import Piece, TextContext
from engine.llama.text import TextModel
from engine.messages import Configuration, ModelFiles, Picture, Setup

Tiny = Callable[[str], ModelFiles]
MakePicture = Callable[[int, int], Picture]
Damage = Callable[[Path, Path], None]


@pytest.fixture
def client(tiny: Tiny) -> Iterator[EngineClient]:
    with closing(EngineClient(Setup(tiny("5"), threads=1))) as client:
        yield client


def swap(text: Path, vision: Path) -> None:
    aside = text.rename(text.with_suffix(".aside"))
    vision.rename(text)
    aside.rename(vision)


def cut(path: Path, missing_bytes: int) -> None:
    os.truncate(path, path.stat().st_size - missing_bytes)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        pytest.param(lambda text, _vision: cut(text, 1000), "cut short", id="text cut short"),
        pytest.param(lambda text, _vision: os.truncate(text, 5000), "not a whole GGUF", id="text's header cut short"),
        pytest.param(lambda text, _vision: text.write_bytes(b"\xa5" * 9000), "not a whole GGUF", id="noise as text"),
        pytest.param(lambda _text, vision: cut(vision, 1000), "cut short", id="vision cut short"),
        pytest.param(swap, "swap them", id="swapped"),
    ],
)
def test_files_that_are_not_right_are_refused_before_llama_cpp_sees_them(
    tiny: Tiny, tmp_path: Path, damage: Damage, sentence: str
) -> None:
    text, vision = tmp_path / "text.gguf", tmp_path / "vision.gguf"
    text.write_bytes(Path(tiny("5").text).read_bytes())
    vision.write_bytes(Path(tiny("5").vision).read_bytes())
    damage(text, vision)
    with closing(EngineClient(Setup(ModelFiles("random-5", str(text), str(vision))))) as client:
        with pytest.raises(ModelUnusable, match=sentence):
            client.start()
        assert client.status.restarts == 0


def test_a_text_part_whose_tensors_are_of_other_sizes_is_a_sentence(tiny: Tiny, tmp_path: Path) -> None:
    text = tmp_path / "text.gguf"
    key = b"llama.feed_forward_length"
    content = bytearray(Path(tiny("5").text).read_bytes())
    at = content.index(key) + len(key) + 4  # after the value's type, a uint32
    content[at] ^= 0xFF
    text.write_bytes(content)
    with closing(EngineClient(Setup(ModelFiles("random-5", str(text), tiny("5").vision)))) as client:
        with pytest.raises(ModelUnusable, match="cannot be used as a language model"):
            client.start()
        assert client.status.restarts == 0


def test_a_vision_part_whose_tensors_are_of_other_sizes_ends_the_child_and_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_picture: MakePicture
) -> None:
    monkeypatch.setattr(random_weights, "_POSITIONS", 100)  # too few rows: llama.cpp aborts when it looks one up
    files = random_weights.write_tiny(tmp_path, "5")
    with closing(EngineClient(Setup(files, threads=1))) as client:
        for restarts in (1, 3):
            with pytest.raises(EngineCrashed, match="The engine stopped working"):
                client.describe(make_picture(64, 64))
            assert client.status.restarts == restarts


@pytest.mark.parametrize(
    ("picture", "question", "error"),
    [
        pytest.param(Picture(0, 0, b""), "Who?", PictureUnusable, id="no pixels"),
        pytest.param(Picture(8, 8, b"too few"), "Who?", PictureUnusable, id="too few bytes"),
        pytest.param(Picture(47_000, 47_000, b""), "Who?", PictureUnusable, id="47,000 pixels square"),
        pytest.param(Picture(8, 8, bytes(192)), "why? " * 9000, ContextFull, id="more than the context holds"),
        pytest.param(Picture(8, 8, bytes(192)), "<__media__> <image></image>", None, id="markers in the question"),
        pytest.param(Picture(8, 8, bytes(192)), "\0\ud800 ", None, id="half a character"),
        pytest.param(Picture(8, 8, bytes(192)), "", None, id="nothing asked"),
    ],
)
def test_odd_requests_are_answered_or_refused_and_cost_no_child(
    client: EngineClient, make_picture: MakePicture, picture: Picture, question: str, error: type[EngineError] | None
) -> None:
    if error is None:
        list(client.ask([picture], question))
    else:
        with pytest.raises(error):
            list(client.ask([picture], question))
    assert client.describe(make_picture(8, 8)).views == 1
    assert client.status.restarts == 0


@pytest.mark.parametrize("rows", [Configuration(1).batch_rows + 1, 0])
def test_a_step_that_llama_cpp_would_not_survive_is_our_fault_and_not_taken(tiny: Tiny, rows: int) -> None:
    with TextModel(Path(tiny("5").text)) as model, TextContext(model, Configuration(threads=1)) as context:
        good = Piece(0, 0, model.embed([5, 6]))
        context.read([good])
        with pytest.raises((ValueError, IndexError, EngineError)):
            context.read([Piece(1, 0, model.embed([5] * rows))])
        context.forget(0)
        context.read([good])
        with pytest.raises(IndexError):
            context.logits(1)
        assert context.logits(0).std() > 0
