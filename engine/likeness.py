"""What a model makes of a picture in one vector, by which it can be told which pictures are like one another."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

SIZE = 256


def vector(rows: NDArray[np.float32]) -> bytes:
    """The mean of a view's embeddings (tokens x embedding size), of length one: SIZE numbers as float16.

    Larger embeddings are projected at random, always alike, which keeps angles (Johnson and Lindenstrauss 1984).
    """
    mean = rows.mean(axis=0)
    if len(mean) > SIZE:
        mean = mean @ _projection(len(mean))
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float16).tobytes()


@functools.cache
def _projection(size: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).standard_normal((size, SIZE), np.float32)
