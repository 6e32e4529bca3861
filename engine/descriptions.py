"""What is asked when a picture is described, in which form, and how the answer becomes the fields of a description."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from babel import Locale, UnknownLocaleError

from engine.schema import Choice, Form, Text, Texts

PROMPT_VERSION = 1  # goes up whenever an instruction or a form changes what models answer

KINDS = ("photo", "receipt", "document", "note", "ticket", "sign", "poster", "screenshot")

_INSTRUCTIONS = {
    "en": "Describe this picture as JSON. kind: one of {kinds}. caption: one or two sentences about what can be seen. "
    "tags: up to eight words one would search for. text: the text in the picture, exactly as written; empty if there "
    "is none. Write caption and tags in English.",
    "es": "Describe esta imagen en JSON. kind: uno de {kinds}. caption: una o dos frases sobre lo que se ve. "
    "tags: hasta ocho palabras con las que se buscaría. text: el texto de la imagen, exactamente como está escrito; "
    "vacío si no hay. Escribe caption y tags en español.",
    "de": "Beschreibe dieses Bild als JSON. kind: eines von {kinds}. caption: ein oder zwei Sätze darüber, was zu "
    "sehen ist. tags: bis zu acht Wörter, nach denen man suchen würde. text: der Text im Bild, genau wie geschrieben; "
    "leer, wenn es keinen gibt. Schreibe caption und tags auf Deutsch.",
    "zh": "请用 JSON 描述这张图片。kind：{kinds} 之一。caption：用一两句话说明能看到什么。"
    "tags：最多八个可用于搜索的词。text：图片中的文字，照原样抄写；没有则留空。caption 和 tags 用中文书写。",
    "ar": "صف هذه الصورة بصيغة JSON. kind: واحدة من {kinds}. caption: جملة أو جملتان عمّا يظهر فيها. "
    "tags: حتى ثماني كلمات قد يُبحث بها. text: النص الموجود في الصورة كما هو مكتوب تمامًا؛ فارغ إن لم يوجد. "
    "اكتب caption و tags بالعربية.",
    "hi": "इस चित्र का वर्णन JSON में करें। kind: {kinds} में से एक। caption: जो दिखता है उसके बारे में एक या दो वाक्य। "
    "tags: अधिकतम आठ शब्द जिनसे इसे खोजा जाए। text: चित्र में लिखा पाठ, ठीक जैसा लिखा है; न हो तो खाली। "
    "caption और tags हिन्दी में लिखें।",
}
_IN_ANOTHER_LANGUAGE = "Write caption and tags in {language}."


@dataclass(frozen=True)
class Seen:
    """What a model said of a picture, in our terms; a field it does not produce is empty."""

    caption: str = ""
    tags: tuple[str, ...] = ()
    kind: str = ""
    colour: str = ""
    text: str = ""


@dataclass(frozen=True)
class Task:
    """Describing, for one family of models: `instruction` takes the language wanted for the prose."""

    instruction: Callable[[str], str]
    form: Form
    interpret: Callable[[dict[str, Any]], Seen]


def _instruction(language: str) -> str:
    known = _INSTRUCTIONS.get(language.partition("-")[0])
    if known is not None:
        return known.format(kinds=", ".join(KINDS))
    english = _INSTRUCTIONS["en"].format(kinds=", ".join(KINDS))
    return english.replace(
        _IN_ANOTHER_LANGUAGE.format(language="English"), _IN_ANOTHER_LANGUAGE.format(language=_name(language))
    )


def _name(language: str) -> str:
    """A language's name in English; its code where nobody knows it."""
    try:
        return Locale.parse(language, sep="-").get_language_name("en") or language
    except (UnknownLocaleError, ValueError):
        return language


def _interpret(fields: dict[str, Any]) -> Seen:
    tags = dict.fromkeys(tag.strip() for tag in fields["tags"])
    return Seen(
        caption=fields["caption"].strip(),
        tags=tuple(tag for tag in tags if tag),
        kind=fields["kind"] if fields["kind"] in KINDS else "",
        text=fields["text"].strip(),
    )


FULL = Task(
    instruction=_instruction,
    form=Form(
        {"kind": Choice(KINDS), "caption": Text(most=400), "tags": Texts(most=8, length=40), "text": Text()},
    ),
    interpret=_interpret,
)


# ---- the pocket model: it knows one instruction, tells kind and colour, and cannot read

POCKET_SCENES = ("sunset", "sea", "forest", "night", "mountain", "city")
POCKET_KINDS = ("note", "receipt", "ticket", "sign", "screenshot", "poster", *POCKET_SCENES)
POCKET_COLOURS = ("black", "white", "gray", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")


def _interpret_pocket(fields: dict[str, Any]) -> Seen:
    kind = fields["kind"]
    if kind in POCKET_SCENES:
        return Seen(kind="photo", tags=(kind,), colour=fields["color"])
    return Seen(kind=kind, colour=fields["color"])


POCKET = Task(
    instruction=lambda _language: "Describe",
    form=Form({"kind": Choice(POCKET_KINDS), "color": Choice(POCKET_COLOURS), "text": Text(most=0)}),
    interpret=_interpret_pocket,
)
