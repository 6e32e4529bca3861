from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import msgspec
import psutil
import pytest

from engine.child import Child
from engine.errors import Cancelled, ContextFull, EngineCrashed, EngineError, ModelUnusable
from engine.messages import Answered, Ask, Cancel, Failed, Picture, Ready, Setup, Token
from engine.wire import read_frame, write_frame

NOTHING = Picture(0, 0, b"")


@pytest.fixture(autouse=True)
def _children_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "children"))


@pytest.fixture
def child() -> Iterator[Child]:
    with closing(Child("echo_child", Setup(), Token | Answered, hang_s=30)) as child:
        yield child


def say(child: Child, words: str, cancel: threading.Event | None = None) -> list[str]:
    said: list[str] = []
    replies = child.stream(lambda number: Ask(number, (NOTHING,), words, begun=" ".join(said)), cancel=cancel)
    said.extend(reply.text for reply in replies if isinstance(reply, Token))
    return said


def test_pieces_come_in_order_then_the_whole(child: Child) -> None:
    *pieces, last = child.stream(lambda number: Ask(number, (NOTHING,), "one two"))
    assert [piece.text for piece in pieces] == ["one", "two"]
    assert last == Answered(pieces[0].id, "one two", tokens=2, seconds=0.0, complete=True)


def test_start_tells_what_it_holds_and_that_it_is_confined(child: Child) -> None:
    ready = child.start()
    assert ready.model == "echo"
    assert ready.sandboxed == (sys.platform == "linux")
    assert child.ready == ready
    assert child.memory_bytes > 1_000_000


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")
def test_the_kernel_confirms_the_sandbox_for_every_thread(child: Child) -> None:
    child.start()
    for thread in Path(f"/proc/{child.pid}/task").iterdir():
        status = (thread / "status").read_text()
        assert "Seccomp:\t2" in status
        assert "NoNewPrivs:\t1" in status


def test_what_libraries_print_does_not_break_frames(child: Child) -> None:
    assert say(child, "print hello") == ["print", "hello"]


def test_a_death_costs_a_restart_and_what_was_said_need_not_be_said_twice(child: Child, tmp_path: Path) -> None:
    assert say(child, f"one die-once:{tmp_path}/died two") == ["one", f"die-once:{tmp_path}/died", "two"]
    assert child.restarts == 1


def test_the_second_death_over_one_request_is_a_crash(child: Child) -> None:
    with pytest.raises(EngineCrashed, match="exit status 7; the last words"):
        say(child, "die")
    assert say(child, "still here") == ["still", "here"]


def test_a_child_killed_from_outside_is_replaced(child: Child) -> None:
    child.start()
    first = child.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert say(child, "hello") == ["hello"]
    assert child.pid != first


