from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.library.types import Written
from indexer.xmp import read
from indexer.xmp_merge import Unmergeable, Words, merged

SEEN = Words("A dog on a beach", "en", ("dog", "beach"), "minicpm-v-4.5", 3, "2026-11-26T01:02:03+00:00")
OTHERS = """<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <!-- developed -->
  <rdf:Description rdf:about="" xmlns:darktable="http://darktable.sf.net/" xmlns:dc="http://purl.org/dc/elements/1.1/"
   xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4" darktable:history_end="7">
   <darktable:history><rdf:Seq>
    <rdf:li darktable:operation="exposure" darktable:params="00ff"/>
   </rdf:Seq></darktable:history>
   <dc:subject><rdf:Bag><rdf:li>Lisboa</rdf:li><rdf:li>Dog</rdf:li></rdf:Bag></dc:subject>
   <dc:description><rdf:Alt>{texts}</rdf:Alt></dc:description>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""
CAPTIONED = OTHERS.format(
    texts='<rdf:li xml:lang="x-default">Rex</rdf:li><rdf:li xml:lang="pt">O Rex na praia</rdf:li>'
).encode()


def person(caption: str = "", *keywords: str) -> Words:
    return Words(own_caption=caption, own_keywords=keywords)


def both(own: Words) -> Words:
    return Words(**{name: getattr(own, name) or getattr(SEEN, name) for name in SEEN.__struct_fields__})


def test_where_there_was_no_sidecar_one_says_it_all() -> None:
    packet = merged(b"", SEEN).decode()
    assert packet.startswith("<?xml")
    for part in (
        "<dc:description>",
        '<rdf:li xml:lang="x-default">A dog on a beach</rdf:li>',
        '<rdf:li xml:lang="en">A dog on a beach</rdf:li>',
        "<Iptc4xmpCore:AltTextAccessibility>",
        "<rdf:li>dog</rdf:li>",
        "<tintype:model>minicpm-v-4.5</tintype:model>",
        "<tintype:promptVersion>3</tintype:promptVersion>",
        "<tintype:describedAt>2026-11-26T01:02:03+00:00</tintype:describedAt>",
    ):
        assert part in packet


def test_what_a_model_saw_is_not_read_as_somebodys_word() -> None:
    assert read(merged(b"", SEEN))[0] == Written()
    assert read(merged(CAPTIONED, SEEN))[0] == Written(caption="Rex", keywords=("Lisboa", "Dog"), rating=4)


def test_what_the_person_wrote_is_read_again_should_the_library_be_lost() -> None:
    packet = merged(b"", both(person("Our Rex", "holiday", "dog")))
    assert read(packet)[0] == Written(caption="Our Rex", keywords=("holiday", "dog"))


def test_what_others_wrote_stays() -> None:
    packet = merged(CAPTIONED, SEEN).decode()
    for part in (
        "<!-- developed -->",
        'darktable:history_end="7"',
        'darktable:params="00ff"',
        'xmp:Rating="4"',
        'x:xmptk="XMP Core 4.4.0-Exiv2"',
        '<rdf:li xml:lang="x-default">Rex</rdf:li>',
        '<rdf:li xml:lang="pt">O Rex na praia</rdf:li>',
        "<rdf:li>Lisboa</rdf:li>",
    ):
        assert part in packet
    assert "<rdf:li>beach</rdf:li>" in packet
    assert "<rdf:li>dog</rdf:li>" not in packet  # it is there, written otherwise


def test_the_persons_words_go_before_others_which_come_back_when_they_are_taken_back() -> None:
    packet = merged(CAPTIONED, both(person("Our Rex")))
    assert read(packet)[0].caption == "Our Rex"
    assert '<rdf:li xml:lang="pt">O Rex na praia</rdf:li>' in packet.decode()
    assert read(merged(packet, SEEN))[0].caption == "Rex"


def test_a_new_description_takes_the_place_of_the_old() -> None:
    packet = merged(merged(b"", SEEN), Words("Ein Strand", "de", ("Strand",), "minicpm-v-4", 4, "2026-12-01")).decode()
    assert "A dog on a beach" not in packet and "beach" not in packet
    assert packet.count("Ein Strand") == 5  # for all and for German, twice; and noted as ours
    assert "<rdf:li>Strand</rdf:li>" in packet


def test_what_somebody_else_changed_since_is_theirs() -> None:
    packet = merged(b"", SEEN).replace(b'"x-default">A dog', b'"x-default">Our dog', 1)
    assert read(packet)[0].caption == "Our dog on a beach"
    assert read(merged(packet, SEEN))[0].caption == "Our dog on a beach"


texts = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=12).map(str.strip)
sayings = st.builds(
    Words,
    caption=st.just("") | texts,
    language=st.sampled_from(["en", "pt"]),
    tags=st.lists(texts.filter(bool), max_size=3).map(tuple),
    own_caption=st.just("") | texts,
    own_keywords=st.lists(texts.filter(bool), max_size=3).map(tuple),
)


@given(st.lists(sayings, min_size=1, max_size=4), st.sampled_from([b"", CAPTIONED]))
def test_however_often_it_is_written_others_words_stay_and_ours_go(said: list[Words], packet: bytes) -> None:
    before = read(packet)[0] if packet else Written()
    for words in said:
        packet = merged(packet, words)
        assert merged(packet, words) == packet  # nothing to do the second time
    packet = merged(packet, Words())
    assert read(packet)[0] == before
    assert b"tintype:" not in packet


@pytest.mark.parametrize(
    ("packet", "sentence"),
    [
        (CAPTIONED[:300], "is damaged"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "is damaged"),
        (b"<html/>", "is no XMP"),
        (b" " * (5 << 20), "too large"),
    ],
)
def test_what_cannot_be_understood_is_left_alone(packet: bytes, sentence: str) -> None:
    with pytest.raises(Unmergeable, match=sentence):
        merged(packet, SEEN)
