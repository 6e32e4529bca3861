from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from indexer.likeness import ALIKE_BITS, alike, look


def clouds(seed: int, size: tuple[int, int] = (160, 120)) -> Image.Image:
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3), np.uint8))
    return coarse.resize(size, Image.Resampling.BICUBIC)


def differing(one: Image.Image, other: Image.Image) -> int:
    return (look(one) ^ look(other)).bit_count()


def test_a_photo_looks_like_itself_smaller_lighter_grey_and_compressed(tmp_path: object) -> None:
    photo = clouds(1)
    photo.save(f"{tmp_path}/a.jpg", quality=40)
    with Image.open(f"{tmp_path}/a.jpg") as compressed:
        for other in (
            photo.resize((90, 70)),
            ImageEnhance.Brightness(photo).enhance(1.15),
            photo.convert("L"),
            compressed,
        ):
            assert differing(photo, other) <= ALIKE_BITS


def test_other_photos_look_otherwise() -> None:
    photos = [clouds(seed) for seed in range(40)]
    assert all(differing(one, other) > 12 for i, one in enumerate(photos) for other in photos[:i])
    assert alike([look(photo) for photo in photos]) == []


def test_one_colour_has_a_look_too() -> None:
    assert look(Image.new("RGBA", (1, 1))) == look(Image.new("1", (900, 3)))


def test_groups_are_found_among_many() -> None:
    rng = np.random.default_rng(0)
    looks = [int(value) for value in rng.integers(0, 1 << 63, 20_000, np.uint64)]
    looks[7] = looks[19_000] ^ 0b101
    looks[400] = looks[19_000] ^ (0b111 << 60)
    assert alike(looks) == [[7, 400, 19_000]]


@given(st.lists(st.integers(0, (1 << 64) - 1), max_size=30), st.data())
def test_groups_are_those_of_comparing_all_with_all(looks: list[int], data: st.DataObject) -> None:
    for index in range(len(looks)):  # random looks are never alike: make some so
        if index and data.draw(st.booleans()):
            flips = data.draw(st.lists(st.integers(0, 63), max_size=8))
            looks[index] = looks[index - 1]
            for bit in flips:
                looks[index] ^= 1 << bit
    group = list(range(len(looks)))
    for one in range(len(looks)):
        for other in range(one):
            if (looks[one] ^ looks[other]).bit_count() <= ALIKE_BITS:
                group = [group[other] if each == group[one] else each for each in group]
    members = [[index for index in range(len(looks)) if group[index] == name] for name in dict.fromkeys(group)]
    assert sorted(alike(looks)) == sorted(each for each in members if len(each) > 1)
