"""The sample photos one by one: what is drawn, under which name, and what is true of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from numpy.random import Generator
from PIL import Image

from assets.samples import scenes
from assets.samples.drawing import stone, wood
from assets.samples.papers import (
    ARABIC,
    JAPANESE,
    RULE,
    Block,
    Faces,
    Row,
    middle,
    note,
    page,
    receipt,
    ticket,
    title,
    total,
)
from assets.samples.screens import chat, settings, street_map
from assets.samples.signs import poster, sign


@dataclass(frozen=True)
class City:
    """Where a photo was taken: degrees north and east, and the country's ISO 3166 code."""

    name: str
    country_code: str
    latitude: float
    longitude: float


LISBON = City("Lisbon", "PT", 38.7139, -9.1394)
BERLIN = City("Berlin", "DE", 52.5200, 13.4050)
TOKYO = City("Tokyo", "JP", 35.6595, 139.7005)
CAIRO = City("Cairo", "EG", 30.0444, 31.2357)
DELHI = City("Delhi", "IN", 28.6139, 77.2090)
PARIS = City("Paris", "FR", 48.8566, 2.3522)
NEW_YORK = City("New York City", "US", 40.7128, -74.0060)
LONDON = City("London", "GB", 51.5074, -0.1278)
MADRID = City("Madrid", "ES", 40.4168, -3.7038)
SHANGHAI = City("Shanghai", "CN", 31.2304, 121.4737)
INTERLAKEN = City("Interlaken", "CH", 46.6863, 7.8632)
OSLO = City("Oslo", "NO", 59.9139, 10.7522)


@dataclass(frozen=True)
class Sample:
    """A picture and the truth about it.

    `words` can be read by the text reader; `beyond` is drawn in scripts that it has not learnt.
    `taken` and `city` go into the EXIF unless `bare`; `turned` saves the picture lying on its side with orientation 6.
    """

    path: str
    draw: Callable[[Generator], Image.Image]
    kind: str
    colour: str
    shows: str
    tags: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    taken: datetime | None = None
    city: City | None = None
    camera: tuple[str, str] | None = None
    turned: bool = False
    bare: bool = False


PHONE = ("Orchid", "Orchid One")
POCKET = ("Lumen", "Lumen P7")
MIRRORLESS = ("Halcyon", "Halcyon M50")

WIDE, TALL, SQUARE = (1600, 1200), (1200, 1600), (1400, 1400)
SCREEN, HIGH_SCREEN = (1440, 1080), (1080, 1350)

BROWN, SLATE, BLUE_CLOTH, CHARCOAL = (112, 74, 46), (92, 96, 104), (58, 76, 118), (44, 44, 48)
GERMAN_ROAD, FRENCH_BLUE, LEAF = (34, 86, 168), (28, 62, 138), (36, 112, 72)
DARK, CREAM, WHITE = (28, 28, 30), (250, 246, 232), (250, 250, 250)

