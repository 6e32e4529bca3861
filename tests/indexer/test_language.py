"""Text of every script is folded the same way when it is stored and when it is searched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer import language
from indexer.language import Phrasebook, normalise


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Café  CRÈME", "cafe creme"),
        ("Straße, ÖSTERREICH!", "strasse osterreich"),
        ("ﬁne ½ ①", "fine 1 2 1"),
        ("İstanbul ısı", "istanbul isi"),
        ("Łódź søster Ærø", "lodz soster aero"),
        ("ёлка", "елка"),
        ("إيصالٌ مُـــهِمّ", "ايصال مهم"),
        ("مقهى القاهرة", "مقهي القاهره"),
        ("٢٠٢٣ २०२३ ２０２３", "2023 2023 2023"),
        ("फ़रवरी माँ", "फरवरी मां"),
        ("红色的car", "红 色 的 car"),
        ("イヌと犬", "イ ヌ と 犬"),
        ("강아지", "강 아 지"),
        ("ชายหาด", "ช า ย ห า ด"),
        ("ปู่ที่", "ปู่ ที่"),
        ("ខ្មែរ", "ខ្ មែ រ"),
        ("12,50 €", "12 50"),
        ("IMG_2041-edit.jpg", "img 2041 edit jpg"),
        ("zero\u200bwidth\u00ad \ud800lone", "zerowidth lone"),
        ('"; drop table photos --', "drop table photos"),
        ("🐶 \x00 ''", ""),
    ],
)
def test_text_is_folded(written: str, folded: str) -> None:
    assert normalise(written) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(st.characters(codec="utf-8")))
def test_folded_text_holds_nothing_that_full_text_search_would_read_as_an_operator(text: str) -> None:
    assert not set('"*^():+-{}\x00') & set(normalise(text))


@given(st.text())
def test_words_are_the_tokens_of_the_text_and_know_where_they_stand(text: str) -> None:
    words = language.words(text)
    for word in words:
        assert word.text in normalise(text[word.start : word.end]).split()
    assert [word.start for word in words] == sorted(word.start for word in words)


def test_a_word_knows_that_it_was_typed_with_a_capital() -> None:
    assert [word.capital for word in language.words("in Berlin, ÉTÉ été")] == [False, True, True, False]


@pytest.mark.parametrize("question", [
    "en|how many photos of dogs do I have", "en|show me the receipts from last week", "en|where was this taken",
    "es|cuantas fotos tengo de perros", "es|¿Dónde hice esta foto?", "es|qué dice el cartel", "es|perro en la playa",
    "de|wie viele Fotos habe ich von Hunden", "de|Hund am Strand", "de|was steht auf dem Schild",
    "zh|我有多少张狗的照片", "zh|狗", "ar|كم صورة للكلاب عندي", "ar|أين التقطت هذه الصورة", "ar|كلب",
    "hi|कुत्ते की कितनी तस्वीरें हैं", "hi|रसीदें दिखाओ", "ja|犬の写真を見せて", "ko|개 사진", "th|หมา", "el|σκύλος", "he|כלב",
    "my|ခွေး", "ka|ძაღლი", "hy|շուն", "fr|combien de photos de chats", "pl|pies na plaży",
    "tr|kaç tane köpek fotoğrafı var", "vi|ảnh con chó trên bãi biển", "ru|сколько фото с собаками", "fa|سگ در ساحل",
    "ne|कुकुरको फोटो कति छन्",
])  # fmt: skip
def test_the_language_of_a_question_is_told(question: str) -> None:
    expected, text = question.split("|")
    assert language.detect(text) == expected


@pytest.mark.parametrize("prior", ["en", "es", "de", "sv"])
@pytest.mark.parametrize("text", ["", "12.50", "?!", "🐶", "taxi"])
def test_what_could_be_any_language_is_taken_for_the_persons_own(text: str, prior: str) -> None:
    assert language.detect(text, prior) == prior


def test_han_characters_are_chinese_unless_the_person_reads_japanese() -> None:
    assert language.detect("海", "en") == "zh"
    assert language.detect("海", "ja") == "ja"


def test_a_phrasebook_finds_the_longest_phrase() -> None:
    book = Phrasebook([("last", 1), ("last week", 2)])
    words = language.words("since LAST week and last night")
    assert [book.at(words, start) for start in range(len(words))] == [None, (3, 2), None, None, (5, 1), None]


@pytest.mark.parametrize("typed", ["إيصال", "الإيصال", "والإيصال", "بالإيصال", "للإيصال"])
def test_an_arabic_word_is_found_with_what_clings_to_it(typed: str) -> None:
    assert Phrasebook([("إيصال", True)]).at(language.words(typed), 0) == (1, True)


def test_an_arabic_word_is_searched_with_and_without_its_article() -> None:
    assert {"كلب", "الكلب", "والكلب", "للكلب"} <= set(language.forms(normalise("الكلب")))
    assert language.forms("dog") == ("dog",)


@pytest.mark.parametrize("text", ["น้ำ", "၂၀၂၃ ခုနှစ်", "ปี ๒๕๖๖", "Որտե՞ղ", "2023թ.", "ܡܶܠܬܳܐ"])
def test_words_of_every_script_are_those_of_the_folded_text(text: str) -> None:
    assert [word.text for word in language.words(text)] == language.normalise(text).split()


def test_digits_of_scripts_without_spaces_stay_together() -> None:
    assert "2566" in language.normalise("ปี๒๕๖๖ที่").split()


def test_marks_within_a_word_are_no_part_of_it() -> None:
    assert language.normalise("Որտե՞ղ") == language.normalise("Որտեղ")
    assert language.normalise("Çətir") == "cetir"


def test_serbian_is_known_in_both_scripts() -> None:
    assert language.in_latin("Љубав и Џем, жуња") == "Ljubav i Džem, žunja"
    assert (
        language.detect("колико слика паса имам") == language.detect("koliko slika pasa imam na telefonu", "sr") == "sr"
    )
