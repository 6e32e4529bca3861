from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.library.types import Written
from indexer.xmp import MOST_BYTES, NOTHING, iptc, read

_HEAD = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    ' xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmlns:digiKam="http://www.digikam.org/ns/1.0/"'
    ' xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'
    ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    ' xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"'
    ' xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#">'
)


def packet(inside: str, attributes: str = "") -> bytes:
    return f"{_HEAD}<rdf:Description {attributes}>{inside}</rdf:Description></rdf:RDF></x:xmpmeta>".encode()


def bag(name: str, *items: str, kind: str = "Bag") -> str:
    return f"<{name}><rdf:{kind}>{''.join(f'<rdf:li>{item}</rdf:li>' for item in items)}</rdf:{kind}></{name}>"


def test_everything_a_person_wrote_is_read() -> None:
    inside = (
        '<dc:title><rdf:Alt><rdf:li xml:lang="de">Am See</rdf:li><rdf:li xml:lang="x-default">At the lake</rdf:li>'
        "</rdf:Alt></dc:title>"
        "<dc:description><rdf:Alt><rdf:li xml:lang='fr'>Été à\nAnnecy</rdf:li></rdf:Alt></dc:description>"
        + bag("dc:subject", "lake", "summer")
        + bag("lr:hierarchicalSubject", "Places|France|Annecy")
        + bag("digiKam:TagsList", "People/Anna", "summer", kind="Seq")
        + bag("Iptc4xmpExt:PersonInImage", "Anna")
    )
    written, taken_at = read(packet(inside, 'xmp:Rating="4" exif:DateTimeOriginal="2021-07-03T10:11:12+02:00"'))
    assert written == Written(
        title="At the lake",
        caption="Été à Annecy",
        keywords=("lake", "summer", "Places", "France", "Annecy", "People", "Anna"),
        people=("Anna",),
        rating=4,
    )
    assert taken_at == datetime(2021, 7, 3, 10, 11, 12)


def test_faces_are_people_and_other_regions_are_not() -> None:
    region = '<rdf:li><rdf:Description mwg-rs:Name="{}" mwg-rs:Type="{}"/></rdf:li>'
    listed = region.format("Ben", "Face") + region.format("Rex", "Pet")
    inside = f"<mwg-rs:Regions><mwg-rs:RegionList><rdf:Bag>{listed}</rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>"
    inside += '<rdf:li><rdf:Description MPReg:PersonDisplayName="Chloé"/></rdf:li>'
    assert read(packet(inside))[0].people == ("Ben", "Chloé")


@pytest.mark.parametrize(
    ("attributes", "moment"),
    [
        ('photoshop:DateCreated="2019-12-24"', datetime(2019, 12, 24)),
        ('xmp:CreateDate="2019-12-24T18:30"', datetime(2019, 12, 24, 18, 30)),
        ('exif:DateTimeOriginal="2019-13-24T18:30" xmp:CreateDate="2018-01-02"', datetime(2018, 1, 2)),
        ('xmp:CreateDate="yesterday"', None),
    ],
)
def test_the_moment_is_the_first_that_is_one(attributes: str, moment: datetime | None) -> None:
    assert read(packet("", attributes)) == (NOTHING, moment)


@pytest.mark.parametrize(("written", "stars"), [("-1", -1), ("5", 5), ("3.0", 3), ("17", 0), ("inf", 0), ("good", 0)])
def test_a_rating_is_one_to_five_or_rejected(written: str, stars: int) -> None:
    assert read(packet(f"<xmp:Rating>{written}</xmp:Rating>"))[0].rating == stars


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"<not closed",
        b"\xff\xfe\x00",
        b'<?xml version="1.0" encoding="no-such-code"?><a/>',
        b'<!DOCTYPE a [<!ENTITY b "cccc"><!ENTITY d "&b;&b;">]><a>&d;</a>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        b"<a>" + b" " * MOST_BYTES + b"</a>",
    ],
)
def test_what_is_no_packet_or_an_attack_says_nothing(hostile: bytes) -> None:
    assert read(hostile) == (NOTHING, None)


@given(st.binary(max_size=200))
def test_no_bytes_do_harm(noise: bytes) -> None:
    assert read(noise) == (NOTHING, None)
    assert isinstance(read(_HEAD.encode() + noise)[0], Written)


def test_endless_lists_and_texts_are_cut() -> None:
    words = (f"word{number}" for number in range(1000))
    found, _ = read(packet(bag("dc:subject", *words) + f"<dc:title>{'a' * 9000}</dc:title>"))
    assert (len(found.keywords), len(found.title)) == (200, 5000)


def test_older_records_are_read_in_either_code() -> None:
    records = {(2, 5): b"Fest", (2, 120): "Grüße".encode("latin-1"), (2, 25): [b"eins", "zwölf".encode(), b"eins"]}
    assert iptc(records) == Written(title="Fest", caption="Grüße", keywords=("eins", "zwölf"))
    assert iptc({}) == NOTHING


def test_what_lies_over_the_other_wins_and_lists_are_joined() -> None:
    sidecar, inside = Written("new", keywords=("a", "b"), rating=5), Written("old", "caption", ("b", "c"), rating=2)
    assert sidecar.over(inside) == Written("new", "caption", ("a", "b", "c"), rating=5)