RECEIPTS = (
    Sample(
        "Receipts/washing machine.jpg",
        receipt(
            (1350, 1800),
            (
                title("NORTHGATE ELECTRICAL"),
                middle("48 Camden Road, London"),
                middle("14/03/2024  11:26"),
                RULE,
                Row("Washing machine", "449.00"),
                Row("Delivery", "19.00"),
                RULE,
                total("TOTAL", "£468.00"),
                Row("Card", "468.00"),
                middle("2 year warranty"),
            ),
            colour=BROWN,
        ),
        "receipt",
        "white",
        "A till receipt for a washing machine, total 468.00 pounds",
        ("receipt",),
        ("NORTHGATE ELECTRICAL", "Washing machine", "449.00", "TOTAL", "468.00", "14/03/2024", "warranty"),
        taken=datetime(2024, 3, 14, 18, 2, 11),
        city=LONDON,
        camera=PHONE,
    ),
    Sample(
        "Receipts/corner cafe.jpg",
        receipt(
            (1200, 1600),
            (
                title("CORNER CAFE"),
                middle("211 Bleecker St, New York"),
                middle("09/21/2025  09:48"),
                RULE,
                Row("2 Flat white", "11.00"),
                Row("Blueberry muffin", "4.75"),
                Row("Orange juice", "5.50"),
                RULE,
                Row("Tax", "1.89"),
                total("TOTAL", "$23.14"),
                middle("Thank you!"),
            ),
            table=stone,
            colour=CHARCOAL,
        ),
        "receipt",
        "white",
        "A receipt from a cafe in New York",
        ("receipt",),
        ("CORNER CAFE", "Flat white", "TOTAL", "23.14", "Thank you"),
        taken=datetime(2025, 9, 21, 9, 55, 40),
        city=NEW_YORK,
        camera=PHONE,
    ),
    Sample(
        "Receipts/supermercado.jpg",
        receipt(
            (1200, 1600),
            (
                title("SUPERMERCADO SOL"),
                middle("Calle Mayor 27, Madrid"),
                middle("05/08/2023  19:12"),
                RULE,
                Row("Pan integral", "1,45"),
                Row("Aceite de oliva", "8,90"),
                Row("Queso manchego", "6,75"),
                Row("Tomates", "2,30"),
                RULE,
                total("TOTAL", "19,40 €"),
                Row("Tarjeta", "19,40"),
                middle("¡Gracias!"),
            ),
            colour=(96, 66, 44),
        ),
        "receipt",
        "white",
        "A Spanish supermarket receipt",
        ("receipt",),
        ("SUPERMERCADO SOL", "Queso manchego", "TOTAL", "19,40", "Gracias"),
        taken=datetime(2023, 8, 5, 19, 30, 2),
        city=MADRID,
        camera=PHONE,
    ),
    Sample(
        "Receipts/Bäckerei.heic",
        receipt(
            (1200, 1600),
            (
                title("BÄCKEREI SONNE"),
                middle("Bergmannstraße 9, Berlin"),
                middle("02.11.2022  07:41"),
                RULE,
                Row("4 Brötchen", "1,96"),
                Row("Roggenbrot", "4,20"),
                Row("2 Kaffee", "5,80"),
                RULE,
                total("SUMME", "11,96 €"),
                Row("Bar", "20,00"),
                Row("Rückgeld", "8,04"),
                middle("Vielen Dank"),
            ),
            table=stone,
            colour=BLUE_CLOTH,
        ),
        "receipt",
        "white",
        "A German bakery receipt",
        ("receipt",),
        ("BÄCKEREI SONNE", "Roggenbrot", "SUMME", "11,96", "Rückgeld", "Vielen Dank"),
        taken=datetime(2022, 11, 2, 8, 3, 27),
        city=BERLIN,
        camera=PHONE,
    ),
    Sample(
        "Receipts/レシート.jpg",
        receipt(
            (1200, 1600),
            (
                title("喫茶 さくら"),
                middle("東京都渋谷区神南1-12"),
                middle("2024年4月6日 15:20"),
                RULE,
                Row("抹茶ラテ", "¥580"),
                Row("チーズケーキ", "¥520"),
                Row("コーヒー", "¥450"),
                RULE,
                total("合計", "¥1,550"),
                middle("ありがとうございました"),
            ),
            faces=JAPANESE,
            colour=BROWN,
        ),
        "receipt",
        "white",
        "A Japanese receipt from a coffee house",
        ("receipt",),
        ("喫茶", "さくら", "抹茶ラテ", "チーズケーキ", "合計", "1,550"),
        taken=datetime(2024, 4, 6, 15, 31, 55),
        city=TOKYO,
        camera=POCKET,
    ),
    Sample(
        "Receipts/فاتورة.jpg",
        receipt(
            (1200, 1600),
            (
                title("مطعم النيل"),
                middle("شارع التحرير، القاهرة"),
                middle("18 ديسمبر 2021"),
                RULE,
                Row("كشري", "45.00"),
                Row("فلافل", "30.00"),
                Row("شاي بالنعناع", "20.00"),
                RULE,
                total("المجموع", "95.00"),
                middle("شكرا لزيارتكم"),
            ),
            faces=ARABIC,
            table=stone,
            colour=SLATE,
        ),
        "receipt",
        "white",
        "An Arabic receipt from a restaurant in Cairo",
        ("receipt",),
        ("95.00", "45.00"),
        ("مطعم النيل", "المجموع", "شكرا لزيارتكم"),
        taken=datetime(2021, 12, 18, 21, 4, 9),
        city=CAIRO,
        camera=PHONE,
    ),
)

