"""An engine that is killed again and again at random moments loses no request and confuses none."""

from __future__ import annotations

import itertools
import logging
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psutil
import pytest

from engine.client import EngineClient
from engine.messages import ModelFiles, Picture, Setup

Tiny = Callable[[str], ModelFiles]
MakePicture = Callable[[int, int], Picture]
Request = Callable[[EngineClient], object]

_log = logging.getLogger(__name__)

SENDERS = 6
PIECES = 40  # of an answer, at most
LONGEST_LIFE = 2.5  # of a process, in times that it takes to start
MOST_DEATHS_AT_START = 3  # in a row: with five, the client rightly takes it for a child that cannot start


def requests(make_picture: MakePicture) -> list[Request]:
    small, wide = make_picture(64, 64), make_picture(500, 300)

    def describe(picture: Picture) -> Request:
        def request(client: EngineClient) -> object:
            seen = client.describe(picture, max_views=2)
            return seen.kind, seen.caption, seen.tags, seen.text, seen.views

        return request

    return [
        describe(small),
        describe(wide),
        lambda client: any(itertools.islice(client.ask([small], "Who?"), PIECES)),  # what it says is left to chance
        lambda client: any(itertools.islice(client.ask([wide], "Where?"), PIECES)),
        lambda client: client.read(wide).reading,
    ]


class Killer:
    """Kills each process of a client's at some moment of its life, also while it starts."""

    def __init__(self, client: EngineClient, seed: int, longest_life_s: float) -> None:
        self._client = client
        self._longest_life_s = longest_life_s
        self._random = random.Random(seed)
        self.kills = 0
        self.at_start = 0

    def kill(self, times: int) -> None:
        at_start_in_a_row = 0
        for pid in itertools.islice(self._pids(), times):
            if at_start_in_a_row == MOST_DEATHS_AT_START:
                self._until(lambda: self._client.status.model is not None)
            time.sleep(self._random.uniform(0, self._longest_life_s))
            starting = self._client.status.model is None
            psutil.Process(pid).kill()
            at_start_in_a_row = at_start_in_a_row + 1 if starting else 0
            self.kills += 1
            self.at_start += starting
            _log.info("kill %d, %d while it started", self.kills, self.at_start)

    def _pids(self) -> Iterator[int]:
        """Each new process."""
        last = None
        while True:
            self._until(lambda: self._client.status.pid not in (None, last))  # noqa: B023 (called at once)
            last = self._client.status.pid
            if last is not None:
                yield last

    @staticmethod
    def _until(wanted: Callable[[], bool]) -> None:
        while not wanted():
            time.sleep(0.005)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills as POSIX does")
@pytest.mark.parametrize(
    "kills", [10, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])], ids=lambda kills: f"{kills}"
)
def test_kills_at_random_moments_lose_no_request(tiny: Tiny, make_picture: MakePicture, kills: int) -> None:
    some = requests(make_picture)
    with closing(EngineClient(Setup(tiny("5"), reader=True, threads=1))) as client:
        started_at = time.monotonic()
        client.start()
        longest_life_s = LONGEST_LIFE * (time.monotonic() - started_at)
        right = [request(client) for request in some]
    with closing(EngineClient(Setup(tiny("5"), reader=True, threads=1))) as client:
        killer = Killer(client, seed=kills, longest_life_s=longest_life_s)
        over = threading.Event()

        def send(first: int) -> int:
            """Asks in turn until there are kills enough, and says how many answers came."""
            for count in itertools.count():
                number = (first + count) % len(some)
                assert some[number](client) == right[number]
                if over.is_set():
                    return count + 1
            raise AssertionError

        with ThreadPoolExecutor(SENDERS) as threads:
            answers = [threads.submit(send, first) for first in range(SENDERS)]
            try:
                client.start()
                killer.kill(kills)
            finally:
                over.set()
            answered = sum(answer.result() for answer in answers)
        assert client.status.restarts == kills
    assert answered >= kills // 4
    _log.info("%d answers, none wrong, none lost", answered)
