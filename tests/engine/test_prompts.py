from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.messages import Turn
from engine.prompts import CHATML, LLAMA3, POCKET, QWEN3, Dialect, Markup, View, Words, compose
from engine.slicing import Grid, Size, SlicePlan

ONE_VIEW = SlicePlan(Size(448, 448), 64)
SLICED = SlicePlan(Size(448, 448), 64 * 5, Grid(2, 2), Size(448, 448))


def shown(
    dialect: Dialect, plans: Sequence[SlicePlan], question: str, history: tuple[Turn, ...] = (), instruction: str = ""
) -> str:
    """The prompt as one text, views as their numbers in braces, a person's words in guillemets."""
    texts = []
    for part in compose(dialect, plans, question, history, instruction):
        match part:
            case View(index, picture):
                texts.append(f"{{{picture}.{index}}}" if picture else f"{{{index}}}")
            case Words(text):
                texts.append(f"«{text}»")
            case Markup(text):
                texts.append(text)
    return "".join(texts)


@pytest.mark.parametrize(
    ("dialect", "prompt"),
    [
        (
            LLAMA3,
            "<|start_header_id|>user<|end_header_id|>\n\n<image>{0}</image><slice><image>{1}</image><image>{2}</image>\n"
            "<image>{3}</image><image>{4}</image></slice>\n«Who?»<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n",
        ),
        (
            CHATML,
            "<|im_start|>user\n<image_id>0</image_id><image>{0}</image><slice>{1}</slice><slice>{2}</slice>\n"
            "<slice>{3}</slice><slice>{4}</slice>\n«Who?»<|im_end|>\n<|im_start|>assistant\n",
        ),
        (
            QWEN3,
            "<|im_start|>user\n<image_id>0</image_id><image>{0}</image><slice>{1}</slice><slice>{2}</slice>\n"
            "<slice>{3}</slice><slice>{4}</slice>\n«Who?»<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n",
        ),
    ],
)
def test_each_family_is_spoken_to_as_its_authors_do(dialect: Dialect, prompt: str) -> None:
    assert shown(dialect, [SLICED], "Who?") == prompt


def test_the_pocket_model_gets_the_prompt_it_was_trained_on() -> None:
    prompt = "<|im_start|>user\n<image>{0}</image>\n«Describe»<|im_end|>\n<|im_start|>assistant\n"
    assert shown(POCKET, [ONE_VIEW], "Describe") == prompt


def test_the_picture_stands_in_the_first_turn_only() -> None:
    history = (Turn("user", "Who?"), Turn("assistant", "A dog."))
    assert shown(POCKET, [ONE_VIEW], "Which?", history) == (
        "<|im_start|>user\n<image>{0}</image>\n«Who?»<|im_end|>\n"
        "<|im_start|>assistant\n«A dog.»<|im_end|>\n"
        "<|im_start|>user\n«Which?»<|im_end|>\n<|im_start|>assistant\n"
    )


def test_of_several_pictures_each_has_its_number() -> None:
    assert shown(CHATML, [ONE_VIEW, ONE_VIEW], "Which?") == (
        "<|im_start|>user\n<image_id>0</image_id><image>{0}</image>\n<image_id>1</image_id><image>{1.0}</image>\n"
        "«Which?»<|im_end|>\n<|im_start|>assistant\n"
    )


def test_without_a_picture_there_are_only_words() -> None:
    assert shown(CHATML, [], "When?") == "<|im_start|>user\n«When?»<|im_end|>\n<|im_start|>assistant\n"


@pytest.mark.parametrize(
    ("dialect", "opening"),
    [
        (CHATML, "<|im_start|>system\n«As JSON.»<|im_end|>\n<|im_start|>user\n"),
        (
            LLAMA3,
            "<|start_header_id|>system<|end_header_id|>\n\n«As JSON.»<|eot_id|>"
            "<|start_header_id|>user<|end_header_id|>\n\n",
        ),
    ],
)
def test_an_instruction_stands_before_the_picture(dialect: Dialect, opening: str) -> None:
    told = shown(dialect, [ONE_VIEW], "Describe.", instruction="As JSON.")
    assert told == opening + shown(dialect, [ONE_VIEW], "Describe.").removeprefix(dialect.open_user)