SIGNS = (
    Sample(
        "2024 Tokyo 🗼/station.jpg",
        sign(
            WIDE,
            LEAF,
            WHITE,
            (
                ("渋谷駅", "japanese-bold", 1.7),
                ("Shibuya Station", "noto-bold", 1.0),
                ("← 出口  Exit", "japanese-bold", 0.9),
            ),
        ),
        "sign",
        "green",
        "A Japanese station sign: Shibuya, exit to the left",
        ("sign",),
        ("渋谷駅", "Shibuya Station", "出口", "Exit"),
        taken=datetime(2024, 4, 7, 10, 12, 30),
        city=TOKYO,
        camera=MIRRORLESS,
    ),
    Sample(
        "2019 上海/茶馆.jpg",
        sign(
            WIDE,
            (172, 36, 34),
            (248, 214, 120),
            (("老城茶馆", "chinese-serif", 1.8), ("营业时间 9:00-21:00", "chinese", 0.9)),
        ),
        "sign",
        "red",
        "The sign of a Chinese tea house with its opening hours",
        ("sign",),
        ("老城茶馆", "营业时间", "9:00"),
        taken=datetime(2019, 10, 3, 16, 44, 0),
        city=SHANGHAI,
        camera=POCKET,
    ),
    Sample(
        "2022 Paris/rue.jpg",
        sign(
            WIDE,
            FRENCH_BLUE,
            WHITE,
            (("RUE DES LILAS", "noto-bold", 1.3), ("Boulangerie à 50 m", "noto", 0.8)),
            ground=(96, 136, 84),
        ),
        "sign",
        "blue",
        "A French street sign: Rue des Lilas",
        ("sign",),
        ("RUE DES LILAS", "Boulangerie"),
        taken=datetime(2022, 5, 14, 12, 20, 18),
        city=PARIS,
        camera=PHONE,
    ),
    Sample(
        "Berlin/Bahnhof.webp",
        sign(
            WIDE, (246, 206, 52), DARK, (("Bahnhofstraße", "noto-bold", 1.2), ("Durchfahrt verboten", "noto-bold", 0.9))
        ),
        "sign",
        "yellow",
        "A yellow German street sign: Bahnhofstraße, no through traffic",
        ("sign",),
        ("Bahnhofstraße", "Durchfahrt verboten"),
        taken=datetime(2022, 11, 3, 14, 9, 46),
        city=BERLIN,
        camera=PHONE,
    ),
    Sample(
        "القاهرة/شارع.jpg",
        sign(WIDE, (32, 92, 176), WHITE, (("شارع النيل", "arabic-bold", 1.5), ("NILE STREET", "noto-bold", 1.0))),
        "sign",
        "blue",
        "A street sign in Arabic and English: Nile Street",
        ("sign",),
        ("NILE STREET",),
        ("شارع النيل",),
        taken=datetime(2021, 12, 19, 11, 30, 5),
        city=CAIRO,
        camera=PHONE,
    ),
    Sample(
        "2026 India/नई दिल्ली.jpg",
        sign(WIDE, (246, 208, 58), DARK, (("नई दिल्ली", "hindi-bold", 1.5), ("NEW DELHI", "noto-bold", 1.0))),
        "sign",
        "yellow",
        "A yellow railway sign in Hindi and English: New Delhi",
        ("sign",),
        ("NEW DELHI",),
        ("नई दिल्ली",),
        taken=datetime(2026, 2, 11, 8, 50, 33),
        city=DELHI,
        camera=MIRRORLESS,
    ),
    Sample(
        "2025 New York/no parking.jpg",
        sign(
            WIDE,
            (196, 44, 40),
            WHITE,
            (
                ("NO PARKING", "condensed-bold", 1.3),
                ("Monday to Friday", "noto-bold", 0.8),
                ("8 am - 6 pm", "noto-bold", 0.8),
            ),
        ),
        "sign",
        "red",
        "A red sign: no parking on weekdays",
        ("sign",),
        ("NO PARKING", "Monday to Friday"),
        taken=datetime(2025, 9, 22, 17, 15, 0),
        city=NEW_YORK,
        camera=PHONE,
    ),
)

