"""Chance, of which every picture and every question has a source of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from numpy.random import Generator

Value = TypeVar("Value")


def one_of(rng: Generator, values: Sequence[Value]) -> Value:
    """Each as likely as the others."""
    return values[int(rng.integers(len(values)))]
