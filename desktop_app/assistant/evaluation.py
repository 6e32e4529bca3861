"""Asks a library whose photos are known what people ask in each language, and counts what was understood."""

from __future__ import annotations

import re
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

from desktop_app.assistant.assistant import Assistant
from desktop_app.assistant.types import Answer
from desktop_app.assistant.wording import FALLBACK, asks
from indexer import dates, language, places
from indexer.library import descriptions, files, folders, lines, photos, search, written
from indexer.library.database import Library
from indexer.library.files import Seen
from indexer.library.types import Description, Facts, Kind, Line, PhotoId, Written
from indexer.locales import locale

TODAY = date(2026, 11, 22)  # a Sunday, on which all of it is said
_ONE = {"bs", "cnr", "hr", "sr"}  # most questions are the same in all of them
KNOWN, _NOT_YET = "not yet: ", "  # not yet"
_LONGER = 3  # words, of which a language can be told
FIRST_HITS = 5  # among which a photo counts as found


@dataclass(frozen=True)
class Question:
    """What is asked, in which language; what it wants, and the names of the photos that fit."""

    language: str
    text: str
    intent: str
    photos: tuple[str, ...]
    not_yet: bool = False  # it is known not to be understood


@dataclass(frozen=True)
class Dated:
    """A date as it is said in a language, and the first and last day that it means; None where it is open."""

    language: str
    text: str
    first: date | None
    last: date | None
    not_yet: bool = False


@dataclass(frozen=True)
class Score:
    """What was understood of one language: how many of how many."""

    language: str
    questions: int
    identified: int  # in the right language, asked by somebody whose language is English
    longer: int  # questions of three words or more
    longer_identified: int
    intents: int
    photos: int  # exactly those that fit
    recalled: int  # the photos that fit are among the first
    answered: int  # in the language of the question, asked by somebody whose language it is
    dates: int
    dated: int
    failures: tuple[str, ...]  # all but
    mistaken: tuple[str, ...]  # for another language


def questions(folder: Path, code: str) -> tuple[Question, ...]:
    """Those of questions/CODE.txt below `folder`; a heading names the intent and the photos."""
    found = []
    for heading, said in _headed(folder / "questions" / f"{code}.txt"):
        intent, *names = heading.split()
        wanted = tuple(name for name in names if name != "-")
        found.append(Question(code, said.removesuffix(_NOT_YET), intent, wanted, said.endswith(_NOT_YET)))
    return tuple(found)


def dated(folder: Path, code: str) -> tuple[Dated, ...]:
    """Those of dates/CODE.txt below `folder`; a heading holds the first and the last day, a hyphen for an open end."""
    found = []
    for heading, said in _headed(folder / "dates" / f"{code}.txt"):
        first, last = (None if day == "-" else date.fromisoformat(day) for day in heading.split())
        found.append(Dated(code, said.removesuffix(_NOT_YET), first, last, said.endswith(_NOT_YET)))
    return tuple(found)


def languages(folder: Path) -> tuple[str, ...]:
    """Those that questions are there in."""
    return tuple(sorted(path.stem for path in (folder / "questions").glob("*.txt")))


def fill(library: Library, folder: Path) -> dict[PhotoId, str]:
    """Puts the photos of library.toml below `folder` into an empty library; their names."""
    names: dict[PhotoId, str] = {}
    with library.writing() as conn:
        root = folders.add(conn, "/pictures")
        for each in tomllib.loads((folder / "library.toml").read_text(encoding="utf-8"))["photo"]:
            photo = photos.identify(conn, each["name"])
            files.add(conn, Seen(root, f"/pictures/IMG_{photo:04}.jpg", 1, 1, photo, 1), photo)
            spot = each.get("place")
            taken_at = datetime.combine(each["day"], datetime.min.time()).replace(hour=10)
            place = places.nearest(*spot) if spot else None
            camera = each.get("camera", "")
            photos.record(conn, photo, Facts(640, 480, "JPEG", taken_at, "exif", place=place, camera=camera))
            written.record(conn, photo, Written(rating=each.get("stars", 0)))
            descriptions.record(conn, photo, _description(each))
            lines.record(conn, photo, [Line(line, 0.9, (0, 0, 1, 1)) for line in each.get("text", ())])
            search.refresh(conn, photo)
            names[photo] = each["name"]
    return names


