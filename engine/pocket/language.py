"""What is said of a picture, and what is asked about it, in the languages that the pocket model learns.

Answers are short and of few forms, so that every claim in them can be compared with the truth.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from numpy.random import Generator

from engine.pocket import things
from engine.pocket.chance import one_of
from engine.pocket.palette import NAMES as COLOUR_NAMES
from engine.pocket.truth import KINDS, PLACES, UNKNOWN, Thing, Truth


@dataclass(frozen=True)
class Exchange:
    """A question and the answer that is true."""

    question: str
    answer: str


@dataclass(frozen=True)
class Words:
    """A language's words; `kinds`, `colours`, `things` and `places` are in the order of the tuples that name them.

    Questions are put together without articles and endings that depend on a word's gender.
    """

    describe: str
    what: str
    colour: str
    colour_of: str
    count: str
    is_there: str
    where: str
    yes: str
    no: str
    unsure: str
    kinds: tuple[str, ...]
    colours: tuple[str, ...]
    things: tuple[str, ...]
    places: tuple[str, ...]
    stop: str = "."


def _listed(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


WORDS: Mapping[str, Words] = {
    "en": Words(
        describe="What can be seen?",
        what="What is this?",
        colour="Which colour is most of it?",
        colour_of="Which colour: {thing}?",
        count="How many: {thing}?",
        is_there="Is there one: {thing}?",
        where="Where: {thing}?",
        yes="Yes",
        no="No",
        unsure="I cannot tell",
        kinds=_listed(
            "receipt, invoice, ticket, sign, card, cover, note, whiteboard, chat, map, settings, label, poster, menu, "
            "clock, chart, sunset, sea, beach, mountains, forest, snow, night, city, sky, field, flowers, room, food, "
            "animal, people, vehicle, building, unknown"
        ),
        colours=COLOUR_NAMES,
        things=things.NAMES,
        places=_listed("Left, Middle, Right"),
    ),
    "es": Words(
        describe="¿Qué se ve?",
        what="¿Qué es esto?",
        colour="¿Qué color predomina?",
        colour_of="¿De qué color: {thing}?",
        count="¿Cuántos hay: {thing}?",
        is_there="¿Hay alguno: {thing}?",
        where="¿Dónde: {thing}?",
        yes="Sí",
        no="No",
        unsure="No lo sé",
        kinds=_listed(
            "recibo, factura, entrada, letrero, tarjeta, portada, nota, pizarra, chat, mapa, ajustes, etiqueta, "
            "cartel, menú, reloj, gráfico, puesta de sol, mar, playa, montañas, bosque, nieve, noche, ciudad, cielo, "
            "campo, flores, habitación, comida, animal, gente, vehículo, edificio, desconocido"
        ),
        colours=_listed("negro, blanco, gris, rojo, naranja, amarillo, verde, azul, morado, rosa, marrón"),
        things=_listed(
            "persona, perro, gato, vaca, pájaro, barco, coche, autobús, bicicleta, avión, globo, árbol, casa, "
            "sombrilla, pelota, flor, silla, lámpara, taza, manzana, plátano, pizza"
        ),
        places=_listed("Izquierda, Centro, Derecha"),
    ),
    "de": Words(
        describe="Was ist zu sehen?",
        what="Was ist das?",
        colour="Welche Farbe überwiegt?",
        colour_of="Welche Farbe: {thing}?",
        count="Wie viele: {thing}?",
        is_there="Gibt es das hier: {thing}?",
        where="Wo: {thing}?",
        yes="Ja",
        no="Nein",
        unsure="Das weiß ich nicht",
        kinds=_listed(
            "Beleg, Rechnung, Eintrittskarte, Schild, Karte, Umschlag, Notiz, Tafel, Chat, Stadtplan, Einstellungen, "
            "Etikett, Plakat, Speisekarte, Uhr, Diagramm, Sonnenuntergang, Meer, Strand, Berge, Wald, Schnee, Nacht, "
            "Stadt, Himmel, Feld, Blumen, Zimmer, Essen, Tier, Menschen, Fahrzeug, Gebäude, unbekannt"
        ),
        colours=_listed("schwarz, weiß, grau, rot, orange, gelb, grün, blau, lila, rosa, braun"),
        things=_listed(
            "Mensch, Hund, Katze, Kuh, Vogel, Boot, Auto, Bus, Fahrrad, Flugzeug, Ballon, Baum, Haus, Sonnenschirm, "
            "Ball, Blume, Stuhl, Lampe, Tasse, Apfel, Banane, Pizza"
        ),
        places=_listed("Links, Mitte, Rechts"),
    ),
    "fr": Words(
        describe="Que voit-on ?",
        what="Qu'est-ce que c'est ?",
        colour="Quelle couleur domine ?",
        colour_of="De quelle couleur : {thing} ?",
        count="Combien : {thing} ?",
        is_there="Y en a-t-il : {thing} ?",
        where="Où : {thing} ?",
        yes="Oui",
        no="Non",
        unsure="Je ne sais pas",
        kinds=_listed(
            "reçu, facture, billet, panneau, carte, couverture, note, tableau, discussion, plan, réglages, étiquette, "
            "affiche, menu, horloge, graphique, coucher de soleil, mer, plage, montagnes, forêt, neige, nuit, ville, "
            "ciel, champ, fleurs, pièce, repas, animal, gens, véhicule, bâtiment, inconnu"
        ),
        colours=_listed("noir, blanc, gris, rouge, orange, jaune, vert, bleu, violet, rose, marron"),
        things=_listed(
            "personne, chien, chat, vache, oiseau, bateau, voiture, bus, vélo, avion, montgolfière, arbre, maison, "
            "parasol, ballon, fleur, chaise, lampe, tasse, pomme, banane, pizza"
        ),
        places=_listed("Gauche, Milieu, Droite"),
    ),
    "zh": Words(
        describe="能看到什么？",
        what="这是什么？",
        colour="主要是什么颜色？",
        colour_of="什么颜色：{thing}？",
        count="有多少：{thing}？",
        is_there="有没有：{thing}？",
        where="在哪里：{thing}？",
        yes="有",
        no="没有",
        unsure="看不出来",
        kinds=_listed(
            "收据, 发票, 票, 招牌, 卡片, 封面, 便条, 白板, 聊天, 地图, 设置, 标签, 海报, 菜单, 时钟, 图表, 日落, "
            "海, 海滩, 山, 森林, 雪, 夜晚, 城市, 天空, 田野, 花丛, 房间, 食物, 动物, 人群, 车辆, 建筑, 未知"
        ),
        colours=_listed("黑色, 白色, 灰色, 红色, 橙色, 黄色, 绿色, 蓝色, 紫色, 粉色, 棕色"),
        things=_listed(
            "人, 狗, 猫, 牛, 鸟, 船, 汽车, 公共汽车, 自行车, 飞机, 热气球, 树, 房子, "
            "遮阳伞, 球, 花, 椅子, 灯, 杯子, 苹果, 香蕉, 披萨"
        ),
        places=_listed("左边, 中间, 右边"),
        stop="。",
    ),
}

DESCRIBE = "Describe"  # is answered in JSON, as engine.pocket.task takes it


def description(truth: Truth) -> str:
    """The answer to DESCRIBE: kind, colour, and each sort of thing as in "3 red umbrella"."""
    found = [_counted(thing) for thing in truth.things]
    return json.dumps({"kind": truth.kind, "color": truth.colour, "things": found}, separators=(",", ":"))


def _counted(thing: Thing) -> str:
    return " ".join(filter(None, (str(thing.count), thing.colour, thing.name)))


def exchanges(rng: Generator, truth: Truth, count: int) -> Iterator[Exchange]:
    """Questions about a picture, each in one of the languages, with what is true."""
    for _ in range(count):
        yield a_question(rng, truth, WORDS[str(rng.choice(tuple(WORDS)))])


def a_question(rng: Generator, truth: Truth, words: Words) -> Exchange:
    """One of those, in that language."""
    return one_of(rng, _ASKED)(rng, truth, words)


def _what(_rng: Generator, truth: Truth, words: Words) -> Exchange:
    known = words.kinds[KINDS.index(truth.kind)].capitalize()
    return Exchange(words.what, (words.unsure if truth.kind == UNKNOWN else known) + words.stop)


def _colour(_rng: Generator, truth: Truth, words: Words) -> Exchange:
    return Exchange(words.colour, words.colours[COLOUR_NAMES.index(truth.colour)].capitalize() + words.stop)


def _sentence(_rng: Generator, truth: Truth, words: Words) -> Exchange:
    """All that is there, as in: Beach: 3 umbrella (red), dog (brown)."""
    if truth.kind == UNKNOWN:
        return Exchange(words.describe, words.unsure + words.stop)
    said = words.kinds[KINDS.index(truth.kind)].capitalize()
    parts = []
    for thing in truth.things:
        name = words.things[things.NAMES.index(thing.name)]
        colour = words.colours[COLOUR_NAMES.index(thing.colour)]
        parts.append(f"{thing.count} {name} ({colour})" if thing.count > 1 else f"{name} ({colour})")
    return Exchange(words.describe, said + (f": {', '.join(parts)}" if parts else "") + words.stop)


def _count(rng: Generator, truth: Truth, words: Words) -> Exchange:
    name, there = _some_thing(rng, truth)
    asked = words.count.format(thing=words.things[things.NAMES.index(name)])
    number = words.unsure if truth.kind == UNKNOWN else str(there.count if there else 0)
    return Exchange(asked, number + words.stop)


def _is_there(rng: Generator, truth: Truth, words: Words) -> Exchange:
    name, there = _some_thing(rng, truth)
    asked = words.is_there.format(thing=words.things[things.NAMES.index(name)])
    answer = words.unsure if truth.kind == UNKNOWN else words.yes if there else words.no
    return Exchange(asked, answer + words.stop)


def _colour_of(rng: Generator, truth: Truth, words: Words) -> Exchange:
    name, there = _some_thing(rng, truth, present=0.9)
    asked = words.colour_of.format(thing=words.things[things.NAMES.index(name)])
    answer = words.colours[COLOUR_NAMES.index(there.colour)].capitalize() if there else words.unsure
    return Exchange(asked, answer + words.stop)


def _where(rng: Generator, truth: Truth, words: Words) -> Exchange:
    """Of several, nobody can say where they are, nor of none."""
    name, there = _some_thing(rng, truth, present=0.9)
    asked = words.where.format(thing=words.things[things.NAMES.index(name)])
    place = words.places[PLACES.index(there.place)] if there and there.count == 1 else words.unsure
    return Exchange(asked, place + words.stop)


_ASKED = (_what, _colour, _sentence, _sentence, _count, _is_there, _colour_of, _where)


def _some_thing(rng: Generator, truth: Truth, *, present: float = 0.6) -> tuple[str, Thing | None]:
    """One that is there as often as `present`, else any but trees and houses, which scenes hold uncounted."""
    if truth.things and rng.random() < present:
        there = one_of(rng, truth.things)
        return there.name, there
    name = one_of(rng, [name for name in things.NAMES if name not in ("tree", "house")])
    return name, next((thing for thing in truth.things if thing.name == name), None)
