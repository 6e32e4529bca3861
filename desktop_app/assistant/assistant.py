"""Answers questions about the photos, in the language they are asked in, without a model; with one, looks again."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import date

from desktop_app.assistant import answering, reading
from desktop_app.assistant.types import Answer, Chip, Intent, Reading
from desktop_app.assistant.wording import Wording
from engine.budget import Closeness
from engine.client import EngineClient
from engine.messages import Picture, Turn
from engine.slicing import SliceRule
from indexer import choices, language, stages
from indexer.library import photos
from indexer.library.database import Library
from indexer.library.search import caption_languages
from indexer.library.types import PhotoId


class Assistant:
    """Reads and answers questions about one library; any thread may ask. `looker` is asked where its model can talk."""

    def __init__(self, library: Library, looker: EngineClient | None = None) -> None:
        self._library = library
        self._looker = looker

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
        return answering.compose(self._library.connect(), read, reading.answered_in(read.language, prior, question))

    def look_again(
        self,
        photo: PhotoId,
        picture: Picture,
        question: str,
        history: Sequence[Turn] = (),
        cancel: threading.Event | None = None,
    ) -> Iterator[str]:
        """What the model says about one photo, as it says it; without one, what is known of the photo.

        Raises EngineError, and KeyError where there is no such photo.
        """
        if self._looker is None or not self._looker.talks:
            yield self._known(photo, question)
            return
        max_views = self._views(photo, picture, question, self._looker.slicing)
        yield from self._looker.ask(picture, question, history=tuple(history), max_views=max_views, cancel=cancel)

    def _views(self, photo: PhotoId, picture: Picture, question: str, slicing: SliceRule) -> int:
        """As many as the photo was described in, whose embeddings are kept; all where something is to be read off it,
        or the person has had it looked at closely.
        """
        conn = self._library.connect()
        known = photos.get(conn, photo)
        closely = known.description is not None and known.description.views_reason == "asked"
        if closely or self.read(question).intent in (Intent.TEXT, Intent.AMOUNT):
            closeness = Closeness.ALL
        else:
            closeness = choices.closeness(conn)
        return stages.budget(known, picture, slicing, closeness).views

    def _known(self, photo: PhotoId, question: str) -> str:
        known = photos.get(self._library.connect(), photo)
        wording = Wording(reading.answered_in(language.detect(question), "en", question))
        caption = known.description.caption if known.description else ""
        said = "\n".join(filter(None, (caption, known.text)))
        return wording.say("nobody_looks", description=said) if said else wording.say("nothing_known")
