from __future__ import annotations

import pytest

from engine.hardware import Hardware
from engine.recommendation import recommend


def machine(memory_gb: float, cores: int, *accelerators: str) -> Hardware:
    memory_bytes = int(memory_gb * 1e9)
    return Hardware("Linux", "processor", cores, memory_bytes, memory_bytes // 2, (), accelerators)


@pytest.mark.parametrize(
    ("here", "name"),
    [
        (machine(2, 2), "pocket"),
        (machine(4, 2), "pocket"),
        (machine(8, 2), "minicpm-v-4.6"),
        (machine(8, 4), "minicpm-v-4"),
        (machine(16, 4), "minicpm-v-4"),
        (machine(16, 2, "CUDA0"), "minicpm-v-4.5"),
        (machine(32, 16), "minicpm-v-4.5"),
        (machine(6, 16, "CUDA0"), "minicpm-v-4.6"),
    ],
)
def test_the_best_that_fits_is_recommended(here: Hardware, name: str) -> None:
    assert recommend(here).name == name


def test_the_sentence_says_what_is_in_the_way_of_better_ones() -> None:
    assert recommend(machine(8, 2)).why == (
        "MiniCPM-V 4.6 needs 2.4 GB of the 8.0 GB here; MiniCPM-V 4.5 would need 10.3 GB, with 2.0 GB left for the "
        "rest; MiniCPM-V 4.0 would need a graphics card or 4 cores, and here are 2."
    )
    assert recommend(machine(32, 16)).why == "MiniCPM-V 4.5 needs 10.3 GB of the 32.0 GB here."
