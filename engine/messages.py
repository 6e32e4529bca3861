"""What is said to the engine's child processes and what they say back: frozen, tagged, MessagePack on two pipes."""

from __future__ import annotations

from typing import Literal

import msgspec


class Picture(msgspec.Struct):
    """Decoded pixels: `rgb` holds height x width x 3 bytes, row by row, upright, in sRGB; none once it is let go."""

    width: int
    height: int
    rgb: bytes

    def let_go(self) -> None:
        """Frees the pixels, whoever still holds the picture."""
        self.rgb = b""


class ModelFiles(msgspec.Struct, frozen=True):
    """A model that lies on this machine: its catalogue name and the absolute paths of its two GGUF files."""

    name: str
    text: str
    vision: str


TowerRuntime = Literal["auto", "onnx", "ggml"]  # "auto": the faster one on this machine, if both agree
Loading = Literal["auto", "together", "in turn"]  # of tower and language model; "auto": together where both have room


class Configuration(msgspec.Struct, frozen=True):
    """How the language model is run on this machine.

    `repack`: its weights are laid out anew for this processor, and the file is not mapped. `kv`: the type in which
    keys and values are kept. `sequences`: how many prompts share a step, and `context_tokens`, all of them together;
    `batch_rows`: the most that they read in one step.
    """

    threads: int
    repack: bool = False
    flash_attention: bool = True
    kv: Literal["f16", "q8_0"] = "f16"
    sequences: int = 8
    context_tokens: int = 8192
    batch_rows: int = 512


class Setup(msgspec.Struct, frozen=True):
    """What a child is to hold: a model that sees and talks, the text reader, or both.

    `recognisers`: paths of further models of the reader (engine.recognisers). `configuration`: None: measured once on
    this machine. `cache`: a folder for what can be made anew, such as vision towers translated for ONNX Runtime and the
    embeddings of up to `kept_bytes` of views; None: nothing is kept, and ggml runs the tower.
    """

    model: ModelFiles | None = None
    reader: bool = False
    recognisers: tuple[str, ...] = ()
    threads: int | None = None  # None: as many as there are physical cores
    configuration: Configuration | None = None
    tower: TowerRuntime = "auto"
    loading: Loading = "auto"
    cache: str | None = None
    kept_bytes: int = 2_000_000_000


class Turn(msgspec.Struct, frozen=True):
    """One earlier message of a conversation."""

    role: Literal["user", "assistant"]
    text: str


# ---- requests; `id` is chosen by the client and echoed in every reply


class Describe(msgspec.Struct, frozen=True, tag=True):
    """Caption, tags, kind and text of a picture, as the model sees it, the prose in `language` (BCP 47).

    `attempt`: 0 for the likeliest words; another number for others, the same for the same number. `verify`: what was
    said is taken apart, and the model asked of each claim whether it is true of the picture.
    """

    id: int
    picture: Picture
    language: str = "en"
    max_views: int = 10
    max_tokens: int = 512
    attempt: int = 0
    verify: bool = False


class Ask(msgspec.Struct, frozen=True, tag=True):
    """A question about any number of pictures, after earlier turns about the same; the answer is streamed.

    `notes`: lines to answer from, the most important first: as many as there is room for. `grammar`: GBNF that the
    answer keeps to, in its likeliest words. `max_views`: of each picture. `begun`: what was answered before the child
    died that was asked first: it goes on from there.
    """

    id: int
    pictures: tuple[Picture, ...]
    question: str
    history: tuple[Turn, ...] = ()
    notes: tuple[str, ...] = ()
    grammar: str = ""
    max_views: int = 10
    max_tokens: int = 512
    begun: str = ""


class Read(msgspec.Struct, frozen=True, tag=True):
    """Every line of text in a picture, by the text reader."""

    id: int
    picture: Picture


class Cancel(msgspec.Struct, frozen=True, tag=True):
    """Ends the request `id` at the next token or view; it is answered by Failed(error="cancelled")."""

    id: int


Request = Describe | Ask | Read | Cancel


# ---- replies


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The child holds what it was set up with. `sandboxed`: a socket was tried and the kernel refused it.

    `tower`: what the model's vision tower runs on. `at_once`: how many requests are best in flight together.
    """

    model: str | None
    reader: str | None
    sandboxed: bool
    load_s: float
    tower: str | None = None
    configuration: Configuration | None = None
    loading: Loading | None = None
    at_once: int = 1


class Working(msgspec.Struct, frozen=True, tag=True):
    """One more view or token of `id` is done: tells a child that is slow from one that hangs."""

    id: int


class Token(msgspec.Struct, frozen=True, tag=True):
    """The next piece of a streamed answer: whole characters, never half of one."""

    id: int
    text: str


class Thing(msgspec.Struct, frozen=True):
    """So many of one sort and colour that are in a picture, in English."""

    name: str
    count: int
    colour: str


class Claim(msgspec.Struct, frozen=True):
    """One thing that was said of a picture. `likely`: how likely the model, asked by itself, holds it to be true."""

    text: str
    likely: float

    @property
    def is_held(self) -> bool:
        """Whether the model stands by it."""
        return self.likely >= 0.5


class Described(msgspec.Struct, frozen=True, tag=True):
    """What the model said of a picture. A field that the model does not produce is empty.

    `confidence`: probability of `kind` among all kinds, 0 to 1. `views`: how many the picture was cut into, of
    `all_views` that the model's rule would have cut. `claims`: sentences of the caption and tags or things, where they
    were to be verified. `vector`: how the overview looks to the model (engine.likeness).
    """

    id: int
    caption: str
    tags: tuple[str, ...]
    kind: str
    colour: str
    text: str
    confidence: float
    views: int
    all_views: int
    tokens: int
    seconds: float
    things: tuple[Thing, ...] = ()
    claims: tuple[Claim, ...] = ()
    vector: bytes = b""


class Answered(msgspec.Struct, frozen=True, tag=True):
    """The end of a streamed answer, whole."""

    id: int
    text: str
    tokens: int
    seconds: float
    complete: bool  # False: cut off at max_tokens


Box = tuple[float, float, float, float]  # left, top, right, bottom as fractions of the picture's width and height


class TextLine(msgspec.Struct, frozen=True):
    """A line of text."""

    text: str
    confidence: float
    box: Box


class Reading(msgspec.Struct, frozen=True):
    """The lines read, top to bottom, and where there are more that could not be read: of another script, or blurred."""

    lines: tuple[TextLine, ...]
    unread: tuple[Box, ...] = ()


class TextRead(msgspec.Struct, frozen=True, tag=True):
    """What was read in a picture."""

    id: int
    reading: Reading
    seconds: float


class Failed(msgspec.Struct, frozen=True, tag=True):
    """A request, or with id 0 the child's start, that came to nothing: which error of engine.errors, and why."""

    id: int
    error: str
    message: str


Reply = Ready | Working | Token | Described | Answered | TextRead | Failed
