"""What the C library gives back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, re
from engine import heap

def resident_mb():
    return int(re.search(r"^VmRSS:\\s+(\\d+) kB", open("/proc/self/status").read(), re.MULTILINE)[1]) / 1000

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
heap.hold_no_large_blocks()
before = resident_mb()
for _ in range(2):  # after the first one is freed glibc would take the second one from what it keeps
    blocks = [libc.malloc(10_000_000) for _ in range(4)]
    for block in blocks:
        ctypes.memset(block, 1, 10_000_000)
    libc.malloc(100_000)
    for block in blocks:
        libc.free(block)
print(resident_mb() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's heap")
def test_large_blocks_are_given_back_when_they_are_freed() -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert float(ran.stdout) < 5
