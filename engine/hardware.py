"""What this machine has to think with: cores, memory, instruction sets, and what llama.cpp can use of it."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import psutil

_CPUS = Path("/sys/devices/system/cpu")


@dataclass(frozen=True)
class Hardware:
    """`instructions`: the instruction sets llama.cpp was built for; `accelerators`: what else it may compute on."""

    system: str
    processor: str
    usable_cores: int
    memory_bytes: int
    free_memory_bytes: int
    instructions: tuple[str, ...]
    accelerators: tuple[str, ...]


def survey() -> Hardware:
    """Looks at this machine. Loads llama.cpp. Raises ModelUnusable where that cannot be loaded."""
    from engine.llama import devices

    return Hardware(
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        processor=processor(),
        usable_cores=usable_cores(),
        memory_bytes=psutil.virtual_memory().total,
        free_memory_bytes=free_memory_bytes(),
        instructions=devices.instructions(),
        accelerators=devices.accelerators(),
    )


def free_memory_bytes() -> int:
    """What programs may still take without others having to give way."""
    return int(psutil.virtual_memory().available)


def usable_cores() -> int:
    """Physical cores this process may run on: the best number of threads for a language model."""
    if not hasattr(os, "sched_getaffinity"):
        return psutil.cpu_count(logical=False) or os.cpu_count() or 1
    return len({_core_of(number) for number in os.sched_getaffinity(0)})


def usable_processors() -> int:
    """Logical processors this process may run on: of some cores, several."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _core_of(number: int) -> tuple[str, str]:
    """Which core of which socket a logical processor is; itself where the system does not say."""
    topology = _CPUS / f"cpu{number}" / "topology"
    try:
        return (topology / "physical_package_id").read_text(), (topology / "core_id").read_text()
    except OSError:
        return "", str(number)


def processor() -> str:
    """What the maker calls it, or its architecture where the system does not say."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
