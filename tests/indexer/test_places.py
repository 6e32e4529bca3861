"""Points become places and names in questions become filters, but not every word that is also a town."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer import language, places


@pytest.mark.parametrize(("latitude", "longitude", "city", "country"), [
    (48.8584, 2.2945, "Paris", "FR"),  # the Eiffel Tower, nearer to the centre of Vanves
    (52.5163, 13.3777, "Berlin", "DE"), (38.6978, -9.4215, "Cascais", "PT"), (51.5007, -0.1246, "London", "GB"),
    (39.9087, 116.3975, "Beijing", "CN"), (30.0444, 31.2357, "Cairo", "EG"), (28.6129, 77.2295, "Delhi", "IN"),
    (-33.8568, 151.2153, "Sydney", "AU"), (43.7384, 7.4246, "Monaco", "MC"), (40.6892, -74.0445, "New York City", "US"),
])  # fmt: skip
def test_a_point_is_named_by_the_town_whose_reach_it_is_in(
    latitude: float, longitude: float, city: str, country: str
) -> None:
    place = places.nearest(latitude, longitude)
    assert place is not None
    assert (place.city, place.country_code) == (city, country)
    assert (place.latitude, place.longitude) == (latitude, longitude)


def test_a_region_is_named_where_it_is_known() -> None:
    place = places.nearest(48.137, 11.575)
    assert place is not None
    assert place.region == "Bavaria"


def test_far_from_any_town_only_the_country_is_named() -> None:
    place = places.nearest(64.1, -16.0)  # Vatnajökull
    assert place is not None
    assert (place.city, place.region, place.country_code) == ("", "", "IS")


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(0, -30), (-60, -120), (91, 0), (0, 181), (math.nan, 0), (0, math.inf)]
)
def test_the_open_sea_and_points_that_are_none_have_no_name(latitude: float, longitude: float) -> None:
    assert places.nearest(latitude, longitude) is None


@given(st.floats(), st.floats())
def test_any_coordinates_are_taken(latitude: float, longitude: float) -> None:
    places.nearest(latitude, longitude)


def found(code: str, text: str) -> list[str]:
    return [named.city or named.country_code for named in places.find(language.words(text), code)]


@pytest.mark.parametrize("case", [
    "en|photos from Berlin|Berlin", "en|sunset in lisbon|Lisbon", "en|dogs in Nice|Nice", "en|Paris|Paris",
    "en|how many photos did I take in Japan|JP", "en|receipts from New York|New York City", "en|beach in spain|ES",
    "en|photos from Turkey last year|TR", "en|pictures of the UK|GB", "es|fotos de Sevilla|Sevilla",
    "es|fotos en japon|JP", "es|cuántas fotos hice en Roma|Rome", "es|playa en barcelona|Barcelona",
    "es|fotos de alemania|DE",
    "de|Fotos aus München|Munich", "de|Fotos aus der Schweiz|CH", "de|Bilder, die ich in Essen gemacht habe|Essen",
    "de|fotos in rom|Rome", "de|Strand in Spanien|ES", "de|Fotos aus Tübingen|Tübingen", "zh|北京的照片|Beijing",
    "zh|在日本拍的照片|JP", "zh|我在巴黎拍了多少张照片|Paris", "zh|上海的夜景|Shanghai", "zh|东京的夜景|Tokyo",
    "es|recibos de Estados Unidos|US", "zh|日本的照片|JP", "ar|لقطات من القاهرة|Cairo",
    "ar|لقطات في اليابان|JP", "ar|كم مرة التقطت في برلين|Berlin", "ar|لقطات بالقاهرة|Cairo",
    "hi|दिल्ली की तस्वीरें|Delhi", "hi|जापान में ली गई तस्वीरें|JP", "hi|बर्लिन की फोटो|Berlin", "hi|मुंबई में समुद्र तट|Mumbai",
])  # fmt: skip
def test_a_place_is_found_in_a_question(case: str) -> None:
    code, text, expected = case.split("|")
    assert found(code, text) == [expected]


PLAIN = """
en|how many photos of dogs do I have
en|nice photos of my cat
en|show me the reading list
en|what does the sign say
en|receipts of last week
en|when did I take the picture of the orange car
en|photos of Anna and Tom
en|Show me dogs on the beach
en|Show Me All The Dogs On The Beach
en|the latest screenshot
en|my first picture with a bike
en|where was this taken
en|how much was the total on the coffee receipt
en|SHOW ME ALL RECEIPTS
en|pictures with a big house and a garden
en|turkey on a plate
es|cuántas fotos de perros tengo
es|dónde hice la foto del puente
es|enséñame las fotos con flores
es|qué dice el cartel
es|cuánto pagué en total en el recibo del café
es|la primera foto de mi bebé
es|fotos de la playa con mi familia
es|capturas de pantalla
de|Wie viele Fotos von Hunden habe ich
de|Zeig mir alle Quittungen
de|Was steht auf dem Schild
de|Wann habe ich das Foto mit dem Fahrrad gemacht
de|Bilder vom Essen
de|Fotos vom Strand mit der Familie
de|das neueste Bildschirmfoto
de|Kuchen zum Geburtstag
de|Bilder von Oma im Garten
de|Haus am See
zh|我有多少张狗的照片
zh|给我看所有的收据
zh|牌子上写着什么
zh|什么时候拍的这张照片
zh|红色的汽车
zh|海边的日落
zh|妈妈生日的照片
zh|在海边拍的照片
zh|这张收据一共多少钱
ar|كم لقطة للكلاب عندي
ar|أرني كل الإيصالات
ar|ماذا تقول اللافتة
ar|آخر لقطة شاشة
hi|मेरे पास कुत्ते की कितनी तस्वीरें हैं
hi|सभी रसीदें दिखाओ
hi|बोर्ड पर क्या लिखा है
hi|लाल कार की फोटो कब ली थी
hi|समुद्र तट पर सूर्यास्त
hi|यह फोटो कहाँ ली गई थी
hi|जन्मदिन की तस्वीरें
"""


@pytest.mark.parametrize("case", PLAIN.strip().splitlines())
def test_a_plain_question_names_no_place(case: str) -> None:
    assert found(*case.split("|")) == []


@given(st.text(), st.sampled_from(["en", "zh", "ar", "xx"]))
def test_any_text_is_searched_for_places_without_error(text: str, code: str) -> None:
    places.find(language.words(text), code)


def test_names_are_looked_up_as_they_were_folded_when_the_list_was_made() -> None:
    for name in ("München", "القاهرة", "北京", "İstanbul", "Łódź", "São Paulo"):
        assert places._towns().named(language.normalise(name)) is not None


@pytest.mark.parametrize(
    ("code", "text", "city"),
    [
        ("hr", "slike iz Berlina", "Berlin"),
        ("ru", "фотографии из Москвы", "Moscow"),
        ("pl", "zdjęcia z Warszawy", "Warsaw"),
        ("et", "pildid Tartust", "Tartu"),
        ("hu", "képek Sopronban", "Sopron"),
        ("sr", "слике из Београда", "Belgrade"),
        ("ka", "ბერლინის ფოტოები", "Berlin"),
    ],
)
def test_a_town_is_known_in_any_case_of_its_name(code: str, text: str, city: str) -> None:
    assert [named.city for named in places.find(language.words(text), code)] == [city]


@pytest.mark.parametrize("case", ["hr|slike s Markom", "de|Wann war das", "ru|фото с Таней"])
def test_a_name_in_some_case_is_no_town(case: str) -> None:
    code, text = case.split("|")
    assert places.find(language.words(text), code) == ()
