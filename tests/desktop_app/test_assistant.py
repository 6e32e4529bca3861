"""Plain questions in six languages are understood, and answered from the library and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop_app.assistant import evaluation, wording
from desktop_app.assistant.assistant import Assistant
from desktop_app.assistant.evaluation import TODAY
from desktop_app.assistant.talking import Eyes
from desktop_app.assistant.types import ChipKind
from engine.client import EngineClient
from engine.messages import Picture
from engine.slicing import SliceRule
from indexer.library import descriptions, files, folders, lines, photos, search
from indexer.library.database import Library
from indexer.library.files import Seen
from indexer.library.types import Description, Facts, Grouping, Kind, Line, PhotoId, Query

DOG, CAT = PhotoId(1), PhotoId(3)
FOLDER = Path(__file__).parents[1] / "assistant"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    library = Library(tmp_path_factory.mktemp("assistant") / "library.db")
    evaluation.fill(library, FOLDER)
    yield library
    library.close()


@pytest.fixture(scope="module")
def assistant(library: Library) -> Assistant:
    return Assistant(library)


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> dict[PhotoId, str]:
    """The photos' names; every library filled so has them by the same ids."""
    other = Library(tmp_path_factory.mktemp("names") / "library.db")
    with closing(other):
        return evaluation.fill(other, FOLDER)


CODES = evaluation.languages(FOLDER)


def test_every_language_that_is_answered_in_has_questions() -> None:
    assert set(CODES) == wording.languages()


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("code", CODES)
def test_plain_questions_and_dates_are_understood(
    assistant: Assistant, names: dict[PhotoId, str], code: str, every: int
) -> None:
    found = evaluation.score(assistant, names, FOLDER, code, every=every)
    assert [failure for failure in found.failures if not failure.startswith(evaluation.KNOWN)] == []
    assert found.questions >= 50 // every and found.dated >= 20 // every


ANSWERS = """
en|how many photos of dogs do I have?|2 photos for dogs: [1] [2]
en|when did I take the picture of the red car?|Taken on February 10, 2024 [1].
en|where was the sunset?|Taken in Tokyo, Japan [1].
en|what does the sign say?|[1] says: “NO PARKING / 8-18 h”
en|how much was the total at the café|[1] says: “TOTAL 6,50 EUR”
en|how much was it at REWE|[1] says: “SUMME EUR 14,20”
en|latest screenshot|The latest is from November 20, 2026 [1]: A screenshot
en|elephants|I could not find any photo for elephants.
en|?!|I did not understand what to look for. Try a thing, a place or a date.
es|¿Cuántas fotos de gatos tengo?|1 foto de gatos: [1]
es|¿Dónde tomé la foto del atardecer?|Se tomó en Tokyo, Japón [1].
es|¿Cuándo tomé la foto del coche rojo?|Se tomó el 10 de febrero de 2024 [1].
de|Wie viele Fotos von Hunden habe ich?|2 Fotos zu Hunden: [1] [2]
de|Wo war der Sonnenuntergang?|Aufgenommen in Tokyo, Japan [1].
de|Was steht auf dem Schild?|Auf [1] steht: „NO PARKING / 8-18 h“
zh|我有多少张狗的照片|狗：2 张照片 [1] [2]
zh|日落是在哪里拍的|拍摄于 Tokyo、日本 [1]。
ar|كم صورة للقطط عندي؟|صورة واحدة (⁨للقطط⁩): ⁨[1]⁩
ar|كم صورة للكلاب عندي؟|صورتان (⁨للكلاب⁩): ⁨[1] [2]⁩
ar|أين التقطت صورة الغروب؟|التُقطت في ⁨Tokyo⁩، ⁨اليابان⁩ ⁨[1]⁩.
hi|कुत्तों की कितनी तस्वीरें हैं?|कुत्तों: 2 तस्वीरें [1] [2]
hi|सूर्यास्त की फोटो कहाँ ली थी?|यह Tokyo, जापान में ली गई थी [1]।
en|in which month did I take the most photos?|November 2026: 3 photos [1] [2] [3]
en|which day did I take most dog photos in 2023?|May 14, 2023: 1 photo [1]
en|which country did I take the most receipts in?|Germany: 1 photo [1] / Portugal: 1 photo [2]
en|which camera do I use most in Germany?|Apple iPhone 12: 2 photos [1] [2]
es|¿En qué mes tomé más fotos?|noviembre de 2026: 3 fotos [1] [2] [3]
de|An welchem Tag habe ich die meisten Fotos gemacht?|4. Februar 2020: 2 Fotos [1] [2]
pl|w którym miesiącu zrobiłem najwięcej zdjęć?|listopad 2026: 3 zdjęcia [1] [2] [3]
zh|我哪个月拍的照片最多？|2026年11月：3 张照片 [1] [2] [3]
ar|في أي شهر التقطت أكثر الصور؟|‏⁨نوفمبر 2026⁩: 3 صور ⁨[1] [2] [3]⁩
"""


