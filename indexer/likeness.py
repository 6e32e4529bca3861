"""Finds photos that look alike: copies at another size, edits, and the frames of a burst.

A photo's look is 64 bits: whether each of the lowest frequencies of its brightness lies above their median (pHash:
Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash Functions", section 3.2.1).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ALIKE_BITS = 6  # that may differ: of 62 samples and photographs no two others differ in fewer than 10

_SIDE_PX, _FREQUENCIES = 32, 8
_BANDS = ALIKE_BITS + 1  # of looks that differ in fewer bits than there are bands, one band is the same
_AT_A_TIME = 1 << 20  # pairs compared at once

Looks = NDArray[np.uint64]


def look(image: Image.Image) -> int:
    """The 64 bits of a picture of any size and mode."""
    small = image.convert("L").resize((_SIDE_PX, _SIDE_PX), Image.Resampling.LANCZOS)
    pixels = np.asarray(small, np.float64)
    frequencies = (_COSINES @ pixels @ _COSINES.T).ravel()
    bits = frequencies > np.median(frequencies[1:])  # without the first, which is the mean brightness
    return int(np.packbits(bits).view(">u8")[0])


def alike(looks: Sequence[int]) -> list[list[int]]:
    """Groups of those that look alike, directly or through others, as indices in order; none of one alone."""
    leader = list(range(len(looks)))

    def led_by(index: int) -> int:
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    for one, other in _pairs(np.array(looks, np.uint64)):
        first, second = sorted((led_by(one), led_by(other)))
        leader[second] = first
    groups: dict[int, list[int]] = defaultdict(list)
    for index in range(len(looks)):
        groups[led_by(index)].append(index)
    return [group for group in groups.values() if len(group) > 1]


def _cosines() -> NDArray[np.float64]:
    """The first rows of the discrete cosine transform (DCT-II)."""
    places = np.arange(_SIDE_PX) + 0.5
    return np.cos(np.pi / _SIDE_PX * np.outer(np.arange(_FREQUENCIES), places))


_COSINES = _cosines()


def _pairs(looks: Looks) -> Iterator[tuple[int, int]]:
    """Those that differ in few enough bits; a pair may come more than once."""
    for start, stop in _bands():
        band = (looks >> np.uint64(start)) & np.uint64((1 << (stop - start)) - 1)
        order = np.argsort(band, kind="stable")
        for bucket in np.split(order, np.flatnonzero(np.diff(band[order])) + 1):
            yield from _near(looks, bucket)


def _bands() -> Iterator[tuple[int, int]]:
    """From which bit to which each band goes."""
    edges = [round(64 * band / _BANDS) for band in range(_BANDS + 1)]
    return pairwise(edges)


def _near(looks: Looks, bucket: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    rows = max(1, _AT_A_TIME // max(1, len(bucket)))
    for first in range(0, len(bucket), rows):
        some = bucket[first : first + rows]
        differing = np.bitwise_count(looks[some][:, None] ^ looks[bucket][None])
        for row, column in np.argwhere(differing <= ALIKE_BITS):
            one, other = int(some[row]), int(bucket[column])
            if one < other:
                yield one, other
