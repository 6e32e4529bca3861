"""The engine as the rest of Tintype uses it: a real child with a real model."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import psutil
import pytest
from PIL import Image, ImageDraw

from engine import models
from engine.child import Child
from engine.client import EngineClient, streamed
from engine.errors import Cancelled, EngineError, ModelUnusable, PictureUnusable
from engine.messages import Answered, Ask, Configuration, ModelFiles, Picture, Setup, Token

Tiny = Callable[[str], ModelFiles]
MakePicture = Callable[[int, int], Picture]
T = TypeVar("T")


def sunset() -> Picture:
    """An orange evening sky, the sun near the horizon, dark land below."""
    image = Image.new("RGB", (256, 256), (35, 25, 30))
    draw = ImageDraw.Draw(image)
    for y in range(150):
        part = y / 150
        draw.line((0, y, 256, y), (120 + int(135 * part), 70 + int(90 * part), 120 - int(70 * part)))
    draw.ellipse((105, 95, 151, 141), (255, 230, 140))
    return Picture(image.width, image.height, image.tobytes())


@pytest.fixture
def talker(tiny: Tiny) -> Iterator[EngineClient]:
    with closing(EngineClient(Setup(tiny("2"), threads=1))) as client:
        yield client


def finished(stream: Generator[str, None, T]) -> tuple[list[str], T]:
    """The pieces of a stream and what it returned."""
    pieces = []
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as end:
            return pieces, end.value


def test_the_pocket_model_tells_kind_and_colour_and_nothing_it_cannot_know() -> None:
    with closing(EngineClient(Setup(models.embedded(), threads=1))) as client:
        described = client.describe(sunset())
    assert described.kind == "photo"
    assert described.tags == ("sunset",)
    assert described.colour == "orange"
    assert (described.caption, described.text, described.views) == ("", "", 1)
    assert described.confidence > 0.5


def test_status_before_during_and_after(talker: EngineClient) -> None:
    assert not talker.status.running
    ready = talker.start()
    status = talker.status
    assert (status.running, status.model, status.reader, status.restarts) == (True, "random-2", None, 0)
    assert status.sandboxed == ready.sandboxed
    assert ready.configuration == Configuration(threads=1)
    assert (ready.tower, ready.loading, ready.at_once) == ("ggml", "together", 8)
    assert status.memory_bytes > 10_000_000
    talker.close()
    assert not talker.status.running


def test_another_model_serves_the_next_request(tiny: Tiny, make_picture: MakePicture) -> None:
    with closing(EngineClient(Setup(models.embedded(), threads=1))) as client:
        client.start()
        assert (client.talks, client.slicing) == (False, models.spec("pocket").slicing)
        client.set_up(Setup(tiny("4_6"), threads=1))
        assert not client.status.running
        assert client.slicing == models.spec("minicpm-v-4.6").slicing
        assert list(client.ask([make_picture(64, 64)], "Who?"))
        assert client.status.model == "random-4_6"


def test_whoever_waits_is_cancelled_when_another_model_comes(talker: EngineClient, make_picture: MakePicture) -> None:
    waiting = talker.ask([make_picture(64, 64)], "Who?")
    next(waiting)
    talker.set_up(Setup(models.embedded(), threads=1))
    with pytest.raises(Cancelled):
        list(waiting)


def test_a_closed_engine_stays_closed_whatever_it_is_set_up_with(talker: EngineClient) -> None:
    talker.close()
    talker.set_up(Setup(models.embedded(), threads=1))
    with pytest.raises(Cancelled):
        talker.start()


def test_an_answer_is_streamed_piece_by_piece_and_returned_whole(
    talker: EngineClient, make_picture: MakePicture
) -> None:
    pieces, answered = finished(talker.ask([make_picture(64, 64)], "Who?"))
    assert isinstance(answered, Answered)
    assert answered.text == "".join(pieces)
    assert len(pieces) > 3


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills as POSIX does")
def test_killed_in_the_middle_of_an_answer_it_goes_on_where_it_was(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_picture: MakePicture
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "children"))
    monkeypatch.setenv("MARKER", str(tmp_path / "killed"))
    question = Ask(0, (make_picture(64, 64),), "Who?")
    with closing(Child("mortal_engine", Setup(tiny("5"), threads=1), Token | Answered)) as child:
        pieces, answered = finished(streamed(child, question))
        assert child.restarts == 1
        unbroken, _answered = finished(streamed(child, question))
        assert child.restarts == 1
    assert pieces[:3] == unbroken[:3]  # of which the third was the last of the first child
    assert isinstance(answered, Answered)
    assert answered.text == "".join(pieces)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills as POSIX does")
def test_killed_while_several_are_answered_it_answers_them_all(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_picture: MakePicture
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "children"))
    monkeypatch.setenv("MARKER", str(tmp_path / "killed"))
    questions = [
        Ask(0, (make_picture(64, 64),), question, max_tokens=40) for question in ("Who?", "Where?", "Why then?")
    ]

    def answer(child: Child, question: Ask) -> bool:
        pieces, answered = finished(streamed(child, question))
        return isinstance(answered, Answered) and answered.text == "".join(pieces)

    with closing(Child("mortal_engine", Setup(tiny("5"), threads=1), Token | Answered)) as child:
        with ThreadPoolExecutor(len(questions)) as threads:
            assert all(threads.map(lambda question: answer(child, question), questions))
        assert child.restarts == 1


def test_descriptions_made_at_once_are_those_made_alone_and_a_question_is_answered_between_them(
    talker: EngineClient, make_picture: MakePicture
) -> None:
    pictures = [make_picture(64 + 9 * number, 100) for number in range(6)]
    alone = [talker.describe(picture) for picture in pictures]
    with ThreadPoolExecutor(len(pictures)) as threads:
        descriptions = [threads.submit(talker.describe, picture) for picture in pictures]
        next(talker.ask([make_picture(64, 64)], "Who?"))
        assert not all(description.done() for description in descriptions)
        together = [description.result() for description in descriptions]
    for one, other in zip(alone, together, strict=True):
        assert (one.kind, one.caption, one.tags, one.text) == (other.kind, other.caption, other.tags, other.text)
        assert one.confidence == pytest.approx(other.confidence, abs=1e-3)


def test_an_engine_that_was_killed_is_started_again(talker: EngineClient, make_picture: MakePicture) -> None:
    talker.start()
    pid = talker.status.pid
    assert pid is not None
    psutil.Process(pid).kill()
    assert talker.describe(make_picture(8, 8)).views == 1
    assert talker.status.restarts == 1


def test_cancelling_an_answer_frees_the_engine(talker: EngineClient, make_picture: MakePicture) -> None:
    cancel = threading.Event()
    stream = talker.ask([make_picture(1344, 1344)], "Who?", cancel=cancel)
    next(stream)
    cancel.set()
    with pytest.raises(Cancelled):
        list(stream)
    assert talker.describe(make_picture(8, 8)).views == 1
    assert talker.status.restarts == 0


def test_four_threads_share_one_engine(talker: EngineClient, make_picture: MakePicture) -> None:
    views: list[int] = []
    pictures = [make_picture(64, 64), make_picture(900, 450)] * 2
    threads = [
        threading.Thread(target=lambda picture=picture: views.append(talker.describe(picture).views))
        for picture in pictures
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(views) == [1, 1, 3, 3]


@pytest.mark.parametrize("most", [1, 4, 10])
def test_no_more_views_than_asked_for(talker: EngineClient, make_picture: MakePicture, most: int) -> None:
    assert talker.describe(make_picture(1344, 1344), max_views=most).views <= most


def test_a_broken_model_is_a_sentence_at_start(tiny: Tiny, tmp_path: Path) -> None:
    files = ModelFiles("random-2", tiny("2").text, str(tmp_path / "gone.gguf"))
    with closing(EngineClient(Setup(files))) as client, pytest.raises(ModelUnusable, match=r"gone\.gguf is not there"):
        client.start()


def test_pictures_without_pixels_are_refused_without_a_child(talker: EngineClient) -> None:
    with pytest.raises(PictureUnusable):
        talker.ask([Picture(0, 0, b"")], "Who?")
    assert not talker.status.running


def test_an_engine_without_a_reader_says_so(talker: EngineClient, make_picture: MakePicture) -> None:
    with pytest.raises(EngineError, match="not set up to read"):
        talker.read(make_picture(8, 8))