@pytest.mark.parametrize("case", ANSWERS.strip().splitlines())
def test_an_answer_reads_as_a_speaker_would_say_it(assistant: Assistant, case: str) -> None:
    code, question, expected = case.split("|")
    assert assistant.answer(question, prior=code, today=TODAY).text.replace("\n", " / ") == expected


def test_photos_that_are_found_are_described_with_day_and_place(assistant: Assistant) -> None:
    assert assistant.answer("dog on the beach", today=TODAY).text == (
        "I found 1 photo for dog · beach:\n[1] A brown dog runs on the beach · May 14, 2023 · Lisbon, Portugal"
    )


def test_when_several_photos_fit_the_span_of_days_is_told(assistant: Assistant) -> None:
    answer = assistant.answer("when did I see dogs", today=TODAY).text.splitlines()
    assert answer[0] == "2 photos between May 14, 2023 and December 25, 2025:"
    assert len(answer) == 3


def test_when_it_was_last_is_the_newest_photo_and_first_the_oldest(assistant: Assistant) -> None:
    last = assistant.answer("when did I last see a dog", today=TODAY)
    first = assistant.answer("when was the first photo of a dog", today=TODAY)
    assert last.text == "Taken on December 25, 2025 [1]."
    assert first.text == "Taken on May 14, 2023 [1]."


def test_where_several_photos_were_taken_is_told_by_place(assistant: Assistant) -> None:
    answer = assistant.answer("where were the dogs", today=TODAY).text.splitlines()
    assert answer[0] == "Taken in these places:"
    assert sorted(answer[1:]) == ["Berlin, Germany [1]", "Lisbon, Portugal [2]"]


def test_a_place_that_nobody_recorded_is_not_made_up(assistant: Assistant) -> None:
    assert assistant.answer("where is the cat", today=TODAY).text == (
        "I found [1], but nothing says where it was taken."
    )


def test_text_that_nobody_could_read_is_not_made_up(assistant: Assistant) -> None:
    answer = assistant.answer("what does the dog on the beach say", today=TODAY)
    assert answer.text == "I found [1], but could read no text in it."


def test_how_many_there_are_of_each_is_told_the_newest_first(assistant: Assistant) -> None:
    assert assistant.answer("how many photos per year?", today=TODAY).text.splitlines() == [
        "2026: 4 photos [1] …",
        "2025: 2 photos [2] …",
        "2024: 4 photos [3] …",
        "2023: 2 photos [4] …",
        "2020: 21 photos [5] …",
    ]


def test_what_is_known_of_no_photo_is_counted_by_nothing(assistant: Assistant) -> None:
    assert assistant.answer("castles per city", today=TODAY).text == "1 photo for castles: [1]"


# ---- chips


def test_a_question_is_shown_as_chips(assistant: Assistant) -> None:
    reading = assistant.read('receipts from Berlin in May 2023 with coffee "total"', today=TODAY)
    assert [(chip.kind, chip.label) for chip in reading.chips] == [
        (ChipKind.WORD, "“total”"),
        (ChipKind.KIND, "receipts"),
        (ChipKind.PLACE, "Berlin"),
        (ChipKind.DATE, "May 2023"),
        (ChipKind.WORD, "coffee"),
    ]
    assert (reading.query.kinds, reading.query.taken_from) == ((Kind.RECEIPT,), date(2023, 5, 1))


def test_cameras_and_stars_are_chips(assistant: Assistant) -> None:
    chips = assistant.read("my best photos taken with the Canon EOS 5D", today=TODAY).chips
    assert [(chip.kind, chip.label) for chip in chips] == [
        (ChipKind.STARS, "best photos"),
        (ChipKind.CAMERA, "Canon EOS 5D"),
    ]
    assert assistant.read("not from my iPhone", today=TODAY).query.without == (Query(cameras=("iphone",)),)


