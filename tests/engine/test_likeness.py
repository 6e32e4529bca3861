from __future__ import annotations

import numpy as np
import pytest

from engine.likeness import SIZE, vector

CHANCE = np.random.default_rng(3)


def numbers(made: bytes) -> np.ndarray:
    return np.frombuffer(made, np.float16).astype(np.float32)


@pytest.mark.parametrize("size", [64, SIZE, 1024, 4096])
def test_a_vector_has_length_one_and_at_most_so_many_numbers(size: int) -> None:
    made = numbers(vector(CHANCE.standard_normal((16, size)).astype(np.float32)))
    assert len(made) == min(size, SIZE)
    assert np.linalg.norm(made) == pytest.approx(1, abs=1e-3)


def test_a_projection_keeps_angles() -> None:
    one, other = CHANCE.standard_normal((2, 4096)).astype(np.float32)
    mixed = one + 0.5 * other
    true = mixed @ one / np.linalg.norm(mixed) / np.linalg.norm(one)
    assert numbers(vector(one[None])) @ numbers(vector(mixed[None])) == pytest.approx(true, abs=0.15)


def test_a_view_of_nothing_has_a_vector_too() -> None:
    assert not np.isnan(numbers(vector(np.zeros((16, 64), np.float32)))).any()