TICKETS = (
    Sample(
        "Berlin/concert ticket.jpg",
        ticket(
            WIDE,
            (240, 152, 188),
            DARK,
            ("JAZZ NIGHT", "Row 7  Seat 12", "Berlin, 5 November 2022", "No. 004218"),
            faces=Faces("sans", "sans-bold"),
            desk=CHARCOAL,
        ),
        "ticket",
        "pink",
        "A pink concert ticket: Jazz Night, row 7, seat 12",
        ("ticket",),
        ("JAZZ NIGHT", "Row 7", "Seat 12", "004218"),
        taken=datetime(2022, 11, 5, 19, 40, 21),
        city=BERLIN,
        camera=PHONE,
    ),
    Sample(
        "2022 Paris/train.jpg",
        ticket(
            WIDE,
            (246, 216, 62),
            DARK,
            ("PARIS - LYON", "Voiture 8  Place 61", "16 mai 2022  07:58"),
            faces=Faces("sans", "sans-bold"),
            table=wood,
            desk=BROWN,
        ),
        "ticket",
        "yellow",
        "A train ticket from Paris to Lyon, coach 8, seat 61",
        ("ticket",),
        ("PARIS", "LYON", "Voiture 8", "Place 61"),
        taken=datetime(2022, 5, 16, 7, 31, 12),
        city=PARIS,
        camera=PHONE,
    ),
    Sample(
        "2023 Lisbon/museu.jpg",
        ticket(
            WIDE,
            (58, 104, 206),
            WHITE,
            ("MUSEU DO AZULEJO", "Admit one", "12.06.2023", "No. 77310"),
            faces=Faces("sans", "sans-bold"),
            desk=(196, 186, 168),
        ),
        "ticket",
        "blue",
        "A blue museum ticket from Lisbon",
        ("ticket",),
        ("MUSEU DO AZULEJO", "Admit one", "77310"),
        taken=datetime(2023, 6, 12, 10, 5, 50),
        city=LISBON,
        camera=POCKET,
    ),
    Sample(
        "2024 Tokyo 🗼/IMG_0412.avif",
        ticket(WIDE, (214, 52, 50), WHITE, ("映画館 シネマ", "7番スクリーン", "座席 F-14"), faces=JAPANESE, desk=SLATE),
        "ticket",
        "red",
        "A red cinema ticket in Japanese, seat F-14",
        ("ticket",),
        ("映画館", "シネマ", "座席", "F-14"),
        taken=datetime(2024, 4, 8, 20, 16, 2),
        city=TOKYO,
        camera=PHONE,
    ),
)

