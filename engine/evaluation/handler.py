"""The baseline of every claim: llama-cpp-python's own MTMDChatHandler, defaults, one photo after another.

A program of its own, so that its memory and threads are its own: `python -m engine.evaluation.handler TEXT VISION
THREADS` answers each Question, a line of JSON on stdin, with a Shot, a line of JSON on stdout.
"""

from __future__ import annotations

import base64
import os
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from engine.messages import Turn

# ChatML, for files that bring no template, as those of random weights; the pictures' markup is mtmd's.
_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{% if message.content is string %}"
    "{{ message.content }}{% else %}{% for part in message.content %}{{ part.text }}{% endfor %}{% endif %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


class Question(msgspec.Struct, frozen=True):
    """A question about a photo, after earlier turns about it, to be answered with `tokens` tokens.

    The handler adds up to three where it would end within a character.
    """

    photo: str
    text: str
    tokens: int
    history: tuple[Turn, ...] = ()


class Shot(msgspec.Struct, frozen=True):
    """One answer: seconds from the JPEG file to the last token, views looked at, tokens generated."""

    seconds: float
    views: int
    tokens: int


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what llama.cpp prints must not mix with the answers
    text, vision, threads = sys.argv[1:]
    ask = opened(text, vision, int(threads))
    for line in sys.stdin.buffer:
        answers.write(msgspec.json.encode(ask(msgspec.json.decode(line, type=Question))) + b"\n")


def opened(text: str, vision: str, threads: int) -> Any:
    """Loads the model and returns what answers a Question, going on past any end of the answer."""
    from llama_cpp import Llama, llama_cpp
    from llama_cpp.llama_chat_format import MTMDChatHandler

    llama_cpp.llama_vocab_is_eog = lambda _vocabulary, _token: False
    handler = MTMDChatHandler(vision, verbose=False)
    handler._mtmd_cpp = counted = _CountedViews(handler._mtmd_cpp)
    llama = Llama(text, chat_handler=handler, n_ctx=4096, n_threads=threads, verbose=False)
    llama.metadata.setdefault("tokenizer.chat_template", _TEMPLATE)

    def ask(question: Question) -> Shot:
        started, views = time.monotonic(), counted.views
        answer = llama.create_chat_completion(_messages(question), max_tokens=question.tokens, temperature=0)
        seconds = time.monotonic() - started
        return Shot(seconds, counted.views - views, answer["usage"]["completion_tokens"])

    return ask


class _CountedViews:
    """llama.cpp's mtmd, counting the views it evaluates."""

    def __init__(self, mtmd: Any) -> None:
        self._mtmd = mtmd
        self.views = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mtmd, name)

    def mtmd_helper_eval_chunk_single(self, *arguments: Any) -> Any:
        self.views += 1
        return self._mtmd.mtmd_helper_eval_chunk_single(*arguments)


def _messages(question: Question) -> list[dict[str, Any]]:
    turns = [*question.history, Turn("user", question.text)]
    messages: list[dict[str, Any]] = [{"role": turn.role, "content": turn.text} for turn in turns]
    url = "data:image/jpeg;base64," + base64.b64encode(Path(question.photo).read_bytes()).decode()
    picture = {"type": "image_url", "image_url": {"url": url}}
    messages[0]["content"] = [picture, {"type": "text", "text": turns[0].text}]
    return messages


if __name__ == "__main__":
    main()
