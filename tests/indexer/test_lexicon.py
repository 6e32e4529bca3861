"""A word of any language finds what a caption says in another."""

import re
import zipfile

import pytest

from indexer import language, lexicon
from indexer.library.types import Kind

THINGS = """
dog      es:perro es:perros de:Hund de:Hunde de:Hunden zh:狗 zh:小狗
dog      ar:كلب ar:الكلب ar:كلاب ar:للكلاب hi:कुत्ता hi:कुत्ते hi:कुत्तों
dog      en:dogs en:puppies fr:chien ja:犬 ru:собака th:หมา
beach    es:playa es:playas de:Strand zh:海滩 zh:沙灘 zh:海边 ar:شاطئ ar:الشاطئ hi:बीच fr:plage
cat      es:gato de:Katze de:Katzen zh:猫 ar:قطة ar:قطط hi:बिल्ली hi:बिल्लियों
sunset   es:atardecer de:Sonnenuntergang zh:日落 ar:غروب hi:सूर्यास्त fr:coucher ja:夕日
mountain es:montañas de:Berge zh:山 ar:جبال hi:पहाड़ ru:гора
red      es:rojo es:roja de:rot de:rote de:roten zh:红色 ar:حمراء hi:लाल
umbrella es:paraguas de:Regenschirm ar:مظلة hi:छाता fr:parapluie
guitar   es:guitarra de:Gitarre zh:吉他 hi:गिटार
elephant es:elefante de:Elefant zh:大象 ar:فيل hi:हाथी ru:слон
shoe     es:zapatos de:Schuhe zh:鞋 ar:حذاء
"""


def things() -> list[tuple[str, str, str]]:
    rows = [line.split() for line in THINGS.strip().splitlines()]
    return [(code, word, english) for english, *said in rows for code, word in (each.split(":") for each in said)]


@pytest.mark.parametrize(("code", "word", "english"), things())
def test_a_word_of_any_language_becomes_the_english_one(code: str, word: str, english: str) -> None:
    assert english in lexicon.translations(word, code, ["en"])


def test_the_languages_of_the_captions_are_served_too() -> None:
    words = lexicon.translations("dog", "en", ["es", "zh", "de"])
    assert {"perro", "perros", "狗", "hund", "hunde"} <= set(words)


@pytest.mark.parametrize(("word", "unwanted"), [
    ("dog", "cat"), ("dog", "animal"), ("sea", "beach"), ("car", "train"), ("ticket", "receipt"),
    ("cake", "birthday"), ("tree", "forest"),
])  # fmt: skip
def test_a_word_is_not_confused_with_its_neighbours(word: str, unwanted: str) -> None:
    assert unwanted not in lexicon.translations(word, "en", ["en"])


@pytest.mark.parametrize(
    ("code", "word"), [("es", "perro"), ("de", "Essen"), ("zh", "食物"), ("ar", "سيارة"), ("hi", "खाना")]
)
def test_one_word_does_not_set_off_fifteen(code: str, word: str) -> None:
    english = lexicon.translations(word, code, ["en"])
    assert 1 <= len({re.sub(r"(ie|y|e)?s$", "", form) for form in english}) <= 8


@pytest.mark.parametrize("word", ["Lidl", "xyzzy", "", "12", "🐶"])
def test_a_word_that_nobody_knows_has_no_translations(word: str) -> None:
    assert lexicon.translations(word, "en", ["en", "de"]) == ()
    assert not lexicon.knows(word, "en")


KINDS = """
receipt    en:receipt en:bills es:recibo es:facturas de:Quittung de:Kassenbons zh:收据 zh:發票 ar:إيصال
receipt    ar:الفواتير hi:रसीद hi:रसीदें
ticket     en:tickets es:entradas es:billete de:Fahrkarten zh:车票 ar:تذكرة ar:التذاكر hi:टिकट
sign       en:sign es:señales de:Schilder zh:路牌 ar:لافتة hi:साइनबोर्ड
poster     en:posters es:afiche de:Plakat zh:海报 ar:ملصق hi:पोस्टर
note       en:notes es:nota de:Zettel zh:便条 ar:ملاحظات hi:नोट
document   en:documents es:documento de:Dokumente zh:文件 ar:وثيقة hi:दस्तावेज़
screenshot en:screenshots de:Bildschirmfotos zh:截图 ar:لقطة_شاشة hi:स्क्रीनशॉट es:captura_de_pantalla
"""


def kinds() -> list[tuple[str, str, str]]:
    rows = [line.split() for line in KINDS.strip().splitlines()]
    return [(kind, *each.replace("_", " ").split(":")) for kind, *said in rows for each in said]


@pytest.mark.parametrize(("kind", "code", "word"), kinds())
def test_a_kind_of_picture_is_known_by_its_name(kind: str, code: str, word: str) -> None:
    words = language.words(word)
    named = lexicon.kinds(code).at(words, 0)
    assert named
    assert named[0] == len(words)
    assert Kind(kind) in named[1]


def test_every_language_with_a_file_names_every_kind_and_every_thing_that_english_names() -> None:
    english = language.data("en")
    for code in language.known():
        assert language.data(code)["kinds"].keys() == english["kinds"].keys(), code
        assert language.data(code)["concepts"].keys() == english["concepts"].keys(), code


def test_the_stored_words_are_folded_as_questions_are() -> None:
    with zipfile.ZipFile(lexicon._ASSET) as asset:
        for code in ("en", "ar", "hi", "zh", "th", "vi"):
            words = re.split(r"[|\n]", asset.read(f"words/{code}.txt").decode())
            assert [word for word in words[:500] if language.normalise(word) != word] == []


def test_98_languages_are_carried() -> None:
    with zipfile.ZipFile(lexicon._ASSET) as asset:
        assert len([name for name in asset.namelist() if name.startswith("words/")]) == 98