SCREENSHOTS = (
    Sample(
        "Screenshots/Screenshot_20240512-101530.png",
        chat(
            SCREEN,
            "Maria",
            (
                (False, "Are we still on for dinner?"),
                (True, "Yes! 7 pm at Luigi"),
                (False, "Great, I will book a table"),
                (True, "See you there"),
            ),
            send="Send",
        ),
        "screenshot",
        "white",
        "A chat about dinner at seven",
        ("screenshot",),
        ("Maria", "dinner", "7 pm at Luigi", "See you there"),
        taken=datetime(2024, 5, 12, 10, 15, 30),
        bare=True,
    ),
    Sample(
        "Screenshots/Screenshot_20250118-221104.png",
        settings(
            SCREEN,
            "Settings",
            (
                ("Wi-Fi", "Home 5G"),
                ("Bluetooth", "Off"),
                ("Battery", "82 %"),
                ("Storage", "41 GB free"),
                ("Language", "English"),
            ),
            button="Save",
            dark=True,
            bar=(70, 72, 80),
        ),
        "screenshot",
        "black",
        "A dark settings page: Wi-Fi, battery 82 %, storage",
        ("screenshot",),
        ("Settings", "Wi-Fi", "Bluetooth", "Battery", "Storage"),
        taken=datetime(2025, 1, 18, 22, 11, 4),
        bare=True,
    ),
    Sample(
        "Screenshots/route.png",
        street_map(
            SCREEN,
            "Route to the museum",
            ((0.20, 0.56, "Hotel"), (0.45, 0.50, "Museum"), (0.72, 0.33, "City Park")),
            button="Start",
        ),
        "screenshot",
        "white",
        "A map with a route from a hotel past a museum to a park",
        ("screenshot",),
        ("Route to the museum", "Hotel", "Museum", "City Park"),
        bare=True,
    ),
    Sample(
        "Screenshots/微信.png",
        settings(
            SCREEN,
            "天气预报",
            (("北京", "晴 26°"), ("上海", "小雨 21°"), ("广州", "多云 30°"), ("成都", "阴 19°")),
            button="刷新",
            dark=False,
            bar=(52, 96, 200),
            face="chinese",
        ),
        "screenshot",
        "white",
        "A weather forecast in Chinese for four cities",
        ("screenshot",),
        ("天气预报", "北京", "上海", "小雨"),
        bare=True,
    ),
)

NOTES = (
    Sample(
        "Notes/shopping list.jpg",
        note(
            WIDE,
            (248, 246, 238),
            (38, 52, 120),
            ("Shopping list", "milk and butter", "6 eggs", "bread", "apples", "coffee"),
        ),
        "note",
        "white",
        "A handwritten shopping list: milk, butter, eggs, bread, apples, coffee",
        ("note",),
        ("Shopping list", "milk", "bread", "apples", "coffee"),
        taken=datetime(2025, 3, 1, 9, 8, 7),
        city=LONDON,
        camera=PHONE,
    ),
    Sample(
        "Notes/IMG_20210704_185233.jpg",
        note(
            WIDE,
            (250, 226, 96),
            DARK,
            ("Welcome!", "Our WiFi is", "guest-house", "and the password", "sunny-harbour-42", "Enjoy your stay"),
            ruled=False,
        ),
        "note",
        "yellow",
        "A yellow note with the password of a wireless network",
        ("note",),
        ("WiFi", "password", "sunny-harbour-42"),
        taken=datetime(2021, 7, 4, 18, 52, 33),
        bare=True,
    ),
    Sample(
        "Notes/recado.webp",
        note(
            SQUARE,
            (244, 170, 196),
            (60, 30, 70),
            ("Mamá:", "volvemos a las ocho.", "La cena está", "en el horno."),
            ruled=False,
        ),
        "note",
        "pink",
        "A Spanish note for mother: back at eight, dinner is in the oven",
        ("note",),
        ("volvemos", "ocho", "cena", "horno"),
        taken=datetime(2023, 8, 6, 17, 45, 0),
        city=MADRID,
        camera=PHONE,
    ),
    Sample(
        "Notes/会议.jpg",
        note(
            WIDE,
            (246, 246, 244),
            (38, 52, 120),
            ("周三会议", "1. 预算和支出", "2. 新办公室的位置", "3. 夏天的旅行计划", "4. 年底聚餐"),
            face="chinese",
            letters=0.4,
        ),
        "note",
        "white",
        "Notes for a meeting in Chinese: budget, new office, travel plans, a dinner",
        ("note",),
        ("周三会议", "预算", "新办公室", "旅行计划", "聚餐"),
        taken=datetime(2019, 10, 9, 9, 30, 0),
        city=SHANGHAI,
        camera=PHONE,
    ),
)

