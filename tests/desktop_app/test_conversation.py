from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from threading import Event

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.assistant.types import Answer, Chip, ChipKind, Intent, Reading
from desktop_app.background import Background
from desktop_app.models.conversation import Conversation, State
from desktop_app.views.chat import linked
from engine.errors import EngineCrashed
from engine.messages import Turn
from indexer.library.types import PhotoId, Query, Term

DOG = Chip(ChipKind.WORD, "dog", Query(terms=(Term("dog"),)))
BEACH = Chip(ChipKind.WORD, "beach", Query(terms=(Term("beach"),)))
PHOTO = PhotoId(3)


class Speaker:
    """Answers by saying what it was asked, more where that ends in dots, but only when let; so it speaks of a photo."""

    def __init__(self) -> None:
        self.let = Event()
        self.heard: list[Sequence[Turn]] = []

    def answer(
        self,
        question: str,
        left_out: tuple[Chip, ...],
        after: Reading | None,
        history: Sequence[Turn],
        stopped: Event,
    ) -> Iterator[Answer]:
        self.after = after
        self.heard.append(history)
        chips = tuple(chip for chip in (DOG, BEACH) if chip not in left_out)
        answer = Answer(question.upper(), "en", (), Reading(question, "en", Intent.FIND, chips))
        yield answer
        while question.endswith("…") and not self.let.wait(0.01):
            if stopped.is_set():
                return
        if question.endswith("…"):
            yield replace(answer, text="Brown.")

    def look(self, photo: PhotoId, question: str, history: Sequence[Turn], stopped: Event) -> Iterator[str]:
        self.heard.append(history)
        yield "A dog"
        while not self.let.wait(0.01):
            if stopped.is_set():
                return
        if question == "break":
            raise EngineCrashed("The model stopped twice while it looked at this photo.")
        yield " on sand."


@pytest.fixture
def speaker() -> Speaker:
    return Speaker()


@pytest.fixture
def conversation(background: Background, speaker: Speaker) -> Conversation:
    return Conversation(background, speaker.answer, speaker.look)


def test_an_answer_comes_with_how_the_question_was_read(qtbot: QtBot, conversation: Conversation) -> None:
    conversation.ask("dog on the beach")
    assert conversation.is_answering
    qtbot.waitUntil(lambda: not conversation.is_answering)
    exchange = conversation.exchanges[0]
    assert (exchange.answer, exchange.chips) == ("DOG ON THE BEACH", (DOG, BEACH))


def test_leaving_out_a_chip_asks_again_without_it(qtbot: QtBot, conversation: Conversation) -> None:
    conversation.ask("dog on the beach")
    qtbot.waitUntil(lambda: not conversation.is_answering)
    conversation.leave_out(0, DOG)
    qtbot.waitUntil(lambda: not conversation.is_answering)
    assert conversation.exchanges[0].chips == (BEACH,)
    assert len(conversation.exchanges) == 1


def test_an_answer_that_gets_better_is_shown_as_it_is_meanwhile(
    qtbot: QtBot, conversation: Conversation, speaker: Speaker
) -> None:
    conversation.ask("what colour…")
    qtbot.waitUntil(lambda: conversation.exchanges[0].answer == "WHAT COLOUR…")
    assert conversation.exchanges[0].state is State.STREAMING
    speaker.let.set()
    qtbot.waitUntil(lambda: not conversation.is_answering)
    assert (conversation.exchanges[0].answer, conversation.exchanges[0].state) == ("Brown.", State.COMPLETE)


def test_an_answer_that_need_not_get_better_counts_when_it_is_stopped(qtbot: QtBot, conversation: Conversation) -> None:
    answered = []
    conversation.completed.connect(answered.append)
    conversation.ask("what colour…")
    qtbot.waitUntil(lambda: conversation.exchanges[0].answer != "")
    conversation.stop()
    assert conversation.exchanges[0].state is State.COMPLETE
    assert [exchange.answer for exchange in answered] == ["WHAT COLOUR…"]


def test_what_was_said_before_goes_along_with_the_next_question(
    qtbot: QtBot, conversation: Conversation, speaker: Speaker
) -> None:
    for question in ("dogs", "and cats"):
        conversation.ask(question)
        qtbot.waitUntil(lambda: not conversation.is_answering)
    assert speaker.heard == [(), (Turn("user", "dogs"), Turn("assistant", "DOGS"))]


def test_an_answer_about_a_photo_grows_as_it_is_spoken(
    qtbot: QtBot, conversation: Conversation, speaker: Speaker
) -> None:
    conversation.ask("what is it?", PHOTO)
    qtbot.waitUntil(lambda: conversation.exchanges[0].answer == "A dog")
    assert conversation.exchanges[0].state is State.STREAMING
    speaker.let.set()
    qtbot.waitUntil(lambda: conversation.exchanges[0].state is State.COMPLETE)
    assert conversation.exchanges[0].answer == "A dog on sand."


def test_stopping_keeps_what_was_said(
    qtbot: QtBot, conversation: Conversation, background: Background, speaker: Speaker
) -> None:
    conversation.ask("what is it?", PHOTO)
    qtbot.waitUntil(lambda: conversation.exchanges[0].answer == "A dog")
    conversation.stop()
    speaker.let.set()
    qtbot.waitUntil(lambda: background.is_resting)
    assert conversation.exchanges[0].state is State.STOPPED
    assert conversation.exchanges[0].answer == "A dog"


def test_what_was_said_about_a_photo_goes_along_with_the_next_question_about_it(
    qtbot: QtBot, conversation: Conversation, speaker: Speaker
) -> None:
    speaker.let.set()
    conversation.ask("what is it?", PHOTO)
    qtbot.waitUntil(lambda: not conversation.is_answering)
    conversation.ask("dogs")
    qtbot.waitUntil(lambda: not conversation.is_answering)
    conversation.ask("what colour?", PHOTO)
    qtbot.waitUntil(lambda: not conversation.is_answering)
    assert speaker.heard[-1] == (Turn("user", "what is it?"), Turn("assistant", "A dog on sand."))


def test_a_failure_is_told_in_its_own_sentence(qtbot: QtBot, conversation: Conversation, speaker: Speaker) -> None:
    speaker.let.set()
    conversation.ask("break", PHOTO)
    qtbot.waitUntil(lambda: not conversation.is_answering)
    assert conversation.exchanges[0].state is State.FAILED
    assert conversation.exchanges[0].answer == "The model stopped twice while it looked at this photo."


@pytest.mark.parametrize(
    ("text", "cited", "shown"),
    [
        ("None.", 0, "None."),
        ("<b> & [1]", 0, "&lt;b&gt; &amp; [1]"),
        ("[2] is not there", 1, "[2] is not there"),
        ("one\ntwo", 0, "one<br>two"),
    ],
)
def test_only_citations_of_photos_become_links(text: str, cited: int, shown: str) -> None:
    assert linked(text, cited) == shown


def test_a_citation_links_to_its_photo() -> None:
    assert 'href="photo:2"' in linked("Seen in [1] and [2].", 2)
