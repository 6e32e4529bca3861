"""What a model that can talk adds to an answer. Most of it is tried with a model that says what is written here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import cast

import pytest

from desktop_app.assistant import evaluation
from desktop_app.assistant.assistant import LOOKED_AT, Assistant
from desktop_app.assistant.evaluation import TODAY
from desktop_app.assistant.talking import Eyes
from desktop_app.assistant.types import Answer, Intent
from engine.client import EngineClient
from engine.errors import Cancelled, EngineCrashed, PictureUnusable
from engine.messages import Answered, Picture, Setup, Turn
from engine.random_weights import write_tiny
from engine.slicing import SliceRule
from indexer.library.database import Library
from indexer.library.types import PhotoId

FOLDER = Path(__file__).parents[1] / "assistant"
GREY = bytes([128]) * 64 * 64 * 3
DOGS = "who is with the dogs on my photos?"


@dataclass
class Asked:
    """What the model was asked, and with what."""

    question: str
    pictures: int
    history: Sequence[Turn]
    notes: Sequence[str]
    grammar: str


@dataclass
class Talker:
    """Stands for the engine with a model that can talk: plans as `plan` says, else says what `says` makes of it."""

    plan: dict[str, object]
    says: Callable[[Asked], str] = lambda _asked: "Running."
    asked: list[Asked] = field(default_factory=list)
    talks: bool = True
    slicing: SliceRule = field(default_factory=SliceRule)

    def ask(
        self,
        pictures: Sequence[Picture],
        question: str,
        *,
        history: Sequence[Turn] = (),
        notes: Sequence[str] = (),
        grammar: str = "",
        **_: object,
    ) -> Iterator[str]:
        asked = Asked(question, len(pictures), history, notes, grammar)
        self.asked.append(asked)
        said = json.dumps({"search": [], "kind": "any", "after": "", "before": ""} | self.plan)
        yield from (said if grammar else self.says(asked))


def load(_photo: PhotoId) -> Picture:
    return Picture(64, 64, GREY)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with closing(Library(tmp_path_factory.mktemp("talking") / "library.db")) as library:
        evaluation.fill(library, FOLDER)
        yield library


def talking(library: Library, talker: Talker, load: Callable[[PhotoId], Picture] = load) -> Assistant:
    return Assistant(library, Eyes(cast(EngineClient, talker), load))


def answers(assistant: Assistant, question: str, history: Sequence[Turn] = ()) -> list[Answer]:
    return list(assistant.answers(question, today=TODAY, history=history))


@pytest.mark.parametrize(
    "question",
    [
        "dogs",
        "red car",
        "how many photos of dogs do I have?",
        "when did I see the red car?",
        "¿Dónde fue el atardecer?",
    ],
)
def test_what_words_make_clear_is_asked_of_no_model(library: Library, question: str) -> None:
    talker = Talker({"want": "look"})
    (answer,) = answers(talking(library, talker), question)
    assert answer == Assistant(library).answer(question, today=TODAY)
    assert talker.asked == []


def test_what_must_be_seen_is_looked_for_in_the_first_photos(library: Library) -> None:
    talker = Talker({"want": "look"}, lambda asked: "Running." if asked.pictures else "")
    first, *_, last = answers(talking(library, talker), DOGS)
    assert first.text == Assistant(library).answer(DOGS, today=TODAY).text
    assert len(first.photos) == 2
    assert last.text == "[1] Running.\n[2] Running."
    assert last.photos == first.photos
    assert [each.question for each in talker.asked[1:]] == [DOGS, DOGS]


def test_no_more_photos_are_looked_at_than_one_would_wait_for(library: Library) -> None:
    talker = Talker({"want": "look"})
    *_, last = answers(talking(library, talker), "what is there on the photos of 2024?")
    assert len(last.photos) > LOOKED_AT
    assert sum(each.pictures for each in talker.asked) == LOOKED_AT


def test_what_is_seen_comes_as_it_is_said(library: Library) -> None:
    talker = Talker({"want": "look"}, lambda _asked: "A man. " + "He throws a ball that both of them run after. " * 2)
    growing = [answer.text for answer in answers(talking(library, talker), DOGS)][1:]
    assert all(later.startswith(earlier) for earlier, later in pairwise(growing))
    assert growing[:3] == ["[1] A man.", "[1] A man. H", "[1] A man. He"]


def test_a_photo_that_cannot_be_opened_gets_a_sentence_and_the_others_are_looked_at(library: Library) -> None:
    gone: list[PhotoId] = []

    def load_the_second(photo: PhotoId) -> Picture:
        if not gone:
            gone.append(photo)
            raise PictureUnusable("The file is gone.")
        return load(photo)

    *_, last = answers(talking(library, Talker({"want": "look"}), load_the_second), DOGS)
    assert last.text == "[1] The file is gone.\n[2] Running."


def test_an_account_is_asked_for_from_numbered_notes(library: Library) -> None:
    talker = Talker({"want": "tell"}, lambda _asked: "You saw two dogs. One was on a beach [1].")
    history = (Turn("user", "hello"), Turn("assistant", "hi"))
    *_, last = answers(talking(library, talker), DOGS, history)
    assert last.text == "You saw two dogs. One was on a beach [1]."
    _, told = talker.asked
    assert [note[:4] for note in told.notes] == ["[1] ", "[2] "]
    assert "dog" in told.notes[0]
    assert told.question.startswith(DOGS)
    assert (told.pictures, told.history) == (0, history)


def test_of_an_account_only_sentences_stay_whose_numbers_and_photos_are_known(library: Library) -> None:
    said = "They play. There were 17 of them. It was in 1999 [1]. See also [9]. The end [2]."
    *_, last = answers(talking(library, Talker({"want": "tell"}, lambda _asked: said)), DOGS)
    assert last.text == "They play. The end [2]."


def test_dates_of_an_account_are_known_in_any_digits(library: Library) -> None:
    question = "ماذا في صور الكلاب؟"
    years = {hit.taken_at.year for hit in Assistant(library).answer(question, today=TODAY).photos if hit.taken_at}
    year = str(min(years)).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    *_, last = answers(talking(library, Talker({"want": "tell"}, lambda _asked: f"كان ذلك في {year}.")), question)
    assert last.text == f"كان ذلك في {year}."


def test_where_nothing_of_an_account_holds_the_answer_from_the_library_stays(library: Library) -> None:
    first, *_, last = answers(talking(library, Talker({"want": "tell"}, lambda _asked: "There were 17.")), DOGS)
    assert last.text == first.text


@pytest.mark.parametrize("want", ["look", "tell"])
def test_an_answer_in_another_language_is_asked_for_again(library: Library, want: str) -> None:
    def says(asked: Asked) -> str:
        if "(Answer in Spanish: español.)" in asked.question:
            return "El perro está corriendo por la playa con una pelota."
        return "The dog is running along the beach with a ball in its mouth."

    question = "¿Qué se ve en mis fotos de perros?"
    talker = Talker({"want": want}, says)
    *_, last = answers(talking(library, talker), question)
    assert "El perro está corriendo" in last.text
    assert "The dog" not in last.text
    assert last.language == "es"


def test_it_is_asked_again_only_once(library: Library) -> None:
    talker = Talker({"want": "tell"}, lambda _asked: "The dog is running along the beach with a ball in its mouth.")
    *_, last = answers(talking(library, talker), "¿Qué se ve en mis fotos de perros?")
    assert last.text.startswith("The dog is running")
    assert len(talker.asked) == 3


def test_where_words_found_nothing_the_model_says_what_to_search_for(library: Library) -> None:
    question = "is there any shot of my beloved pooch somewhere?"
    first, last = answers(talking(library, Talker({"want": "show", "search": ["dog"]})), question)
    assert first.photos == ()
    assert len(last.photos) == 2
    assert [chip.label for chip in last.reading.chips] == ["dog"]


def test_a_plan_says_kinds_and_days_too(library: Library) -> None:
    plan = {"want": "count", "kind": "receipt", "after": "2020-01-01", "before": "2030-12-31"}
    question = "those slips one gets at the till, what about them?"
    *_, last = answers(talking(library, Talker(plan)), question)
    assert last.reading.intent is Intent.COUNT
    assert [str(kind) for kind in last.reading.query.kinds] == ["receipt"]
    assert (last.reading.query.taken_from, last.reading.query.taken_to) == (date(2020, 1, 2), date(2030, 12, 30))
    assert "[1]" in last.text


def test_a_plan_that_breaks_off_changes_nothing(library: Library) -> None:
    first, last = answers(talking(library, Talker({"want": "nonsense"})), DOGS)
    assert last == first


def test_a_model_that_fails_leaves_the_answer_from_the_library_and_says_why(library: Library) -> None:
    def breaks(_asked: Asked) -> str:
        raise EngineCrashed("The engine stopped working (killed).")

    first, last = answers(talking(library, Talker({"want": "tell"}, breaks)), DOGS)
    assert last.text == f"{first.text}\nThe engine stopped working (killed)."
    assert last.photos == first.photos


def test_a_model_that_cannot_talk_is_not_asked(library: Library) -> None:
    """It may be another's turn later: which model looks can change at any time."""
    talker = Talker({"want": "look"}, talks=False)
    assistant = talking(library, talker)
    assert len(answers(assistant, DOGS)) == 1
    talker.talks = True
    assert answers(assistant, DOGS)[-1].text.startswith("[1] Running.")


