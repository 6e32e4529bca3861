"""Composes honest captions from what a model saw and what was read, and decides what to trust.

Date and place are left to whoever shows the caption: they are known apart, and are said in the language of the asker.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from indexer.library.types import Kind, Line

# The pocket model's word counts only from here on: of the 46 sample photos it is right about every one above, and wrong
# only below. Confidence is not enough: it calls 15 of 16 real photographs a poster or a ticket, nine at 0.95 and more.
# So the text that was read must bear the kind out as well. Together the rules leave none of the 16 with a kind (they
# were set by these: a fair test needs others) and 43 samples with the right one; 3 printed pages keep none.
LEAST_CONFIDENCE = 0.8

EXCERPT_LENGTH = 120  # characters of text in a caption, before a receipt's total

_AMOUNT = re.compile(r"\d[.,]\d\d(?!\d)|[¥￥$€£₹]\s?\d|\d\s?[¥￥$€£₹円元]")
_TOTAL = re.compile(
    r"\b(total|summ?[ae]|gesamt\w*|importe|montant|totale|итого|कुल)\b|合計|合计|总计|總計|المجموع", re.IGNORECASE
)


def trusted(kind: Kind, confidence: float, lines: Sequence[Line]) -> Kind:
    """The kind, if the model was sure and the text that was read bears it out; else UNKNOWN."""
    if confidence < LEAST_CONFIDENCE or not _BORNE_OUT[kind](lines):
        return Kind.UNKNOWN
    return kind


def _widest(lines: Sequence[Line]) -> float:
    return max((right - left for left, _, right, _ in (line.box for line in lines)), default=0.0)


def _count(pattern: re.Pattern[str], lines: Sequence[Line]) -> int:
    return sum(bool(pattern.search(line.text)) for line in lines)


# What each kind has on it: amounts on a receipt, a title across a poster, next to nothing on a scene.
_BORNE_OUT: Mapping[Kind, Callable[[Sequence[Line]], bool]] = {
    Kind.PHOTO: lambda lines: len(lines) <= 3,
    Kind.RECEIPT: lambda lines: _count(_AMOUNT, lines) >= 2,
    Kind.DOCUMENT: lambda lines: len(lines) >= 5,
    Kind.NOTE: lambda lines: len(lines) >= 2,
    Kind.TICKET: lambda lines: len(lines) >= 3 and _count(re.compile(r"\d"), lines) >= 1,
    Kind.SIGN: lambda lines: len(lines) >= 1,
    Kind.POSTER: lambda lines: _widest(lines) >= 0.6,
    Kind.SCREENSHOT: lambda lines: len(lines) >= 3,
    Kind.UNKNOWN: lambda _: True,
}


@dataclass(frozen=True)
class Wording:
    """How captions are worded in a language; a word that is missing is left out of the caption."""

    kinds: Mapping[Kind, str]
    scenes: Mapping[str, str]
    colours: Mapping[str, str]
    mostly: str  # with {colour}
    text: str  # with {text}
    comma: str = ", "
    stop: str = "."
    space: str = " "


_COLOURS = ("black", "white", "gray", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")
_SCENES = ("sunset", "sea", "forest", "night", "mountain", "city")
_KINDS = (
    Kind.PHOTO,
    Kind.RECEIPT,
    Kind.DOCUMENT,
    Kind.NOTE,
    Kind.TICKET,
    Kind.SIGN,
    Kind.POSTER,
    Kind.SCREENSHOT,
)


def _wording(kinds: str, scenes: str, colours: str, mostly: str, text: str, **marks: str) -> Wording:
    """A Wording from its words, separated by "/" in the order of _KINDS, _SCENES and _COLOURS."""
    return Wording(
        dict(zip(_KINDS, kinds.split("/"), strict=True)),
        dict(zip(_SCENES, scenes.split("/"), strict=True)),
        dict(zip(_COLOURS, colours.split("/"), strict=True)),
        mostly,
        text,
        **marks,
    )


WORDINGS: Mapping[str, Wording] = {
    "en": _wording(
        "A photo/A receipt/A document/A note/A ticket/A sign/A poster/A screenshot",
        "A sunset/The sea/A forest/A scene at night/Mountains/A city",
        "black/white/grey/red/orange/yellow/green/blue/purple/pink/brown",
        "mostly {colour}",
        "Text: {text}",
    ),
    "es": _wording(
        "Una foto/Un recibo/Un documento/Una nota/Una entrada o billete/Un letrero/Un cartel/Una captura de pantalla",
        "Una puesta de sol/El mar/Un bosque/Una escena nocturna/Montañas/Una ciudad",
        "negro/blanco/gris/rojo/naranja/amarillo/verde/azul/morado/rosa/marrón",
        "sobre todo de color {colour}",
        "Texto: {text}",
    ),
    "zh": _wording(
        "照片/收据/文件/便条/票/标牌/海报/屏幕截图",
        "日落/大海/森林/夜景/山/城市",
        "黑色/白色/灰色/红色/橙色/黄色/绿色/蓝色/紫色/粉色/棕色",
        "以{colour}为主",
        "文字：{text}",
        comma="，",
        stop="。",
        space="",
    ),
    "de": _wording(
        "Ein Foto/Ein Kassenbon/Ein Dokument/Eine Notiz/Eine Eintritts- oder Fahrkarte/Ein Schild/Ein Plakat/"
        "Ein Bildschirmfoto",
        "Ein Sonnenuntergang/Das Meer/Ein Wald/Eine Szene bei Nacht/Berge/Eine Stadt",
        "schwarz/weiß/grau/rot/orange/gelb/grün/blau/violett/rosa/braun",
        "überwiegend {colour}",
        "Text: {text}",
    ),
    "ar": _wording(
        "صورة/إيصال/مستند/ملاحظة/تذكرة/لافتة/ملصق/لقطة شاشة",
        "غروب الشمس/البحر/غابة/مشهد ليلي/جبال/مدينة",
        "الأسود/الأبيض/الرمادي/الأحمر/البرتقالي/الأصفر/الأخضر/الأزرق/البنفسجي/الوردي/البني",
        "اللون الغالب {colour}",
        "النص: {text}",
        comma="، ",
    ),
    "hi": _wording(
        "फ़ोटो/रसीद/दस्तावेज़/नोट/टिकट/साइनबोर्ड/पोस्टर/स्क्रीनशॉट",
        "सूर्यास्त/समुद्र/जंगल/रात का दृश्य/पहाड़/शहर",
        "काला/सफ़ेद/धूसर/लाल/नारंगी/पीला/हरा/नीला/बैंगनी/गुलाबी/भूरा",
        "मुख्य रंग {colour}",
        "पाठ: {text}",
        stop="।",
    ),
}


def compose(kind: Kind, tags: Sequence[str], colour: str, lines: Sequence[Line], language: str) -> str:
    """A caption in the language (BCP 47; English where WORDINGS has none); empty where nothing is known.

    An UNKNOWN kind leaves only the text.
    """
    wording = WORDINGS.get(language.partition("-")[0], WORDINGS["en"])
    seen = list(_seen(kind, tags, colour, wording))
    sentences = [wording.comma.join(seen) + wording.stop] if seen else []
    if text := excerpt(lines, kind):
        sentences.append(wording.text.format(text=text))
    return wording.space.join(sentences)


def _seen(kind: Kind, tags: Sequence[str], colour: str, wording: Wording) -> Iterator[str]:
    if kind is Kind.UNKNOWN:
        return
    scenes = (wording.scenes[tag] for tag in tags if tag in wording.scenes)
    yield next(scenes, wording.kinds[kind]) if kind is Kind.PHOTO else wording.kinds[kind]
    if colour in wording.colours:
        yield wording.mostly.format(colour=wording.colours[colour])


def excerpt(lines: Sequence[Line], kind: Kind) -> str:
    """The first words that were read, and a receipt's total, exactly as they were read."""
    words = [line.text for line in lines]
    whole = " ".join(words)
    if len(whole) <= EXCERPT_LENGTH:
        return whole
    start = whole[:EXCERPT_LENGTH].rsplit(" ", 1)[0]
    total = _total(words) if kind is Kind.RECEIPT else ""
    return f"{start} … {total}" if total and total not in start else f"{start} …"


def _total(words: Sequence[str]) -> str:
    """The line that names the total, with the amount that follows it if it stands apart."""
    for name, following in zip(words, [*words[1:], ""], strict=True):
        if _TOTAL.search(name):
            return name if _AMOUNT.search(name) else f"{name} {following}".strip()
    return ""
