"""What is asked when a picture is described, in which form, and how the answer becomes the fields of a description."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from babel import Locale, UnknownLocaleError

from engine.messages import Thing
from engine.schema import Choice, Form, Text, Texts

PROMPT_VERSION = 2  # goes up whenever an instruction or a form changes what models answer


@dataclass(frozen=True)
class Order:
    """What a model is told: an instruction before the picture, the same for all, and a request after it."""

    instruction: str
    request: str

    @property
    def whole(self) -> str:
        return f"{self.instruction}\n{self.request}"


KINDS = ("photo", "receipt", "document", "note", "ticket", "sign", "poster", "screenshot")

_ORDERS = {
    "en": Order(
        "Pictures are described as JSON. kind: one of {kinds}. caption: one or two sentences about what can be seen. "
        "tags: up to eight words one would search for. text: the text in the picture, exactly as written; empty if "
        "there is none. Write caption and tags in English.",
        "Describe this picture.",
    ),
    "es": Order(
        "Las imágenes se describen en JSON. kind: uno de {kinds}. caption: una o dos frases sobre lo que se ve. "
        "tags: hasta ocho palabras con las que se buscaría. text: el texto de la imagen, exactamente como está "
        "escrito; vacío si no hay. Escribe caption y tags en español.",
        "Describe esta imagen.",
    ),
    "de": Order(
        "Bilder werden als JSON beschrieben. kind: eines von {kinds}. caption: ein oder zwei Sätze darüber, was zu "
        "sehen ist. tags: bis zu acht Wörter, nach denen man suchen würde. text: der Text im Bild, genau wie "
        "geschrieben; leer, wenn es keinen gibt. Schreibe caption und tags auf Deutsch.",
        "Beschreibe dieses Bild.",
    ),
    "zh": Order(
        "图片用 JSON 描述。kind：{kinds} 之一。caption：用一两句话说明能看到什么。"
        "tags：最多八个可用于搜索的词。text：图片中的文字，照原样抄写；没有则留空。caption 和 tags 用中文书写。",
        "请描述这张图片。",
    ),
    "ar": Order(
        "تُوصف الصور بصيغة JSON. kind: واحدة من {kinds}. caption: جملة أو جملتان عمّا يظهر فيها. "
        "tags: حتى ثماني كلمات قد يُبحث بها. text: النص الموجود في الصورة كما هو مكتوب تمامًا؛ فارغ إن لم يوجد. "
        "اكتب caption و tags بالعربية.",
        "صف هذه الصورة.",
    ),
    "hi": Order(
        "चित्रों का वर्णन JSON में किया जाता है। kind: {kinds} में से एक। caption: जो दिखता है उसके बारे में एक या दो वाक्य। "
        "tags: अधिकतम आठ शब्द जिनसे इसे खोजा जाए। text: चित्र में लिखा पाठ, ठीक जैसा लिखा है; न हो तो खाली। "
        "caption और tags हिन्दी में लिखें।",
        "इस चित्र का वर्णन करें।",
    ),
}
_BETWEEN_SENTENCES = re.compile(r"(?<=[.!?؟।])\s+|(?<=[。！？])\s*")
_IS_TRUE = "Is this true of the picture: “{claim}” Answer with Yes or No."
_IS_SHOWN = "Does the picture show this: “{claim}”? Answer with Yes or No."
_IN_ANOTHER_LANGUAGE = "Write caption and tags in {language}."


@dataclass(frozen=True)
class Seen:
    """What a model said of a picture, in our terms; a field it does not produce is empty."""

    caption: str = ""
    tags: tuple[str, ...] = ()
    kind: str = ""
    colour: str = ""
    text: str = ""
    things: tuple[Thing, ...] = ()


@dataclass(frozen=True)
class YesOrNo:
    """A question, and in which ways answers to it begin."""

    text: str
    yes: tuple[str, ...] = ("Yes", "yes")
    no: tuple[str, ...] = ("No", "no")


@dataclass(frozen=True)
class Task:
    """Describing, for one family of models: `order` takes the language wanted for the prose.

    `questions`: what was said of a picture, claim by claim, each as a question by which it can be verified.
    """

    order: Callable[[str], Order]
    form: Form
    interpret: Callable[[dict[str, Any]], Seen]
    questions: Callable[[Seen], dict[str, YesOrNo]]


def _order(language: str) -> Order:
    kinds = ", ".join(KINDS)
    known = _ORDERS.get(language.partition("-")[0])
    if known is not None:
        return replace(known, instruction=known.instruction.format(kinds=kinds))
    english = _order("en")
    in_english, in_language = (_IN_ANOTHER_LANGUAGE.format(language=name) for name in ("English", _name(language)))
    return replace(english, instruction=english.instruction.replace(in_english, in_language))


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


def sentences(text: str) -> list[str]:
    """The sentences of a caption, in any script."""
    return [sentence for sentence in _BETWEEN_SENTENCES.split(text) if sentence]


def _questions(seen: Seen) -> dict[str, YesOrNo]:
    """In English, whatever the language of the claims: nobody reads the answers."""
    said = {claim: YesOrNo(_IS_TRUE.format(claim=claim)) for claim in sentences(seen.caption)}
    return said | {tag: YesOrNo(_IS_SHOWN.format(claim=tag)) for tag in seen.tags}


FULL = Task(
    order=_order,
    form=Form(
        {"kind": Choice(KINDS), "caption": Text(most=400), "tags": Texts(most=8, length=40), "text": Text()},
    ),
    interpret=_interpret,
    questions=_questions,
)


# ---- the pocket model: it knows one instruction, tells kind and colour, and cannot read

POCKET_SCENES = ("sunset", "sea", "forest", "night", "mountain", "city")
POCKET_KINDS = ("note", "receipt", "ticket", "sign", "screenshot", "poster", *POCKET_SCENES)
POCKET_COLOURS = ("black", "white", "gray", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")


def _interpret_pocket(fields: dict[str, Any]) -> Seen:
    kind = fields["kind"]
    if kind in POCKET_SCENES:
        return Seen(kind="photo", tags=("mountains" if kind == "mountain" else kind,), colour=fields["color"])
    return Seen(kind=kind, colour=fields["color"])


POCKET = Task(
    order=lambda _language: Order("", "Describe"),
    form=Form({"kind": Choice(POCKET_KINDS), "color": Choice(POCKET_COLOURS), "text": Text(most=0)}),
    interpret=_interpret_pocket,
    questions=lambda _seen: {},
)
