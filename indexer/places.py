"""Names the place where a photo was taken, and finds the places a question names; offline."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xxhash
from numpy.typing import NDArray

from indexer.library.types import Place

_ASSET = Path(__file__).resolve().parents[1] / "assets" / "places" / "places.npz"
_EARTH_RADIUS_KM = 6371.0
_TOWN_KM = 60.0  # farther out, only the country is named
_COUNTRY_KM = 250.0  # farther out is the open sea
# A town reaches as far as the square root of its people: 2 million 11 km, 50,000 under 2.
_REACH_KM = 0.008


def key(name: str) -> int:
    """The 64-bit number that a normalised name is looked up by."""
    return xxhash.xxh3_64_intdigest(name.encode())


@dataclass(frozen=True)
class _Towns:
    """The towns of the world, the largest first: coordinates in degrees, and the sorted keys of their names."""

    latitude: NDArray[np.float32]
    longitude: NDArray[np.float32]
    reach_km: NDArray[np.float64]
    population: NDArray[np.uint32]
    name: list[str]
    region: list[str]
    country_code: list[str]
    key: NDArray[np.uint64]
    owner: NDArray[np.uint32]

    def place(self, index: int) -> Place:
        return Place(
            self.name[index],
            self.region[index],
            self.country_code[index],
            float(self.latitude[index]),
            float(self.longitude[index]),
        )

    def named(self, name: str) -> int | None:
        """The town that a normalised name most likely means."""
        at = int(np.searchsorted(self.key, np.uint64(key(name))))
        return int(self.owner[at]) if at < len(self.key) and self.key[at] == key(name) else None


@functools.cache
def _towns() -> _Towns:
    with np.load(_ASSET) as stored:
        regions, codes = _lines(stored["region_name"]), _lines(stored["country_code"])
        return _Towns(
            latitude=stored["latitude"],
            longitude=stored["longitude"],
            reach_km=_REACH_KM * np.sqrt(stored["population"]),
            population=stored["population"],
            name=_lines(stored["name"]),
            region=[regions[index] for index in stored["region"]],
            country_code=[codes[index] for index in stored["country"]],
            key=stored["key"],
            owner=stored["owner"],
        )


def _lines(stored: NDArray[np.uint8]) -> list[str]:
    return stored.tobytes().decode().split("\n")


def nearest(latitude: float, longitude: float) -> Place | None:
    """The town whose reach the point is deepest in or closest to; far from any only its country; None at sea.

    Degrees, north and east positive; coordinates that are no point on Earth are nowhere. The place returned keeps the
    point's own coordinates.
    """
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        return None
    towns = _towns()
    distance_km = _distance_km(latitude, longitude, towns.latitude, towns.longitude)
    index = int(np.argmin(distance_km - towns.reach_km))
    if distance_km[index] > _COUNTRY_KM:
        return None
    town = towns.place(index)
    is_near = distance_km[index] <= _TOWN_KM
    return Place(town.city if is_near else "", town.region if is_near else "", town.country_code, latitude, longitude)


def _distance_km(
    latitude: float, longitude: float, latitudes: NDArray[np.float32], longitudes: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Along the great circle, by the haversine formula."""
    here, there = np.radians(latitude), np.radians(latitudes.astype(np.float64))
    across = np.radians(longitudes.astype(np.float64) - longitude)
    half = np.sin((there - here) / 2) ** 2 + np.cos(here) * np.cos(there) * np.sin(across / 2) ** 2
    distance_km: NDArray[np.float64] = 2 * _EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(half, 1)))
    return distance_km
