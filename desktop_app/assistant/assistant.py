"""Answers questions about the photos, in the language they are asked in, without a model; with one, looks again."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from desktop_app.assistant import answering, reading
from desktop_app.assistant.talking import Eyes
from desktop_app.assistant.types import Answer, Chip, Intent, Reading
from desktop_app.assistant.wording import Wording
from engine.budget import Closeness
from engine.errors import Cancelled, EngineError, PictureUnusable
from engine.messages import Picture, Turn
from indexer import choices, language, stages
from indexer.library import photos
from indexer.library.database import Library
from indexer.library.search import caption_languages
from indexer.library.types import Photo, PhotoId

LOOKED_AT = 3  # photos, where an answer is to be seen in them
_FEW_WORDS = 3  # with which nobody asks, but searches


class Assistant:
    """Reads and answers questions about one library; any thread may ask. `eyes` help where they can talk."""

    def __init__(self, library: Library, eyes: Eyes | None = None) -> None:
        self._library = library
        self._eyes = eyes

    @property
    def _talker(self) -> Eyes | None:
        return self._eyes if self._eyes is not None and self._eyes.looker.talks else None

    def read(
        self,
        question: str,
        *,
        prior: str = "en",
        today: date | None = None,
        without: tuple[Chip, ...] = (),
        after: Reading | None = None,
    ) -> Reading:
        """How the question is understood by someone whose language is `prior`, less the chips they took away.

        `after`: the question before, from which it may go on.
        """
        return reading.read(
            question,
            prior=prior,
            today=today or date.today(),
            caption_languages=caption_languages(self._library.connect()),
            without=without,
            after=after,
        )

    def answer(
        self,
        question: str,
        *,
        prior: str = "en",
        today: date | None = None,
        without: tuple[Chip, ...] = (),
        after: Reading | None = None,
    ) -> Answer:
        """The answer, in the question's language or else in `prior`; [1] in its text is the first of its photos."""
        read = self.read(question, prior=prior, today=today, without=without, after=after)
        return self._composed(read, reading.answered_in(read.language, prior, question))

    def answers(
        self,
        question: str,
        *,
        prior: str = "en",
        today: date | None = None,
        without: tuple[Chip, ...] = (),
        after: Reading | None = None,
        history: Sequence[Turn] = (),
        cancel: threading.Event | None = None,
    ) -> Iterator[Answer]:
        """The answer as it gets better: at once the one from the library alone, then what a model adds, as it says it.

        Where the model fails, the first answer stays, with a sentence on why there is no more. Raises Cancelled.
        """
        today = today or date.today()
        answer = self.answer(question, prior=prior, today=today, without=without, after=after)
        yield answer
        eyes = self._talker
        if eyes is None or not _is_open(answer):
            return
        try:
            yield from self._bettered(eyes, answer, today, history, cancel)
        except Cancelled:
            raise
        except EngineError as error:
            yield replace(answer, text=f"{answer.text}\n{error}")

    def look_again(
        self,
        about: Sequence[PhotoId],
        question: str,
        history: Sequence[Turn] = (),
        cancel: threading.Event | None = None,
    ) -> Iterator[str]:
        """What the model says about one photo, or about several beside each other; without one, what is known of them.

        Raises EngineError, and KeyError where there is no such photo.
        """
        conn = self._library.connect()
        known = [photos.get(conn, photo) for photo in about]
        read = self.read(question)
        answered_in = reading.answered_in(read.language, "en", question)
        if (eyes := self._talker) is None:
            yield _known(known, Wording(answered_in))
        else:
            yield from self._seen(eyes, known, read, answered_in, history, cancel)

    def _composed(self, read: Reading, answered_in: str) -> Answer:
        return answering.compose(self._library.connect(), read, answered_in)

    # ---- what a model adds

    def _bettered(
        self, eyes: Eyes, answer: Answer, today: date, history: Sequence[Turn], cancel: threading.Event | None
    ) -> Iterator[Answer]:
        read = answer.reading
        plan = eyes.plan(read.question, today, cancel)
        searched = self.read(plan.search, today=today).chips if plan.search and not answer.photos else ()
        answer = self._composed(replace(read, intent=plan.want.intent, chips=searched or read.chips), answer.language)
        if plan.want.intent is Intent.LOOK and answer.photos:
            yield from self._looked(eyes, answer, cancel)
        elif plan.want.intent is Intent.TELL and answer.photos:
            yield from self._told(eyes, answer, history, cancel)
        else:
            yield answer

    def _looked(self, eyes: Eyes, answer: Answer, cancel: threading.Event | None) -> Iterator[Answer]:
        """What each of the first photos shows, in a line of its own that grows."""
        conn, wording, lines = self._library.connect(), Wording(answer.language), list[str]()
        for number, hit in enumerate(answer.photos[:LOOKED_AT], 1):
            said = ""
            try:
                for piece in self._seen(
                    eyes, [photos.get(conn, hit.photo)], answer.reading, answer.language, (), cancel
                ):
                    said += piece
                    yield replace(answer, text="\n".join([*lines, _numbered(number, said, wording)]))
            except PictureUnusable as error:
                said = str(error)
            lines.append(_numbered(number, said, wording))
        yield replace(answer, text="\n".join(lines))

    def _seen(
        self,
        eyes: Eyes,
        known: Sequence[Photo],
        read: Reading,
        answered_in: str,
        history: Sequence[Turn],
        cancel: threading.Event | None,
    ) -> Iterator[str]:
        """What the model says of photos; where something is to be read off them, what was read is told to it."""
        pictures = [eyes.load(photo.id) for photo in known]
        reads = read.intent in (Intent.TEXT, Intent.AMOUNT)
        yield from eyes.look(
            pictures,
            read.question,
            answered_in,
            history=history,
            notes=[photo.text for photo in known if reads and photo.text],
            max_views=max(self._views(eyes, *each, reads=reads) for each in zip(known, pictures, strict=True)),
            cancel=cancel,
        )

    def _told(
        self, eyes: Eyes, answer: Answer, history: Sequence[Turn], cancel: threading.Event | None
    ) -> Iterator[Answer]:
        """An account from what is known of the photos; the answer stays as it is where none of it holds."""
        wording = Wording(answer.language)
        notes = [f"[{number}] {answering.facts(hit, wording)}" for number, hit in enumerate(answer.photos, 1)]
        request = f"{answer.reading.question}\n{wording.say('account')}"
        text = ""
        for sentence in eyes.tell(notes, request, answer.language, history, cancel):
            text += sentence
            yield replace(answer, text=text.strip())
        if not text:
            yield answer

    def _views(self, eyes: Eyes, known: Photo, picture: Picture, *, reads: bool) -> int:
        """As many as the photo was described in, whose embeddings are kept; all where something is to be read off it,
        or the person has had it looked at closely.
        """
        closely = known.description is not None and known.description.views_reason == "asked"
        closeness = Closeness.ALL if closely or reads else choices.closeness(self._library.connect())
        return stages.budget(known, picture, eyes.looker.slicing, closeness).views


def _is_open(answer: Answer) -> bool:
    """Whether a model may understand the question better: it was no plain search, and what is wanted was not clear."""
    words = language.words(answer.reading.question)
    is_short = len(words) < _FEW_WORDS and not any(language.is_unspaced(word.text) for word in words)
    is_sum = answer.reading.intent in (Intent.EACH, Intent.MOST)  # which need no photo
    return not is_short and (answer.reading.intent is Intent.FIND or not (answer.photos or is_sum))


def _numbered(number: int, said: str, wording: Wording) -> str:
    return wording.line(f"{wording.isolated(f'[{number}]')} {said.strip()}")


def _known(photos: Sequence[Photo], wording: Wording) -> str:
    captions = [photo.description.caption if photo.description else "" for photo in photos]
    texts = [photo.text for photo in photos]
    said = "\n".join(part for pair in zip(captions, texts, strict=True) for part in pair if part)
    return wording.say("nobody_looks", description=said) if said else wording.say("nothing_known")
