"""The baseline of every speed claim: llama-cpp-python's own MTMDChatHandler, defaults, one photo after another.

A program of its own, so that its memory and threads are its own: `python -m engine.evaluation.handler TEXT VISION
MAX_TOKENS JPEG...` prints a HandlerRun as JSON.
"""

from __future__ import annotations

import base64
import os
import sys
import time
from pathlib import Path

import msgspec
import psutil


class HandlerRun(msgspec.Struct, frozen=True):
    """Seconds a photo from question to last token, tokens generated, and the process's memory at its end."""

    seconds: tuple[float, ...]
    tokens: int
    memory_bytes: int


def main() -> None:
    frames_out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what llama.cpp prints must not mix with the result
    text, vision, max_tokens, *photos = sys.argv[1:]
    frames_out.write(msgspec.json.encode(run(text, vision, int(max_tokens), photos)))


def run(text: str, vision: str, max_tokens: int, photos: list[str]) -> HandlerRun:
    from llama_cpp import Llama
    from llama_cpp.llama_chat_format import MTMDChatHandler

    llama = Llama(text, chat_handler=MTMDChatHandler(vision, verbose=False), n_ctx=4096, verbose=False)
    seconds, tokens = [], 0
    for photo in photos:
        url = "data:image/jpeg;base64," + base64.b64encode(Path(photo).read_bytes()).decode()
        content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": "Describe"}]
        started = time.monotonic()
        messages = [{"role": "user", "content": content}]
        answer = llama.create_chat_completion(messages, max_tokens=max_tokens, temperature=0)
        seconds.append(time.monotonic() - started)
        tokens += answer["usage"]["completion_tokens"]
    return HandlerRun(tuple(seconds), tokens, psutil.Process().memory_info().rss)


if __name__ == "__main__":
    main()
