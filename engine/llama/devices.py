"""What llama.cpp was built for and can compute on."""

from __future__ import annotations

import re

from engine.llama import library


def instructions() -> tuple[str, ...]:
    """The instruction sets and features the build uses, such as AVX2 or NEON."""
    library.load()
    from llama_cpp import llama_cpp

    return tuple(re.findall(r"(\w+) = 1", llama_cpp.llama_print_system_info().decode()))


def accelerators() -> tuple[str, ...]:
    """What besides the processor it can put weights on: "GPU" where it was built with such a back end and finds one."""
    library.load()
    from llama_cpp import llama_cpp

    return ("GPU",) if llama_cpp.llama_supports_gpu_offload() else ()
