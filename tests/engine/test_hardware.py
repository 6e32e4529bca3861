from __future__ import annotations

import os

import pytest

from engine.hardware import survey, usable_cores


def test_the_survey_finds_this_machine() -> None:
    machine = survey()
    assert 1 <= machine.usable_cores <= (os.cpu_count() or 1)
    assert machine.memory_bytes > machine.free_memory_bytes > 0
    assert machine.processor
    assert machine.instructions


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs processor affinity")
def test_only_the_cores_the_process_may_use_count() -> None:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)