PRINTED = (
    Sample(
        "Berlin/festival.jpg",
        poster(
            TALL,
            (236, 144, 48),
            (40, 26, 60),
            (("SUMMER", "sans-bold", 1.3), ("FESTIVAL", "sans-bold", 1.3), ("18 July 2020", "sans", 0.7)),
            ((120, 50, 150), (222, 60, 56), (250, 214, 80), (46, 92, 190)),
        ),
        "poster",
        "orange",
        "An orange poster for a summer festival on 18 July 2020",
        ("poster",),
        ("SUMMER", "FESTIVAL", "18 July 2020"),
        taken=datetime(2020, 7, 2, 13, 0, 41),
        city=BERLIN,
        camera=MIRRORLESS,
    ),
    Sample(
        "2022 Paris/affiche.jpg",
        poster(
            TALL,
            (112, 56, 150),
            (250, 226, 110),
            (("CINÉMA", "sans-bold", 1.3), ("EN PLEIN AIR", "sans-bold", 1.0), ("21 juin", "sans", 0.7)),
            ((240, 150, 190), (250, 214, 80), (64, 110, 214)),
        ),
        "poster",
        "purple",
        "A purple French poster for an open-air cinema on 21 June",
        ("poster",),
        ("EN PLEIN AIR", "21 juin"),
        taken=datetime(2022, 5, 15, 18, 22, 10),
        city=PARIS,
        camera=PHONE,
        turned=True,
    ),
    Sample(
        "2023 Lisbon/fado.avif",
        poster(
            TALL,
            (36, 112, 84),
            (250, 240, 214),
            (("NOITE DE FADO", "sans-bold", 1.2), ("sexta 21h30", "sans", 0.7)),
            ((214, 60, 52), (246, 200, 80), (238, 144, 60), (240, 240, 232)),
        ),
        "poster",
        "green",
        "A green Portuguese poster for an evening of fado",
        ("poster",),
        ("NOITE DE FADO", "sexta"),
        taken=datetime(2023, 6, 12, 18, 50, 6),
        city=LISBON,
        camera=PHONE,
    ),
    Sample(
        "2023 Lisbon/ementa.jpg",
        page(
            TALL,
            (
                Block(("Tasca do Porto",), 2.0, True, "middle"),
                Block(
                    ("Sopa do dia", "Bacalhau à Brás", "Sardinhas assadas", "Polvo grelhado"),
                    1.25,
                    amounts=("3,50", "12,00", "9,80", "15,50"),
                ),
                Block(("Sobremesas",), 1.5, True),
                Block(("Pastel de nata", "Arroz doce"), 1.25, amounts=("1,40", "2,90")),
                Block(("IVA incluído",), 1.0, align="middle"),
            ),
            serif=True,
            accent=(150, 54, 44),
            table=wood,
            desk=(94, 62, 40),
        ),
        "document",
        "white",
        "A Portuguese menu with soup, cod, sardines and custard tarts",
        ("menu",),
        ("Tasca do Porto", "Sardinhas assadas", "Pastel de nata", "1,40"),
        taken=datetime(2023, 6, 11, 20, 58, 0),
        city=LISBON,
        camera=PHONE,
    ),
    Sample(
        "Documents/invoice 1047.jpg",
        page(
            (1500, 2000),
            (
                Block(("INVOICE 1047",), 1.8, True),
                Block(("Riverside Joinery Ltd", "7 Mill Lane, London"), 1.0),
                Block(("Date: 28 January 2025", "Due: 27 February 2025"), 1.0),
                Block(
                    ("Oak shelves, 3 pieces", "Fitting, 4 hours", "Travel"), 1.1, amounts=("540.00", "220.00", "18.50")
                ),
                Block(("Total due",), 1.4, True, amounts=("GBP 778.50",)),
                Block(("Please pay within 30 days.", "Thank you for your custom."), 1.0),
            ),
            serif=False,
            accent=(38, 84, 124),
            table=wood,
            desk=(128, 92, 62),
        ),
        "document",
        "white",
        "An invoice for oak shelves, 778.50 pounds",
        ("invoice",),
        ("INVOICE 1047", "Riverside Joinery", "Oak shelves", "778.50", "28 January 2025"),
        taken=datetime(2025, 1, 30, 16, 21, 37),
        city=LONDON,
        camera=PHONE,
    ),
    Sample(
        "Documents/Brief vom Vermieter.jpg",
        page(
            (1500, 2000),
            (
                Block(("Hausverwaltung Lindner", "Gneisenaustraße 40, Berlin"), 1.1),
                Block(("7. Oktober 2020",), 1.0, align="right"),
                Block(("Heizung: Wartung",), 1.5, True),
                Block(("Sehr geehrte Damen und Herren,",)),
                Block(
                    (
                        "am Montag, dem 19. Oktober, wird die",
                        "Heizung zwischen 8 und 12 Uhr gewartet.",
                        "Bitte sorgen Sie für freien Zugang.",
                    )
                ),
                Block(("Mit freundlichen Grüßen", "K. Lindner")),
            ),
            serif=True,
            accent=(70, 70, 76),
            table=stone,
            desk=(104, 110, 122),
        ),
        "document",
        "white",
        "A German letter: the heating is serviced on 19 October",
        ("letter",),
        ("Hausverwaltung Lindner", "Heizung", "19. Oktober", "Mit freundlichen Grüßen"),
        taken=datetime(2020, 10, 9, 18, 40, 3),
        city=BERLIN,
        camera=PHONE,
    ),
)

