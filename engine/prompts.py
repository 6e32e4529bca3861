"""How each family of MiniCPM-V is spoken to: the markup around turns and around the views of a picture.

Templates: the chat templates and processors that the authors publish with each model. Views stand before the text, one
line break between. Questions have no system prompt: an English one pulls answers into English. Descriptions have one in
the language that is wanted, since what all photos have in common is read only once where it stands before the picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.messages import Turn
from engine.slicing import SlicePlan


@dataclass(frozen=True)
class Markup:
    """Text of ours: <image> and its like are the model's special tokens."""

    text: str


@dataclass(frozen=True)
class Words:
    """Text of a person or a model: taken literally, whatever it looks like."""

    text: str


@dataclass(frozen=True)
class View:
    """The place of a view: 0 is the overview, then the slices row by row; of the first picture, or another."""

    index: int
    picture: int = 0


Part = Markup | Words | View


@dataclass(frozen=True)
class Dialect:
    """The markup of one family. `open_answer` asks for the next answer, `open_assistant` begins an earlier one.

    `before_overview` may hold the picture's {number}. `stops`: the tokens with which it ends an answer.
    """

    open_system: str
    open_user: str
    open_assistant: str
    open_answer: str
    close_turn: str
    before_overview: str = "<image>"
    open_slices: str = ""
    before_slice: str = "<slice>"
    after_slice: str = "</slice>"
    close_slices: str = ""
    stops: tuple[str, ...] = ("<|im_end|>", "<|endoftext|>")


_CHATML = Dialect(
    open_system="<|im_start|>system\n",
    open_user="<|im_start|>user\n",
    open_assistant="<|im_start|>assistant\n",
    open_answer="<|im_start|>assistant\n",
    close_turn="<|im_end|>\n",
)
_NO_THOUGHT = (
    "<think>\n\n</think>\n\n"  # the closed, empty thought that Qwen3's template writes when it is not to think
)

LLAMA3 = Dialect(  # MiniCPM-Llama3-V 2.5
    open_system="<|start_header_id|>system<|end_header_id|>\n\n",
    open_user="<|start_header_id|>user<|end_header_id|>\n\n",
    open_assistant="<|start_header_id|>assistant<|end_header_id|>\n\n",
    open_answer="<|start_header_id|>assistant<|end_header_id|>\n\n",
    close_turn="<|eot_id|>",
    open_slices="<slice>",
    before_slice="<image>",
    after_slice="</image>",
    close_slices="</slice>",
    stops=("<|eot_id|>",),
)
CHATML = replace(_CHATML, before_overview="<image_id>{number}</image_id><image>")  # 2.6, o-2.6
CHATML_4 = replace(CHATML, stops=("<|im_end|>", "</s>"))  # 4.0
QWEN3 = replace(CHATML, open_answer=_CHATML.open_answer + _NO_THOUGHT)  # 4.5
QWEN35 = QWEN3  # 4.6: another tokenizer and architecture, the same markup
POCKET = _CHATML


def compose(
    dialect: Dialect, plans: Sequence[SlicePlan], text: str, history: Sequence[Turn] = (), instruction: str = ""
) -> list[Part]:
    """A whole prompt about pictures, which stand in the person's first turn; before them, the instruction if any."""
    parts: list[Part] = []
    if instruction:
        parts += [Markup(dialect.open_system), Words(instruction), Markup(dialect.close_turn)]
    pictures = [part for number, plan in enumerate(plans) for part in _picture(dialect, plan, number)]
    for turn in [*history, Turn("user", text)]:
        if turn.role == "user":
            parts += [Markup(dialect.open_user), *pictures]
            pictures = []
        else:
            parts.append(Markup(dialect.open_assistant))
        parts += [Words(turn.text), Markup(dialect.close_turn)]
    return [*parts, Markup(dialect.open_answer)]


def _picture(dialect: Dialect, plan: SlicePlan, number: int) -> Iterator[Part]:
    yield from (Markup(dialect.before_overview.format(number=number)), View(0, number), Markup("</image>"))
    if plan.grid is not None:
        yield Markup(dialect.open_slices)
        for row in range(plan.grid.rows):
            if row:
                yield Markup("\n")
            for index in range(1 + row * plan.grid.columns, 1 + (row + 1) * plan.grid.columns):
                yield from (Markup(dialect.before_slice), View(index, number), Markup(dialect.after_slice))
        yield Markup(dialect.close_slices)
    yield Markup("\n")
