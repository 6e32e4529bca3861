"""A result as lines for a person; the figures are those of its JSON."""

from __future__ import annotations

from collections.abc import Iterator

from engine.evaluation.bench import Result
from engine.evaluation.floors import Floor
from engine.evaluation.levers import Lever
from engine.evaluation.memory import PeakMemory
from engine.evaluation.speed import Speed
from engine.evaluation.waiting import Busy, ChatWhileIndexing, SecondQuestion


def lines(result: Result) -> Iterator[str]:
    machine, engine = result.machine, result.engine
    yield f"{result.model} on {machine.processor}, {machine.cores} cores, {machine.memory_bytes / 1e9:.0f} GB"
    yield (
        f"{machine.peaks.operations_per_s / 1e9:,.0f} GFLOPS of float32, "
        f"{machine.peaks.bytes_per_s / 1e9:.0f} GB/s read from memory"
    )
    yield f"Vision on {engine.tower}; {_configuration(result)}; {engine.at_once} photos at once"
    yield f"The handler has {result.handler_threads} threads, and its defaults otherwise"
    if result.photos:
        yield from _speed("Photos an hour, a mixed set", result.photos)
    if result.same_views:
        yield from _speed("Photos an hour, the same views", result.same_views)
    if result.second_question:
        yield from _second_question(result.second_question)
    if result.memory:
        yield from _memory("Peak memory, and how much of it maps no file", result.memory)
    if result.memory_in_turn:
        yield from _memory("Peak memory, vision and language loaded in turn", result.memory_in_turn)
    if result.chat_while_indexing:
        yield from _chat(result.chat_while_indexing)
    if result.levers:
        yield from _levers(result.levers)


def _configuration(result: Result) -> str:
    chosen = result.engine.configuration
    if chosen is None:
        return "the configuration is llama.cpp's own"
    repacked = "repacked" if chosen.repack else "weights as in the file"
    attention = "flash attention" if chosen.flash_attention else "plain attention"
    return f"{chosen.threads} threads, {repacked}, {attention}, keys and values in {chosen.kv}"


def _speed(title: str, speed: Speed) -> Iterator[str]:
    yield ""
    yield f"{title}: {speed.photos} photos, {speed.documents} of them documents, {len(speed.ratios)} rounds, medians"
    for name, pace in (("Tintype", speed.tintype), ("Handler", speed.handler)):
        yield f"  {name}  {pace.photos_an_hour:8,.1f} an hour, {pace.views:.1f} views and {pace.tokens:.0f} tokens each"
    rounds = ", ".join(f"{ratio:.2f}" for ratio in speed.ratios)
    yield f"  Ratio    {speed.ratio:8.2f}  ({rounds})"
    if not speed.equal_length:
        yield "  The answers were not of the same length."
    yield from _floor(speed.floor)


def _levers(levers: tuple[Lever, ...]) -> Iterator[str]:
    yield ""
    yield "What each lever gives, on top of those before it"
    for lever in levers:
        yield (
            f"  x {lever.gain:5.2f}  {lever.name}: {lever.photos_an_hour:,.1f} an hour, {lever.views:.1f} views each, "
            f"{lever.ratio:.2f} times the handler"
        )


def _memory(title: str, memory: PeakMemory) -> Iterator[str]:
    yield ""
    yield title
    for name, of in (("Tintype", memory.tintype), ("Handler", memory.handler)):
        yield f"  {name}  {of.peak_bytes / 1e6:8,.0f} MB {of.own_bytes / 1e6:8,.0f} MB"
    yield f"  Ratio    {memory.ratio:8.2f}"


def _second_question(second: SecondQuestion) -> Iterator[str]:
    yield ""
    yield "First token of a second question about the same photo, medians"
    ours, theirs = second.tintype.median_s, second.handler.median_s
    rounds = ", ".join(f"{ratio:.1f}" for ratio in second.ratios)
    yield f"  Tintype {ours:.2f} s, handler {theirs:.2f} s: {second.ratio:.1f} times sooner  ({rounds})"
    yield from _floor(second.floor)


def _chat(chat: ChatWhileIndexing) -> Iterator[str]:
    yield ""
    yield f"First token of a chat while {chat.in_flight} photos are described, against idle"
    fresh = f"a new photo, {chat.views} views"
    for name, busy in ((fresh, chat.fresh), ("a photo asked about before", chat.seen)):
        yield f"  {name}: {_waits(busy)}"
        yield from _floor(busy.floor)


def _waits(busy: Busy) -> str:
    return (
        f"idle {busy.idle.median_s:.2f} s (95%: {busy.idle.p95_s:.2f}), "
        f"indexing {busy.indexing.median_s:.2f} s (95%: {busy.indexing.p95_s:.2f}), ratio {busy.ratio:.2f}"
    )


def _floor(floor: Floor) -> Iterator[str]:
    needed = f"{floor.operations / 1e9:,.0f} GFLOP, {floor.read_bytes / 1e9:.2f} GB read"
    yield f"  Floor    {floor.seconds:8.2f} s: {needed}; {floor.share:.0%} of it reached"