@pytest.mark.parametrize(("question", "label"), [
    ("en|photos from 2023", "2023"), ("en|14 May 2023", "May 14, 2023"), ("de|im Mai 2023", "Mai 2023"),
    ("zh|2023年5月", "2023年5月"), ("en|from 2020 to 2022", "2020–2022"), ("en|since 2024", "January 1, 2024 …"),
    ("en|before 2024", "… December 31, 2023"), ("es|fotos en Alemania", "Alemania"), ("zh|德国的照片", "德国"),
])  # fmt: skip
def test_a_chip_tells_what_was_understood_in_the_language_of_the_question(
    assistant: Assistant, question: str, label: str
) -> None:
    code, text = question.split("|")
    assert [chip.label for chip in assistant.read(text, prior=code, today=TODAY).chips] == [label]


def test_a_chip_that_is_taken_away_no_longer_narrows(assistant: Assistant, names: dict[PhotoId, str]) -> None:
    question = "dogs in Berlin"
    berlin = next(chip for chip in assistant.read(question, today=TODAY).chips if chip.kind is ChipKind.PLACE)
    answer = assistant.answer(question, today=TODAY, without=(berlin,))
    assert {names[hit.photo] for hit in answer.photos} == {"dog-beach", "dog-sofa"}
    assert berlin not in answer.reading.chips


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("dogs without a beach", "dog-sofa"),
        ("Hunde ohne Strand", "dog-sofa"),
        ("perros sin playa", "dog-sofa"),
        ("没有沙滩的狗", "dog-sofa"),
        ("समुद्र तट के बिना कुत्ते", "dog-sofa"),
        ("dogs -beach", "dog-sofa"),
        ("-beach dog", "dog-sofa"),
        ("perros NOT playa", "dog-sofa"),
        ("receipts except from Berlin", "cafe washer"),
        ("receipts but not from 2023", "rewe washer"),
        ("dogs that are not in Berlin", "dog-beach"),
        ("keine Hunde aus Berlin, nur Belege", "rewe"),
        ("köpeksiz plaj", ""),
        ("plajsız köpek", "dog-sofa"),
        ("receipts not from my iPhone", "washer"),
        ("cats or horses", "cat horse"),
        ("Katze oder Pferd", "cat horse"),
        ("قطة أو حصان", "cat horse"),
        ("cat OR horse OR lake", "cat horse lake"),
        ("animals -cat -dog", ""),
        ("caption:dog", "dog-beach dog-sofa"),
        ("text:receipt", ""),
        ('text:"NO PARKING"', "sign"),
        ("text:total -text:coffee", "washer"),
        ("path:IMG_0003", "cat"),
        ("dog before:2024", "dog-beach"),
        ("dog after:2024-05", "dog-sofa"),
        ("dog after:2020 before:2024", "dog-beach"),
        ('receipt -"CAFÉ LISBOA"', "rewe washer"),
        ("red-car", "car"),
        ("समुद्र तट के बिना -कुत्ते बिल्ली", "cat"),
        ("dogs -without beach", "dog-sofa"),
    ],
)
def test_what_is_excluded_or_one_of_several_or_of_one_field(
    assistant: Assistant, names: dict[PhotoId, str], question: str, found: str
) -> None:
    answer = assistant.answer(question, prior="en", today=TODAY)
    assert sorted(names[hit.photo] for hit in answer.photos) == found.split(), answer.reading.chips


@pytest.mark.parametrize(
    "question",
    [
        "en|I can not find my photos of dogs",
        "en|are there no photos of dogs?",
        "de|gibt es keine Fotos von Hunden?",
        "fr|n'y a-t-il pas de photos de chien ?",
        "ru|не могли бы вы показать собак?",
        "ru|нет ли у меня фото собаки?",
        "tr|köpek fotoğrafım yok mu?",
        "hi|क्या कुत्ते की फोटो नहीं है?",
        "bn|কুকুরের ছবি নেই?",
        "ja|犬の写真はない？",
        "vi|tôi không có ảnh chó à?",
        "ko|강아지 사진 없어?",
        "es|muéstrame más fotos de perros",
    ],
)
def test_a_no_that_only_asks_excludes_nothing(assistant: Assistant, names: dict[PhotoId, str], question: str) -> None:
    code, text = question.split("|")
    answer = assistant.answer(text, prior=code, today=TODAY)
    assert {names[hit.photo] for hit in answer.photos} == {"dog-beach", "dog-sofa"}, answer.reading.chips


