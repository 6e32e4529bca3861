"""Cameras are told from the words around them, and from what else is called so."""

from __future__ import annotations

import pytest

from indexer import cameras, language


@pytest.mark.parametrize(
    ("code", "question", "names"),
    [
        ("en", "photos taken with my Canon EOS 5D", ["canon eos 5d"]),
        ("en", "iPhone photos", ["iphone"]),
        ("en", "iphone 12 pro max pictures", ["iphone 12 pro max"]),
        ("en", "Sony DSC-RX100", ["sony dsc rx100"]),
        ("en", "Nikon or Canon", ["nikon", "canon"]),
        ("en", "iPhone photos of 2020", ["iphone"]),
        ("en", "an iPhone 2020", ["iphone"]),
        ("en", "Pixel 7 photos", ["pixel 7"]),
        ("en", "apples in a galaxy of pixels", []),
        ("hu", "iPhonenal készült képek", ["iphone"]),
        ("ru", "снято на айфон", ["iphone"]),
        ("ja", "キヤノンで撮った写真", ["canon"]),
        ("zh", "用佳能 EOS 5D 拍的", ["canon eos 5d"]),
        ("ko", "아이폰으로 찍은 사진", ["iphone"]),
    ],
)
def test_cameras_are_found_in_questions(code: str, question: str, names: list[str]) -> None:
    assert [named.name for named in cameras.find(language.words(question), code)] == names
