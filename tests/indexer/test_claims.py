from __future__ import annotations

import pytest

from engine.messages import Claim, Thing
from indexer.claims import Said, held


def doubting(*texts: str) -> list[Claim]:
    return [Claim(text, 0.2) for text in texts]


def test_what_the_model_stands_by_stays() -> None:
    said = Said("A dog runs. It is brown.", ("dog", "beach"), (Thing("dog", 1, "brown"),))
    assert held(said, [Claim("A dog runs.", 0.9), Claim("dog", 0.5)]) == said


def test_a_tag_a_thing_and_a_sentence_it_does_not_stand_by_are_left_out() -> None:
    said = Said("A dog runs. A cat sleeps.", ("dog", "cat"), (Thing("dog", 1, "brown"), Thing("cat", 1, "black")))
    assert held(said, doubting("A cat sleeps.", "cat")) == Said(
        "A dog runs.", ("dog",), (Thing("dog", 1, "brown"),), ("A cat sleeps.", "cat")
    )


@pytest.mark.parametrize(
    ("caption", "doubted", "left"),
    [
        ("一只狗在跑。一只猫在睡觉。天是蓝的。", "一只猫在睡觉。", "一只狗在跑。天是蓝的。"),
        ("कुत्ता दौड़ रहा है। बिल्ली सो रही है।", "कुत्ता दौड़ रहा है।", "बिल्ली सो रही है।"),
        ("It costs 3.50 euros. Nobody is there!", "Nobody is there!", "It costs 3.50 euros."),
    ],
)
def test_a_sentence_is_left_out_in_any_script(caption: str, doubted: str, left: str) -> None:
    assert held(Said(caption), doubting(doubted)).caption == left


def test_a_caption_of_which_nothing_would_be_left_stays_and_is_doubtful() -> None:
    said = held(Said("A dog runs.", ("dog",)), doubting("A dog runs."))
    assert said.caption == "A dog runs."
    assert said.is_doubtful
    assert not held(Said("A dog runs. It is brown."), doubting("A dog runs.")).is_doubtful
    assert not Said("").is_doubtful