@pytest.mark.parametrize(
    "question", ["before:", "caption:", "before:yesteryear", "-", "--", '-""', "OR", "NOT", "or or", "text:?"]
)
def test_operators_alone_are_only_words(assistant: Assistant, question: str) -> None:
    assert assistant.answer(question, today=TODAY).text


@pytest.mark.parametrize(
    ("talk", "found"),
    [
        (("how many dogs are there?", "and cats?"), "cat"),
        (("dogs in Berlin", "and in Lisbon?"), "dog-beach"),
        (("photos of dogs in 2023", "what about 2025?"), "dog-sofa"),
        (("show me the dogs", "only without a beach"), "dog-sofa"),
        (("where is the red car?", "when was it taken?"), "car"),
        (("Wie viele Hunde gibt es?", "und in Berlin?"), "dog-sofa"),
        (("fotos de perros", "¿y de 2023?"), "dog-beach"),
        (("柏林的照片", "那里斯本呢"), "cafe dog-beach"),
        (("show me my receipts", "and last week?", "and in 2024?"), "washer"),
        (("dogs", "cats"), "cat"),  # that goes on from nothing
    ],
)
def test_a_question_goes_on_from_the_one_before(
    assistant: Assistant, names: dict[PhotoId, str], talk: tuple[str, ...], found: str
) -> None:
    reading = None
    for question in talk:
        answer = assistant.answer(question, prior="en", today=TODAY, after=reading)
        reading = answer.reading
    assert sorted(names[hit.photo] for hit in answer.photos) == found.split(), answer.reading.chips


def test_what_was_wanted_before_is_still_wanted_unless_something_else_is(assistant: Assistant) -> None:
    before = assistant.read("how many dogs are there?", today=TODAY)
    assert assistant.read("and cats?", today=TODAY, after=before).intent == "count"
    assert assistant.read("and where is the cat?", today=TODAY, after=before).intent == "where"


@pytest.mark.parametrize(
    ("talk", "intent", "by"),
    [
        (("how many photos per year?", "and by month?"), "each", Grouping.MONTH),
        (("photos per city", "and in 2023?"), "each", Grouping.CITY),
        (("in which year did I take the most photos?", "and in which city?"), "most", Grouping.CITY),
        (("which city have I photographed most?", "and where are the dogs?"), "where", None),
        (("Fotos pro Jahr", "und pro Monat?"), "each", Grouping.MONTH),
        (("how many dogs are there?", "and per country?"), "each", Grouping.COUNTRY),
    ],
)
def test_photos_are_counted_by_something_else_in_the_next_question(
    assistant: Assistant, talk: tuple[str, str], intent: str, by: Grouping | None
) -> None:
    before = assistant.read(talk[0], today=TODAY)
    after = assistant.read(talk[1], today=TODAY, after=before)
    assert (after.intent, after.by) == (intent, by)
    assert after.chips[: len(before.chips)] == before.chips


# ---- other languages, hostile questions


@pytest.mark.parametrize("question", ["chien sur la plage", "собака на пляже", "犬", "cane spiaggia"])
def test_words_of_other_languages_find_the_same_photos(
    assistant: Assistant, names: dict[PhotoId, str], question: str
) -> None:
    answer = assistant.answer(question, prior="en", today=TODAY)
    assert "dog-beach" in {names[hit.photo] for hit in answer.photos}
    assert answer.language in wording.languages()


@pytest.mark.parametrize("bare", ["perro", "Hund", "playa", "पहाड़", "كلب", "Strand"])
def test_a_bare_word_is_understood_whatever_the_persons_language_is(assistant: Assistant, bare: str) -> None:
    assert assistant.read(bare, prior="en").language != "en"


@pytest.mark.parametrize("question", [
    "", " ", "\x00", "🐶", "\ud800", '"', '""', "“", "(((", "*", "NEAR(", "'; drop table photos; --", "a" * 10_000,
    "狗" * 10_000, "word " * 2_000, "\u202e\u2066", "last last last", "31 31 9999", "{n} {what}", "[1] [2]", "%s %(x)s",
])  # fmt: skip
def test_hostile_questions_are_answered_in_words(assistant: Assistant, question: str) -> None:
    answer = assistant.answer(question, today=TODAY)
    assert answer.text
    assert len(answer.text) < 25_000


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(question=st.text(), prior=st.sampled_from(["en", "ar", "zh", "ja", "xx", ""]))
def test_any_question_is_answered(assistant: Assistant, question: str, prior: str) -> None:
    assert assistant.answer(question, prior=prior, today=TODAY).text