def test_who_cancels_hears_nothing_more(library: Library) -> None:
    def cancelled(_asked: Asked) -> str:
        raise Cancelled("Cancelled.")

    heard = talking(library, Talker({"want": "tell"}, cancelled)).answers(DOGS, today=TODAY)
    assert next(heard).photos
    with pytest.raises(Cancelled):
        next(heard)


def test_two_photos_are_asked_about_together(library: Library) -> None:
    talker = Talker({}, lambda asked: f"{asked.pictures} pictures.")
    said = "".join(talking(library, talker).look_again([PhotoId(1), PhotoId(3)], "Which one is darker?"))
    assert said == "2 pictures."


def test_what_was_read_in_a_photo_goes_along_where_it_is_to_be_read_off(library: Library) -> None:
    talker = Talker({}, lambda asked: "\n".join(asked.notes))
    sign = Assistant(library).answer("what does the sign say?", today=TODAY).photos[0].photo
    assert "NO PARKING" in "".join(talking(library, talker).look_again([sign], "What does it say?"))
    assert "".join(talking(library, talker).look_again([sign], "Which colour is it?")) == ""


@pytest.mark.parametrize("version", ["5", "4_6"])
def test_with_a_real_engine_whatever_a_model_says_there_is_an_answer(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """Its weights are random: its words are noise, but its plan keeps to the form."""
    monkeypatch.setattr(EngineClient, "talks", True)  # as those of random weights do not
    with closing(EngineClient(Setup(write_tiny(tmp_path, version), threads=1))) as engine:
        eyes = Eyes(engine, load)
        plan = eyes.plan(DOGS, TODAY, None)
        assert plan.want
        first, *more = Assistant(library, eyes).answers(DOGS, today=TODAY)
        assert more
        assert all(answer.text and answer.language == "en" for answer in (first, *more))
        stopped = Event()
        stopped.set()
        with pytest.raises(Cancelled):
            list(Assistant(library, eyes).answers(DOGS, today=TODAY, cancel=stopped))


def test_what_a_generator_of_the_engine_returns_is_of_no_concern(library: Library) -> None:
    class Returning(Talker):
        def ask(self, *args: object, **kwargs: object) -> Iterator[str]:  # type: ignore[override]
            yield from super().ask(*args, **kwargs)  # type: ignore[arg-type]
            return Answered(1, "", 1, 0.1, True)  # type: ignore[return-value]  # as EngineClient's does

    *_, last = answers(talking(library, Returning({"want": "look"})), DOGS)
    assert last.text.endswith("Running.")
