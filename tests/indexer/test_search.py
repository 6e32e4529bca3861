"""A search finds what was asked for, best first, and nothing where nothing fits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path, PurePath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.library import descriptions, files, folders, lines, photos, search, written
from indexer.library.database import Library
from indexer.library.files import Seen
from indexer.library.search import Order, count, groups
from indexer.library.types import Description, Facts, Group, Grouping, Kind, Line, PhotoId, Place, Query, Term, Written

ROME = Place("Rome", "Lazio", "IT", 41.9, 12.5)
BERLIN = Place("Berlin", "Berlin", "DE", 52.5, 13.4)


def keep(
    conn: sqlite3.Connection,
    path: str,
    caption: str = "",
    *,
    text: Sequence[str] = (),
    tags: Sequence[str] = (),
    kind: Kind = Kind.PHOTO,
    place: Place | None = None,
    taken_at: str = "2023-05-14T10:00:00",
    camera: str = "",
    lens: str = "",
    said: Written | None = None,
) -> PhotoId:
    """A photo as the indexer would have recorded it."""
    folder = folders.add(conn, "/pictures")
    photo = photos.identify(conn, path)
    files.add(conn, Seen(folder, f"/pictures/{path}", 1, 1, photo, 1), photo)
    when = datetime.fromisoformat(taken_at)
    photos.record(conn, photo, Facts(640, 480, "JPEG", when, "exif", place=place, camera=camera, lens=lens))
    lines.record(conn, photo, [Line(line, 0.9, (0, 0, 1, 1)) for line in text])
    made = datetime(2026, 1, 1)
    seen = Description(caption, tuple(tags), kind, "", "", 0.9, "en", "model", 1, 1, 1.0, made)
    descriptions.record(conn, photo, seen)
    written.record(conn, photo, said or Written())
    search.refresh(conn, photo)
    return photo


@pytest.fixture(scope="module")
def conn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    library = Library(tmp_path_factory.mktemp("search") / "library.db")
    with library.writing() as writing:
        keep(writing, "dog-in-rome.jpg", "A dog on the beach", tags=("dog",), place=ROME, camera="Canon EOS 40D")
        keep(writing, "old-dog.jpg", "A dog on a sofa", taken_at="2020-01-01T23:59:59")
        keep(writing, "new-dog.jpg", "A dog on a sofa", taken_at="2025-01-01T00:00:00", place=BERLIN)
        keep(writing, "new-cat.jpg", "A cat asleep", taken_at="2022-01-01T00:00:00")
        keep(writing, "old-cat.jpg", "A cat asleep", taken_at="2021-01-01T00:00:00")
        keep(writing, "receipt.jpg", "A receipt", text=("Card payment", "TOTAL 12,50 €"), kind=Kind.RECEIPT, place=ROME)
        keep(writing, "ticket.jpg", "A ticket", text=("Berlin Hbf - Rome Termini",), kind=Kind.TICKET)
        keep(writing, "menu.jpg", text=("北京烤鸭", "特价 ９８元"))
        keep(writing, "sign.jpg", text=("مطعم القاهرة", "ممنوع الوقوف"), kind=Kind.SIGN)
        keep(writing, "thai.jpg", text=("ร้านอาหารริมชายหาด",))
        keep(writing, "Holidays 2019/Étretat/IMG_0042.jpg", "White cliffs")
        keep(writing, "zürich.jpg", "A tram", text=("Zürich HB",), taken_at="2024-02-29T12:00:00")
    yield library.connect()
    library.close()


def names(conn: sqlite3.Connection, query: Query, order: Order = Order.BEST) -> list[str]:
    hits = search.search(conn, query, order=order)
    assert count(conn, query) == len(hits)
    return [PurePath(hit.path).stem for hit in hits]


def words(*texts: str) -> Query:
    return Query(terms=tuple(Term(text) for text in texts))


def test_the_empty_query_is_every_photo_newest_first(conn: sqlite3.Connection) -> None:
    found = names(conn, Query())
    assert (len(found), found[0], found[-1]) == (12, "new-dog", "old-dog")


@pytest.mark.parametrize(("text", "expected"), [
    ("dog", {"dog-in-rome", "old-dog", "new-dog"}), ("DOG", {"dog-in-rome", "old-dog", "new-dog"}),
    ("sofa", {"old-dog", "new-dog"}), ("paym", {"receipt"}), ("烤鸭", {"menu"}), ("北京", {"menu"}), ("98", {"menu"}),
    ("القاهره", {"sign"}), ("قاهرة", {"sign"}), ("والقاهرة", {"sign"}), ("ชายหาด", {"thai"}), ("zurich", {"zürich"}),
    ("ZÜRICH", {"zürich"}), ("etretat", {"IMG_0042"}), ("holidays", {"IMG_0042"}), ("0042", {"IMG_0042"}),
    ("Canon", {"dog-in-rome"}), ("Italy", {"dog-in-rome", "receipt"}), ("Lazio", {"dog-in-rome", "receipt"}),
    ("12,50", {"receipt"}), ("white cliffs", {"IMG_0042"}),
])  # fmt: skip
def test_a_word_is_found_wherever_it_stands(conn: sqlite3.Connection, text: str, expected: set[str]) -> None:
    assert set(names(conn, words(text))) == expected


@pytest.mark.parametrize("text", ["elephant", "car", "do", "cliffs white", "烤京", "moon dog", "ic", "jpg", "pictures"])
def test_nothing_is_better_than_a_wrong_photo(conn: sqlite3.Connection, text: str) -> None:
    assert names(conn, words(text)) == []


def test_another_word_for_the_same_thing_is_as_good(conn: sqlite3.Connection) -> None:
    assert len(names(conn, Query(terms=(Term("perro", ("dog", "puppy")),)))) == 3


def test_words_narrow_each_other(conn: sqlite3.Connection) -> None:
    assert names(conn, words("dog", "beach")) == ["dog-in-rome"]
    assert names(conn, words("dog", "moon")) == []


def test_of_three_words_or_more_one_in_three_may_be_missing(conn: sqlite3.Connection) -> None:
    assert names(conn, words("dog", "beach", "moon")) == ["dog-in-rome"]
    assert names(conn, words("dog", "moon", "stars")) == []


def test_a_place_is_never_among_the_words_that_may_be_missing(conn: sqlite3.Connection) -> None:
    terms = (Term("dog"), Term("sofa"))
    assert names(conn, Query(terms=terms, cities=("Tokyo",))) == []
    assert names(conn, Query(terms=(*terms, Term("moon")), cities=("Tokyo",))) == []
    assert names(conn, Query(terms=(*terms, Term("moon")), cities=("Berlin",))) == ["new-dog"]


def test_quoted_words_are_taken_together_and_whole(conn: sqlite3.Connection) -> None:
    assert names(conn, Query(terms=(Term("card payment", quoted=True),))) == ["receipt"]
    assert names(conn, Query(terms=(Term("payment card", quoted=True),))) == []
    assert names(conn, Query(terms=(Term("paymen", quoted=True),))) == []


def test_text_in_the_picture_counts_more_than_a_file_name(conn: sqlite3.Connection) -> None:
    assert names(conn, words("zürich")) == ["zürich"]
    assert names(conn, words("rome"))[0] == "ticket"


@pytest.mark.parametrize(("query", "expected"), [
    (Query(kinds=(Kind.RECEIPT,)), ["receipt"]),
    (Query(kinds=(Kind.RECEIPT, Kind.TICKET)), ["ticket", "receipt"]),
    (Query(cities=("Rome",)), ["receipt", "dog-in-rome"]),
    (Query(country_codes=("DE",)), ["new-dog"]),
    (Query(taken_to=date(2020, 1, 1)), ["old-dog"]),
    (Query(taken_from=date(2025, 1, 1)), ["new-dog"]),
    (Query(taken_from=date(2024, 2, 29), taken_to=date(2024, 2, 29)), ["zürich"]),
    (Query(terms=(Term("dog"),), cities=("Rome",)), ["dog-in-rome"]),
    (Query(terms=(Term("dog"),), taken_from=date(2021, 1, 1), taken_to=date(2024, 1, 1)), ["dog-in-rome"]),
    (Query(terms=(Term("dog"),), kinds=(Kind.RECEIPT,)), []),
])  # fmt: skip
def test_dates_places_and_kinds_narrow(conn: sqlite3.Connection, query: Query, expected: list[str]) -> None:
    assert names(conn, query) == expected


def test_a_place_where_no_photo_was_taken_may_be_written_in_one(conn: sqlite3.Connection) -> None:
    assert names(conn, Query(kinds=(Kind.TICKET,), cities=("Berlin",))) == ["ticket"]
    assert names(conn, Query(cities=("Tokyo",))) == []


def test_a_kind_that_no_photo_is_known_to_be_of_may_be_what_one_is_called(conn: sqlite3.Connection) -> None:
    called = Query(kinds=(Kind.DOCUMENT,), kind_words=(Term("menu", ("menus",), quoted=True),))
    assert names(conn, called) == ["menu"]
    assert names(conn, Query(kinds=(Kind.DOCUMENT,))) == []


def test_a_folder_narrows(conn: sqlite3.Connection) -> None:
    [folder] = folders.every(conn)
    assert count(conn, Query(folder=folder.id)) == 12
    assert count(conn, Query(folder=type(folder.id)(folder.id + 1))) == 0


def test_photos_are_given_in_the_order_asked_for(conn: sqlite3.Connection) -> None:
    assert names(conn, words("dog"), Order.NEWEST) == ["new-dog", "dog-in-rome", "old-dog"]
    assert names(conn, words("dog"), Order.OLDEST) == ["old-dog", "dog-in-rome", "new-dog"]


def test_of_equally_good_photos_the_newest_comes_first(conn: sqlite3.Connection) -> None:
    assert names(conn, words("cat")) == ["new-cat", "old-cat"]


def test_the_count_does_not_stop_at_the_limit(conn: sqlite3.Connection) -> None:
    assert len(search.search(conn, words("dog"), limit=2)) == 2
    assert count(conn, words("dog")) == 3


def test_a_hit_tells_what_is_known(conn: sqlite3.Connection) -> None:
    [hit] = search.search(conn, words("termini"))
    assert (hit.path, hit.caption, hit.text) == ("/pictures/ticket.jpg", "A ticket", "Berlin Hbf - Rome Termini")
    assert (hit.kind, hit.place, hit.taken_at) == (Kind.TICKET, None, datetime(2023, 5, 14, 10))
    assert hit.score > 0


def test_what_changes_is_found_anew_and_no_more_as_it_was(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.db")
    with library.writing() as conn:
        photo = keep(conn, "a.jpg", "A dog", text=("WOOF",))
        lines.record(conn, photo, [Line("MEOW", 0.9, (0, 0, 1, 1))])
        search.refresh(conn, photo)
        assert names(conn, words("woof")) == []
        assert names(conn, words("meow")) == ["a"]
        conn.execute("delete from files")
        assert names(conn, words("meow")) == []
        photos.forget_fileless(conn)
        search.refresh(conn, photo)
        assert conn.execute("select count(*) from photo_words").fetchone()[0] == 0
    library.close()


@pytest.mark.parametrize("text", [
    '"', "'", '" OR *', "NEAR(a b)", "caption:dog", "dog AND", "-dog", "^dog", "(", "*", "a*b", "\x00", "\ud800", "🐶",
    "'; drop table photos; --", "x" * 10_000, "狗" * 10_000, "a " * 5_000, "%", "{", "dog\n\ndog",
])  # fmt: skip
@pytest.mark.parametrize("quoted", [False, True])
def test_hostile_words_neither_raise_nor_break_out(conn: sqlite3.Connection, text: str, quoted: bool) -> None:
    query = Query(terms=(Term(text, (text,), quoted),))
    assert count(conn, query) == len(search.search(conn, query))
    assert count(conn, Query()) == 12


def test_a_thousand_terms_are_taken(conn: sqlite3.Connection) -> None:
    assert names(conn, words(*["dog"] * 1000)) == names(conn, words("dog"))


TERMS = st.builds(Term, st.text(), st.lists(st.text(), max_size=3).map(tuple), st.booleans())
QUERIES = st.builds(
    Query,
    terms=st.lists(TERMS, max_size=5).map(tuple),
    taken_from=st.none() | st.dates(),
    taken_to=st.none() | st.dates(),
    country_codes=st.lists(st.text(), max_size=2).map(tuple),
    cities=st.lists(st.text(), max_size=2).map(tuple),
    kinds=st.lists(st.sampled_from(Kind), max_size=2).map(tuple),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(QUERIES)
def test_any_query_is_answered_and_counted_alike(conn: sqlite3.Connection, query: Query) -> None:
    assert count(conn, query) == len(search.search(conn, query))


# ---- what people wrote


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    library = Library(tmp_path_factory.mktemp("told") / "library.db")
    with library.writing() as writing:
        said = Written("Grandma's birthday", "", ("party", "Großmutter"), ("Anna Król",), 5)
        keep(writing, "cake.jpg", "A table with food", said=said)
        keep(writing, "lake.jpg", "A lake", said=Written(caption="Our swim at dawn"))
    yield library.connect()
    library.close()


@pytest.mark.parametrize("word", ["birthday", "party", "grossmutter", "Anna", "krol", "food"])
def test_what_people_wrote_is_found_beside_what_was_seen(told: sqlite3.Connection, word: str) -> None:
    assert names(told, Query((Term(word),))) == ["cake"]


def test_what_people_wrote_is_shown_in_place_of_what_was_seen(told: sqlite3.Connection) -> None:
    (cake,) = search.search(told, Query((Term("birthday"),)))
    (lake,) = search.search(told, Query((Term("lake"), Term("swim"))))
    assert (cake.caption, lake.caption) == ("Grandma's birthday", "Our swim at dawn")


def test_what_is_no_longer_written_is_no_longer_known(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.db")
    with library.writing() as writing:
        photo = keep(writing, "a.jpg", said=Written("Title", rating=-1))
        assert written.of(writing, photo) == Written("Title", rating=-1)
        written.record(writing, photo, Written())
        assert photos.get(writing, photo).written == Written()
    library.close()


# ---- what photos are counted by, cameras, stars


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    library = Library(tmp_path_factory.mktemp("album") / "library.db")
    paris, texas = Place("Paris", "Île-de-France", "FR", 48.9, 2.4), Place("Paris", "Texas", "US", 33.7, -95.6)
    with library.writing() as writing:
        keep(writing, "a.jpg", "A dog", place=paris, camera="Apple iPhone 12", said=Written(rating=5))
        keep(writing, "b.jpg", "A dog", place=paris, camera="NIKON CORPORATION NIKON D750", lens="Sigma 35mm F1.4")
        keep(writing, "c.jpg", "An apple", place=texas, taken_at="2024-01-01T00:00:00", said=Written(rating=3))
        own = keep(writing, "d.jpg", "A cat", taken_at="2024-01-02T00:00:00", camera="SONY DSC-RX100")
        written.say(writing, own, Written(rating=4))
        gone = keep(writing, "e.jpg", "A dog", taken_at="2019-01-02T00:00:00")
        writing.execute("delete from files where photo_id = ?", (gone,))
    yield library.connect()
    library.close()


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (Grouping.YEAR, [("2024", 2), ("2023", 2)]),
        (Grouping.MONTH, [("2024-01", 2), ("2023-05", 2)]),
        (Grouping.DAY, [("2023-05-14", 2), ("2024-01-02", 1), ("2024-01-01", 1)]),
        (Grouping.CITY, [("Paris, Île-de-France, FR", 2), ("Paris, Texas, US", 1)]),
        (Grouping.COUNTRY, [("FR", 2), ("US", 1)]),
        (Grouping.CAMERA, [("SONY DSC-RX100", 1), ("Apple iPhone 12", 1), ("NIKON CORPORATION NIKON D750", 1)]),
    ],
)
def test_photos_are_counted_by_what_they_have_in_common(
    album: sqlite3.Connection, by: Grouping, expected: list[tuple[str, int]]
) -> None:
    found = groups(album, Query(), by)
    assert [(group.name, group.photos) for group in found] == expected
    for group in found:
        assert count(album, Query(group=group)) == group.photos


def test_only_photos_that_fit_are_counted(album: sqlite3.Connection) -> None:
    assert groups(album, Query((Term("dog"),)), Grouping.YEAR) == [Group(Grouping.YEAR, "2023", 2)]
    assert groups(album, Query((Term("elephant"),)), Grouping.YEAR) == []


@pytest.mark.parametrize(
    ("camera", "found"),
    [
        ("iphone", ["a"]),
        ("nikon d750", ["b"]),
        ("nikon d75", []),
        ("sigma 35mm", ["b"]),
        ("rx100", ["d"]),
        ("sony dsc rx100", ["d"]),
    ],
)
def test_a_camera_or_lens_is_found_by_the_words_of_its_name(
    album: sqlite3.Connection, camera: str, found: list[str]
) -> None:
    assert names(album, Query(cameras=(camera,))) == found


def test_a_camera_that_took_nothing_is_looked_for_in_the_pictures(album: sqlite3.Connection) -> None:
    assert names(album, Query(cameras=("apple",), terms=(Term("dog"),))) == ["a"]
    assert names(album, Query(cameras=("apple 7", "apple"))) == ["a"]
    assert names(album, Query(cameras=("cat",))) == ["d"]


def test_a_make_that_is_a_fruit_is_not_seen_in_its_photos(album: sqlite3.Connection) -> None:
    assert names(album, Query((Term("apple"),))) == ["c"]


@pytest.mark.parametrize(("stars", "found"), [(5, ["a"]), (4, ["d", "a"]), (1, ["d", "c", "a"])])
def test_stars_are_those_of_the_person_or_else_of_the_file(
    album: sqlite3.Connection, stars: int, found: list[str]
) -> None:
    assert names(album, Query(stars=stars)) == found