def test_an_empty_library_says_so(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.db")
    assert Assistant(library).answer("dogs").text == "There are no photos here yet."
    library.close()


def test_every_language_can_say_everything() -> None:
    english = wording._words("en")
    for code in wording.languages():
        assert wording._words(code)["answers"].keys() == english["answers"].keys(), code
        assert wording._words(code)["asks"].keys() == english["asks"].keys(), code


def test_what_runs_left_is_isolated_in_a_right_to_left_answer(assistant: Assistant) -> None:
    text = assistant.answer("أرني صور الكلب على الشاطئ", today=TODAY).text
    for run in ("[1]", "A brown dog runs on the beach", "Lisbon"):
        assert f"\u2068{run}\u2069" in text
    assert text.count("\u2068") == text.count("\u2069")
    assert text.splitlines()[1].startswith("\u200f")


# ---- looking again


def test_without_a_model_one_photo_is_answered_from_what_is_known(library: Library, assistant: Assistant) -> None:
    assert "A brown dog runs on the beach" in "".join(assistant.look_again([DOG], "What is this?"))


class Looker:
    """Stands for a model that can talk; the views it was allowed are kept."""

    talks = True
    slicing = SliceRule()

    def __init__(self) -> None:
        self.allowed: list[int] = []

    def ask(self, _pictures: Sequence[Picture], _question: str, *, max_views: int, **_: object) -> Iterator[str]:
        self.allowed.append(max_views)
        yield "A dog."


def eyes(looker: Looker) -> Eyes:
    return Eyes(cast(EngineClient, looker), lambda _photo: Picture(1000, 1000, bytes(3_000_000)))


@pytest.mark.parametrize(
    ("question", "views"),
    [
        ("What is the dog doing?", 1),
        ("What does it say?", 10),
        ("¿Cuánto costó?", 10),
        ("Was steht darauf?", 10),
    ],
)
def test_one_photo_is_asked_about_in_the_views_it_needs_and_read_in_all(
    library: Library, question: str, views: int
) -> None:
    looker = Looker()
    assert "".join(Assistant(library, eyes(looker)).look_again([DOG], question)) == "A dog."
    assert looker.allowed == [views]


def test_one_photo_that_was_looked_at_closely_is_asked_about_in_all_its_views(library: Library) -> None:
    photo = CAT
    with library.writing() as conn:
        seen = descriptions.current(conn, photo)
        assert seen is not None
        descriptions.record(conn, photo, replace(seen, views=10, views_reason="asked"))
    looker = Looker()
    "".join(Assistant(library, eyes(looker)).look_again([photo], "What is the dog doing?"))
    assert looker.allowed == [10]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("how much was it at Hobbyland?", "[1] says: “TOTAL 48,70” It was read in two ways: 48,70 / 43,70."),
        (
            "what does the Hobbyland receipt say?",
            "[1] says: “Hobbyland / TOTAL 48,70” It was read in two ways: 48,70 / 43,70.",
        ),
        (
            "was hat es bei Hobbyland gekostet?",
            "Auf [1] steht: „TOTAL 48,70“ Das wurde auf zwei Arten gelesen: 48,70 / 43,70.",
        ),
    ],
)
def test_an_amount_that_was_read_in_two_ways_is_told_with_both(tmp_path: Path, question: str, answer: str) -> None:
    with closing(Library(tmp_path / "library.db")) as library:
        with library.writing() as conn:
            photo = photos.identify(conn, "receipt")
            folder = folders.add(conn, "/pictures")
            files.add(conn, Seen(folder, "/pictures/1.jpg", 1, 1, photo, 1), photo)
            photos.record(conn, photo, Facts(640, 480, "JPEG", datetime(2026, 1, 1), "exif"))
            text, made = "HOBBYLAND\nTOTAL 43,70", datetime(2026, 1, 1)
            seen = Description("A receipt", (), Kind.RECEIPT, "", text, 0.9, "en", "model", 1, 1, 1.0, made)
            descriptions.record(conn, photo, seen)
            lines.record(conn, photo, [Line(line, 0.9, (0, 0, 1, 1)) for line in ("Hobbyland", "TOTAL 48,70")])
            search.refresh(conn, photo)
        assert Assistant(library).answer(question, prior="en", today=TODAY).text == answer