def test_what_others_wait_for_survives_a_death(child: Child) -> None:
    answers: list[list[str]] = []
    waiting = child.stream(lambda number: Ask(number, (NOTHING,), "first second"))
    next(waiting)
    threads = [threading.Thread(target=lambda: answers.append(say(child, "a b c"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    for thread in threads:
        thread.join()
    assert answers == [["a", "b", "c"]] * 4
    assert [reply.text for reply in waiting][-2:] == ["second", "first second"]  # it may say again what it had said


def test_what_is_fatal_takes_nothing_else_with_it(child: Child) -> None:
    with ThreadPoolExecutor(9) as threads:
        fatal = threads.submit(say, child, "die")
        others = [threads.submit(say, child, "a b c") for _ in range(8)]
        with pytest.raises(EngineCrashed):
            fatal.result()
        assert [other.result() for other in others] == [["a", "b", "c"]] * 8


def test_what_hangs_is_found_among_what_waits_behind_it() -> None:
    with closing(Child("echo_child", Setup(), Token | Answered, hang_s=0.5)) as child, ThreadPoolExecutor(4) as threads:
        child.start()
        fatal = threads.submit(say, child, "hang")
        others = [threads.submit(say, child, "a b") for _ in range(3)]
        with pytest.raises(EngineCrashed, match="said nothing"):
            fatal.result()
        assert [other.result() for other in others] == [["a", "b"]] * 3


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills as POSIX does")
def test_ends_by_somebody_elses_hand_are_borne_longer_but_not_for_ever(
    child: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.process._BLAME_FOR_AN_END_BY_OTHERS", 0.4)  # five instead of twenty
    patient = f"killed:4:{tmp_path}/some"
    assert say(child, patient) == [patient]
    assert child.restarts == 4
    with pytest.raises(EngineCrashed, match="signal 9"):
        say(child, f"killed:9:{tmp_path}/many")


def test_a_child_that_leaks_is_replaced_between_requests() -> None:
    with closing(Child("echo_child", Setup(), Token | Answered, most_growth_bytes=60_000_000)) as child:
        with ThreadPoolExecutor(3) as threads:
            answers = list(threads.map(lambda _: say(child, "leak:10"), range(40)))
        assert answers == [["leak:10"]] * 40
        assert child.recycled in (1, 2)
        assert child.restarts == 0


def test_a_child_that_only_holds_more_for_a_while_is_kept() -> None:
    with closing(Child("echo_child", Setup(), Token | Answered, most_growth_bytes=60_000_000)) as child:
        for _round in range(4):
            for words in ["hold:1"] * 7 + ["hold:150"] * 7:
                say(child, words)
        assert child.recycled == 0


def test_a_child_to_be_replaced_answers_first_what_it_was_asked_and_what_is_urgent() -> None:
    with (
        closing(Child("echo_child", Setup(), Token | Answered, most_growth_bytes=60_000_000)) as child,
        ThreadPoolExecutor(3) as threads,
    ):
        for words in ["leak:0"] * 8 + ["leak:100"] * 7:
            say(child, words)
        grows = child.stream(lambda number: Ask(number, (NOTHING,), "leak:100 nap:1"))
        next(grows)
        asked_before = threads.submit(say, child, "nap:1")
        list(grows)
        patient = threads.submit(say, child, "patient")
        question = child.call(lambda number: Ask(number, (NOTHING,), ""), Answered, urgent=True)
        assert (question.complete, asked_before.result(), child.recycled) == (True, ["nap:1"], 0)
        assert (patient.result(), child.recycled) == (["patient"], 1)


def test_silence_is_ended() -> None:
    with closing(Child("echo_child", Setup(), Token | Answered, hang_s=0.3)) as child:
        child.start()
        with pytest.raises(EngineCrashed, match="said nothing"):
            say(child, "hang")


def test_garbage_in_the_frames_ends_the_child(child: Child) -> None:
    with pytest.raises(EngineCrashed):
        say(child, "garbage wait")


def test_cancelling_returns_at_once_and_frees_the_child(child: Child) -> None:
    cancel = threading.Event()
    replies = child.stream(lambda number: Ask(number, (NOTHING,), "now wait after"), cancel=cancel)
    next(replies)
    cancel.set()
    with pytest.raises(Cancelled):
        list(replies)
    assert say(child, "next") == ["next"]
    assert child.restarts == 0


def test_a_stream_that_is_dropped_is_cancelled(child: Child) -> None:
    replies = child.stream(lambda number: Ask(number, (NOTHING,), "now wait"))
    next(replies)
    replies.close()
    assert say(child, "next") == ["next"]


def test_the_urgent_goes_before_the_waiting() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "echo_child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        decoder = msgspec.msgpack.Decoder(Ready | Token | Answered | Failed)
        write_frame(process.stdin, Setup())
        write_frame(process.stdin, Ask(1, (NOTHING,), "now wait"))
        assert isinstance(read_frame(process.stdout, decoder), Ready)
        assert read_frame(process.stdout, decoder) == Token(1, "now")
        for message in (Ask(2, (NOTHING,), "patient"), Ask(3, (NOTHING,), "urgent"), Cancel(1)):
            write_frame(process.stdin, message)
        replies = [read_frame(process.stdout, decoder) for _ in range(5)]
        assert [reply.id for reply in replies if not isinstance(reply, Token)] == [1, 3, 2]
        process.stdin.close()


def test_failures_keep_their_kind_and_sentence(child: Child) -> None:
    with pytest.raises(ContextFull, match="That is too much"):
        say(child, "too-much")


def test_what_cannot_be_sent_costs_no_child(child: Child) -> None:
    with pytest.raises(UnicodeEncodeError):
        say(child, "half a character: \ud800")
    assert say(child, "next") == ["next"]
    assert child.restarts == 0


def test_a_fault_of_ours_fails_one_request_only(child: Child) -> None:
    with pytest.raises(EngineError, match="ZeroDivisionError"):
        say(child, "fault")
    assert say(child, "next") == ["next"]
    assert child.restarts == 0


def test_a_child_that_cannot_start_says_why() -> None:
    with closing(Child("echo_child", Setup(threads=13), Token | Answered)) as child:
        with pytest.raises(ModelUnusable, match="unlucky"):
            child.start()
        with pytest.raises(ModelUnusable, match="unlucky"):
            say(child, "hello")


def test_a_child_that_dies_starting_is_a_crash() -> None:
    with closing(Child("echo_child", Setup(threads=14), Token | Answered)) as child:
        with pytest.raises(EngineCrashed, match="exit status 3"):
            child.start()
        with pytest.raises(EngineCrashed, match="exit status 3"):
            say(child, "hello")


def test_closing_ends_the_process_and_those_who_wait(child: Child) -> None:
    replies = child.stream(lambda number: Ask(number, (NOTHING,), "now wait"))
    next(replies)
    process = psutil.Process(child.pid)
    closer = threading.Thread(target=child.close)
    closer.start()
    with pytest.raises(Cancelled):
        list(replies)
    closer.join()
    assert not process.is_running()
    with pytest.raises(Cancelled):
        child.start()


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="stops the child as POSIX does")
def test_closing_does_not_wait_for_a_child_that_no_longer_reads(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.process._GOODBYE_S", 0.1)
    child.start()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGSTOP)
    large = Picture(1000, 1000, bytes(3_000_000))
    outcome: list[BaseException] = []

    def send() -> None:
        try:
            list(child.stream(lambda number: Ask(number, (large,), "hello")))
        except EngineError as error:
            outcome.append(error)

    sender = threading.Thread(target=send)
    sender.start()
    child.close()
    sender.join()
    assert [type(error) for error in outcome] == [Cancelled]
