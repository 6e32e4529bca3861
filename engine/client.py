"""The engine as the rest of Tintype sees it: blocking calls and streams, whatever happens to the child behind them."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Event, Lock

from msgspec.structs import replace

from engine import models, views
from engine.child import Child
from engine.messages import Answered, Ask, Describe, Described, Picture, Read, Ready, Setup, TextRead, Token, Turn
from engine.slicing import SliceRule


@dataclass(frozen=True)
class EngineStatus:
    """What the child is doing right now; `model` and `reader` are None until it is ready.

    `restarts`: after it had died; `recycled`: because it had grown. `at_once`: how many requests are best in flight
    together.
    """

    running: bool
    pid: int | None
    model: str | None
    reader: str | None
    sandboxed: bool
    restarts: int
    memory_bytes: int
    recycled: int = 0
    at_once: int = 1


class EngineClient:
    """Owns one child, which starts with the first request or by start(). Any thread may call it.

    Every call raises EngineError: PictureUnusable, ModelUnusable, ContextFull, NotSandboxed, EngineCrashed where the
    child died or hung twice over this very request, Cancelled at once when `cancel` is set.
    """

    def __init__(self, setup: Setup, *, hang_s: float = 300.0) -> None:
        """`hang_s`: how long the child may be without finishing so much as a view before it is ended."""
        self._setup = setup
        self._hang_s = hang_s
        self._changing = Lock()
        self._closed = False
        self._child = self._new_child()

    def start(self) -> Ready:
        """Starts the child unless it runs, and says what it holds."""
        return self._present_child().start()

    def set_up(self, setup: Setup) -> None:
        """Holds something else from now on: the child ends as in `ended`, and the next request starts one with it."""
        with self.ended():
            self._setup = setup

    @contextmanager
    def ended(self) -> Iterator[None]:
        """For the length of a `with` there is no child: whoever waits for an answer gets Cancelled, and who asks
        meanwhile waits for the next one.
        """
        with self._changing:
            self._child.close()
            try:
                yield
            finally:
                if not self._closed:
                    self._child = self._new_child()

    def describe(
        self,
        picture: Picture,
        *,
        language: str = "en",
        max_views: int = 10,
        attempt: int = 0,
        verify: bool = False,
        cancel: Event | None = None,
    ) -> Described:
        """Caption, tags, kind, colour and text of a picture, as far as the model knows them; see messages.Describe."""
        views.check(picture)
        request = Describe(0, picture, language, max_views, attempt=attempt, verify=verify)
        return self._present_child().call(lambda number: replace(request, id=number), Described, cancel=cancel)

    def ask(
        self,
        pictures: Sequence[Picture],
        question: str,
        *,
        history: Sequence[Turn] = (),
        notes: Sequence[str] = (),
        grammar: str = "",
        max_views: int = 10,
        max_tokens: int = 512,
        cancel: Event | None = None,
    ) -> Generator[str, None, Answered]:
        """Streams the answer (see messages.Ask); the generator returns it whole. Closing the generator cancels."""
        for picture in pictures:
            views.check(picture)
        request = Ask(
            0,
            tuple(pictures),
            _whole(question),
            tuple(replace(turn, text=_whole(turn.text)) for turn in history),
            tuple(map(_whole, notes)),
            grammar,
            max_views,
            max_tokens,
        )
        return streamed(self._present_child(), request, cancel)

    def read(self, picture: Picture, *, cancel: Event | None = None) -> TextRead:
        """Every line of text in a picture."""
        views.check(picture)
        return self._present_child().call(lambda number: Read(number, picture), TextRead, cancel=cancel)

    @property
    def talks(self) -> bool:
        """Whether the model that it is set up with can hold a conversation."""
        model = self._setup.model
        return model is not None and models.spec(model.name).talks

    @property
    def slicing(self) -> SliceRule:
        """How the model that it is set up with cuts pictures."""
        model = self._setup.model
        return SliceRule() if model is None else models.spec(model.name).slicing

    @property
    def status(self) -> EngineStatus:
        child = self._child
        ready = child.ready
        return EngineStatus(
            running=child.running,
            pid=child.pid,
            model=ready.model if ready else None,
            reader=ready.reader if ready else None,
            sandboxed=ready is not None and ready.sandboxed,
            restarts=child.restarts,
            memory_bytes=child.memory_bytes,
            recycled=child.recycled,
            at_once=ready.at_once if ready else 1,
        )

    def close(self) -> None:
        """Ends the child; whoever waits for an answer gets Cancelled."""
        self._closed = True
        self._child.close()

    def _new_child(self) -> Child:
        return Child("engine", self._setup, Token | Described | Answered | TextRead, hang_s=self._hang_s)

    def _present_child(self) -> Child:
        with self._changing:
            return self._child


def streamed(child: Child, request: Ask, cancel: Event | None = None) -> Generator[str, None, Answered]:
    """Streams a child's answer; the generator returns it whole. Where the child dies, a new one goes on with it."""
    said: list[str] = []

    def build(number: int) -> Ask:
        return replace(request, id=number, begun="".join(said))

    with closing(child.stream(build, urgent=True, cancel=cancel)) as replies:
        for reply in replies:
            if isinstance(reply, Token):
                said.append(reply.text)
                yield reply.text
    assert isinstance(reply, Answered)
    return reply


def _whole(text: str) -> str:
    """The text without halves of characters, as some keyboards and file names have them."""
    return text.encode("utf-8", "replace").decode()