DUSK_ORANGE = ((92, 62, 124), (214, 104, 96), (255, 176, 84))
DUSK_RED = ((88, 30, 60), (182, 42, 50), (226, 72, 46))
DUSK_PINK = ((116, 88, 158), (222, 128, 158), (252, 188, 172))

SCENES = (
    Sample(
        "2023 Lisbon/sunset over the Tagus.jpg",
        scenes.sunset(WIDE, DUSK_ORANGE, (112, 66, 74), over_water=True, sail=True),
        "photo",
        "orange",
        "The sun sets over the water, a sailing boat in front",
        ("sunset",),
        taken=datetime(2023, 6, 11, 20, 54, 31),
        city=LISBON,
        camera=PHONE,
    ),
    Sample(
        "القاهرة/غروب.jpg",
        scenes.sunset(WIDE, DUSK_RED, (66, 36, 38), over_water=False, sail=False),
        "photo",
        "red",
        "A red sunset behind hills",
        ("sunset",),
        taken=datetime(2021, 12, 18, 16, 57, 12),
        city=CAIRO,
        camera=PHONE,
    ),
    Sample(
        "2026 India/DSC00031.jpg",
        scenes.sunset((1620, 1080), DUSK_PINK, (120, 84, 110), over_water=True, sail=False),
        "photo",
        "pink",
        "A pink sunset over a lake",
        ("sunset",),
        taken=datetime(2026, 2, 14, 18, 3, 45),
        city=DELHI,
        camera=MIRRORLESS,
    ),
    Sample(
        "2023 Lisbon/praia ☀️.jpg",
        scenes.sea(WIDE, sand=True, boats=1, umbrellas=3),
        "photo",
        "blue",
        "A beach with three umbrellas, the sea and a sailing boat",
        ("sea",),
        taken=datetime(2023, 6, 13, 14, 22, 9),
        city=LISBON,
        camera=PHONE,
    ),
    Sample(
        "2023 Lisbon/IMG_2291.heic",
        scenes.sea(WIDE, sand=False, boats=2),
        "photo",
        "blue",
        "Blue sea with two sailing boats",
        ("sea",),
        taken=datetime(2023, 6, 13, 15, 1, 50),
        city=LISBON,
        camera=PHONE,
    ),
    Sample(
        "Norway/fjord.jpg",
        scenes.sea((1620, 1080), sand=False, boats=1),
        "photo",
        "blue",
        "Blue water with one sailing boat",
        ("sea",),
        taken=datetime(2020, 8, 19, 11, 47, 2),
        city=OSLO,
        camera=MIRRORLESS,
    ),
    Sample(
        "Norway/pines.jpg",
        scenes.forest(TALL, (32, 92, 58), path=False, pines=True),
        "photo",
        "green",
        "A forest of pines",
        ("forest",),
        taken=datetime(2020, 8, 20, 9, 30, 15),
        city=OSLO,
        camera=MIRRORLESS,
    ),
    Sample(
        "Berlin/Tiergarten.jpg",
        scenes.forest(WIDE, (38, 104, 52), path=True, pines=False),
        "photo",
        "green",
        "A path through a wood",
        ("forest",),
        taken=datetime(2020, 7, 5, 15, 18, 0),
        city=BERLIN,
        camera=PHONE,
    ),
    Sample(
        "Alps/DSC00874.jpg",
        scenes.mountains((1620, 1080), (112, 112, 118), snowy=False),
        "photo",
        "gray",
        "Mountains with snow on top over green meadows",
        ("mountain",),
        taken=datetime(2019, 7, 28, 10, 2, 54),
        city=INTERLAKEN,
        camera=MIRRORLESS,
    ),
    Sample(
        "Alps/Winter.jpg",
        scenes.mountains(WIDE, (190, 200, 210), snowy=True),
        "photo",
        "white",
        "White mountains over snow fields",
        ("mountain",),
        taken=datetime(2022, 2, 6, 12, 40, 0),
        city=INTERLAKEN,
        camera=MIRRORLESS,
    ),
    Sample(
        "2024 Tokyo 🗼/夜景.jpg",
        scenes.night(WIDE, moon=True, water=False),
        "photo",
        "black",
        "A city at night under the moon, many lit windows",
        ("night",),
        taken=datetime(2024, 4, 7, 21, 33, 17),
        city=TOKYO,
        camera=MIRRORLESS,
    ),
    Sample(
        "2025 New York/skyline.jpg",
        scenes.night((1620, 1080), moon=True, water=True),
        "photo",
        "black",
        "A skyline at night, mirrored in the water",
        ("night",),
        taken=datetime(2025, 9, 20, 22, 11, 48),
        city=NEW_YORK,
        camera=PHONE,
    ),
    Sample(
        "2025 New York/brownstones.jpg",
        scenes.city(WIDE, (140, 94, 64), roofs=None, trees=True),
        "photo",
        "brown",
        "A street of brown houses by day, with trees",
        ("city",),
        taken=datetime(2025, 9, 21, 12, 26, 5),
        city=NEW_YORK,
        camera=PHONE,
    ),
    Sample(
        "2022 Paris/boulevard.jpg",
        scenes.city(WIDE, (150, 105, 75), roofs=(92, 104, 122), trees=True),
        "photo",
        "brown",
        "A boulevard of houses with slate roofs, with trees",
        ("city",),
        taken=datetime(2022, 5, 14, 11, 59, 59),
        city=PARIS,
        camera=PHONE,
    ),
    Sample(
        "Berlin/Alexanderplatz.jpg",
        scenes.city(WIDE, (146, 146, 152), roofs=None, trees=False),
        "photo",
        "gray",
        "A street of grey houses by day",
        ("city",),
        taken=datetime(2022, 11, 4, 13, 37, 22),
        city=BERLIN,
        camera=PHONE,
    ),
)

SAMPLES = (*RECEIPTS, *SIGNS, *TICKETS, *SCREENSHOTS, *NOTES, *PRINTED, *SCENES)