def score(assistant: Assistant, names: dict[PhotoId, str], folder: Path, code: str, *, every: int = 1) -> Score:
    """Asks everything that is there in one language, or one in so many."""
    failures: list[str] = []
    mistaken: list[str] = []
    longer = longer_identified = 0
    identified = intents = exact = recalled = answered = right = 0

    def note(said: Question | Dated, wrong: str) -> bool:
        failures.append(f"{KNOWN if said.not_yet else ''}{said.text}: {wrong}")
        return False

    asked = questions(folder, code)[::every]
    for each in asked:
        taken_for = assistant.read(each.text, prior=FALLBACK, today=TODAY).language
        is_told = taken_for == code or {taken_for, code} <= _ONE
        identified += is_told
        if len(each.text.split()) >= _LONGER:
            longer += 1
            longer_identified += is_told
        if not is_told:
            mistaken.append(f"{each.text}: taken for {taken_for}")
        answer = assistant.answer(each.text, prior=code, today=TODAY)
        answered += answer.language.partition("-")[0] == code or note(each, f"answered in {answer.language}")
        intents += answer.reading.intent == each.intent or note(each, f"{answer.reading.intent} is wanted")
        found = [names[hit.photo] for hit in answer.photos]
        exact += sorted(found) == sorted(each.photos) or note(each, _told(answer, found))
        if _cited(answer) != set(range(1, len(found) + 1)):
            note(each, f"does not cite what it shows: {answer.text}")
        for term in answer.reading.query.terms:
            if term.text in asks(code) or term.text in language.function_words(code):
                note(each, f"{term.text} is searched for")
        recalled += set(each.photos) <= set(found[: max(FIRST_HITS, len(each.photos))])
    said = dated(folder, code)[::every]
    for when in said:
        meant = [(period.first, period.last) for period in dates.find(language.words(when.text), code, TODAY)]
        right += meant == [(when.first, when.last)] or note(when, _days(meant))
    return Score(
        code,
        len(asked),
        identified,
        longer,
        longer_identified,
        intents,
        exact,
        recalled,
        answered,
        right,
        len(said),
        tuple(failures),
        tuple(mistaken),
    )


def measure(folder: Path, home: Path, codes: Sequence[str], told: Callable[[str], None]) -> dict[str, Any]:
    """All of the languages `codes`, with a library made below `home`; shares, and the times of answers."""
    library = Library(home / "library.db")
    try:
        names = fill(library, folder)
        assistant = Assistant(library)
        scores = []
        for code in codes:
            scores.append(score(assistant, names, folder, code))
            told(locale(code).english_name or code)
        everything = [question for code in codes for question in questions(folder, code)]
        seconds = list(_timed(assistant, everything))
    finally:
        library.close()
    return {
        "languages": [_fields(each) for each in scores],
        **_shares(scores),
        "identified_of_three_words": _share(scores, "longer_identified", "longer"),
        "answer_p95_s": round(quantiles(seconds, n=20)[-1], 4),
    }


def table(result: dict[str, Any]) -> Iterator[str]:
    """The result as lines of Markdown."""
    columns = {
        "identified": "identified",
        "intents": "intent",
        "photos": "exactly the photos",
        "recall_at_5": "recall at 5",
        "answered_in_language": "answered in it",
        "dates_right": "dates right",
    }
    yield f"| language | questions | dates | {' | '.join(columns.values())} |"
    yield "|---|---|---|" + "---|" * len(columns)
    for row in (*result["languages"], {"language": "all", **result}):
        shares = " | ".join(f"{100 * row[column]:.0f}%" for column in columns)
        yield f"| {row['language']} | {row['questions']} | {row['dates']} | {shares} |"
    yield ""
    share = 100 * result["identified_of_three_words"]
    yield f"Of questions of three words or more the language is told of {share:.1f}%."
    yield ""
    yield f"An answer takes {1000 * result['answer_p95_s']:.0f} ms at the 95th percentile."


def _headed(path: Path) -> Iterator[tuple[str, str]]:
    """The indented lines of a file, each with the heading it stands below."""
    heading = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            yield heading, line.strip()
        elif line and not line.startswith("#"):
            heading = line


def _description(photo: dict[str, Any]) -> Description:
    made = datetime(2026, 1, 1)
    return Description(photo["caption"], (), Kind(photo["kind"]), "", "", 0.9, "en", "model", 1, 1, 1.0, made)


def _cited(answer: Answer) -> set[int]:
    return {int(number) for number in re.findall(r"\[(\d+)]", answer.text)}


def _told(answer: Answer, found: Sequence[str]) -> str:
    chips = " · ".join(f"{chip.kind} {chip.label}" for chip in answer.reading.chips)
    return f"found {' '.join(found) or 'nothing'}; understood {chips or 'nothing'}"


def _days(meant: Sequence[tuple[date | None, date | None]]) -> str:
    return ", ".join(f"{first or '-'} {last or '-'}" for first, last in meant) or "no date"


def _timed(assistant: Assistant, asked: Sequence[Question]) -> Iterator[float]:
    for each in asked:
        began = time.perf_counter()
        assistant.answer(each.text, prior=each.language, today=TODAY)
        yield time.perf_counter() - began


def _share(scores: Sequence[Score], part: str, whole: str) -> float:
    right, asked = (sum(int(getattr(each, name)) for each in scores) for name in (part, whole))
    return round(right / max(1, asked), 4)


def _shares(scores: Sequence[Score]) -> dict[str, Any]:
    """Of one language, or of several together."""
    return {
        "questions": sum(each.questions for each in scores),
        "dates": sum(each.dated for each in scores),
        "identified": _share(scores, "identified", "questions"),
        "intents": _share(scores, "intents", "questions"),
        "photos": _share(scores, "photos", "questions"),
        "recall_at_5": _share(scores, "recalled", "questions"),
        "answered_in_language": _share(scores, "answered", "questions"),
        "dates_right": _share(scores, "dates", "dated"),
    }


def _fields(each: Score) -> dict[str, Any]:
    return {"language": each.language, **_shares([each]), "failures": [*each.failures, *each.mistaken]}
