from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pi_heif
import pytest
from PIL import Image, ImageOps

from engine.errors import PictureUnusable
from engine.messages import Picture, TextLine
from engine.onnx.graph import FLOAT, Graph
from engine.reader import SURELY_READ, Reader, credible, in_reading_order, logical

SAMPLES = Path(__file__).parents[2] / "assets" / "samples"
TRUTH: dict[str, dict[str, Any]] = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))


ARABIC = "Receipts/فاتورة.jpg"


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    pi_heif.register_heif_opener()
    return Reader(threads=2)


def picture_of(image: Image.Image) -> Picture:
    image = image.convert("RGB")
    return Picture(image.width, image.height, image.tobytes())


def sample(name: str) -> Image.Image:
    with Image.open(SAMPLES / name) as image:
        return ImageOps.exif_transpose(image)


def folded(text: str) -> str:
    """Without spaces, case and forms of characters, none of which a reader need keep."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def texts(lines: tuple[TextLine, ...]) -> list[str]:
    return [line.text for line in lines]


# ---- reading


@pytest.mark.parametrize(
    "name",
    [
        "Receipts/washing machine.jpg",
        "Receipts/レシート.jpg",
        "2019 上海/茶馆.jpg",
        "Berlin/Bahnhof.webp",
        "Notes/recado.webp",
        "Screenshots/微信.png",
        "Documents/Brief vom Vermieter.jpg",
    ],
)
def test_reads_the_words_of_a_sample(reader: Reader, name: str) -> None:
    read = folded("".join(texts(reader.read(picture_of(sample(name))).lines)))
    assert [word for word in TRUTH[name]["words"] if folded(word) not in read] == []


@pytest.mark.parametrize("name", [name for name, truth in TRUTH.items() if truth["kind"] == "photo"][::4])
def test_reads_nothing_into_a_scene(reader: Reader, name: str) -> None:
    assert reader.read(picture_of(sample(name))).lines == ()


def test_rows_of_a_receipt_stay_together(reader: Reader) -> None:
    read = texts(reader.read(picture_of(sample("Receipts/washing machine.jpg"))).lines)
    assert read[read.index("TOTAL") + 1] == "£468.00"
    assert read.index("NORTHGATE ELECTRICAL") < read.index("Delivery") < read.index("TOTAL")


def test_boxes_are_fractions_of_the_picture(reader: Reader) -> None:
    name, *_ = reader.read(picture_of(sample("Receipts/corner cafe.jpg"))).lines
    left, top, right, bottom = name.box
    assert name.text == "CORNER CAFE"
    assert 0.1 < left < 0.3 < 0.7 < right < 0.9
    assert 0.09 < top < 0.14 < 0.16 < bottom < 0.22


def test_reads_a_page_that_lies_upside_down(reader: Reader) -> None:
    page = sample("Documents/invoice 1047.jpg").transpose(Image.Transpose.ROTATE_180)
    assert "INVOICE 1047" in texts(reader.read(picture_of(page)).lines)


def test_small_print_of_a_large_picture_is_read(reader: Reader) -> None:
    large = Image.new("RGB", (4000, 3000), "white")
    receipt = sample("Receipts/corner cafe.jpg").resize((450, 600))
    large.paste(receipt, (1700, 1200))
    assert "CORNER CAFE" in texts(reader.read(picture_of(large)).lines)


def test_long_screenshot_is_read_from_end_to_end(reader: Reader) -> None:
    chat = sample("Screenshots/Screenshot_20240512-101530.png")
    roll = Image.new("RGB", (chat.width, chat.height * 5))
    for index in range(5):
        roll.paste(chat, (0, chat.height * index))
    assert texts(reader.read(picture_of(roll)).lines).count("See you there") == 5


def test_lines_in_a_script_it_has_not_learnt_are_found_but_not_read(reader: Reader) -> None:
    reading = reader.read(picture_of(sample(ARABIC)))
    assert len(reading.unread) >= 3
    for left, top, right, bottom in reading.unread:
        assert 0 <= left < right <= 1 and 0 <= top < bottom <= 1


def test_a_further_model_reads_what_the_first_is_not_sure_of(reader: Reader, tmp_path: Path) -> None:
    helped = Reader(threads=2, recognisers=[str(always("ไทย", tmp_path / "reader-th.onnx"))])
    assert helped.name == f"{reader.name} with reader-th"
    arabic = picture_of(sample(ARABIC))
    unread, read = reader.read(arabic).unread, helped.read(arabic)
    assert texts(read.lines).count("ไทย") >= len(unread)
    assert set(unread) <= {line.box for line in read.lines if line.text == "ไทย"}
    assert read.unread == ()
    english = picture_of(sample("Receipts/corner cafe.jpg"))
    sure = [line for line in reader.read(english).lines if line.confidence >= SURELY_READ]
    assert sure and set(sure) <= set(helped.read(english).lines)


def always(text: str, file: Path) -> Path:
    """A model for recognition that reads the same in everything."""
    letters = list(dict.fromkeys(text))
    likely = np.full((1, len(text), len(letters) + 2), 0.001, np.float32)  # none, the letters, a space
    for step, letter in enumerate(text):
        likely[0, step, 1 + letters.index(letter)] = 0.99
    with file.with_suffix(".weights").open("wb") as weights:
        graph = Graph(weights, weights.name)
        graph.input("x", FLOAT, (1, 3, 48, "width"))
        model = graph.model(graph.node("Identity", graph.constant(likely)), likely.shape)
    file.write_bytes(model + entry(14, entry(1, b"character") + entry(2, "\n".join(letters).encode())))
    return file


def entry(field: int, value: bytes) -> bytes:
    """A field of a message that is shorter than 128 bytes."""
    return bytes([field << 3 | 2, len(value)]) + value


@pytest.mark.parametrize(
    ("read", "said"),
    [
        ("abc 12.50", "abc 12.50"),
        ("םולש", "שלום"),
        ("12.50 םולש", "שלום 12.50"),
        ("Tax Free םולש", "Tax Free םולש"),
        ("VAT הנובשח", "חשבונה VAT"),
        ("2024 רבמבונ 25", "25 נובמבר 2024"),
        ("ABC Ltd. א", "ABC Ltd. א"),
        ("", ""),
    ],
)
def test_lines_that_run_from_right_to_left_are_in_the_order_in_which_they_are_said(read: str, said: str) -> None:
    assert logical(read) == said


@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (20_000, 10), (31, 31)])
def test_extreme_shapes_hold_no_text(reader: Reader, size: tuple[int, int]) -> None:
    assert reader.read(picture_of(Image.new("RGB", size, "white"))).lines == ()


def test_incomplete_pixels_are_refused(reader: Reader) -> None:
    with pytest.raises(PictureUnusable):
        reader.read(Picture(10, 10, b"\0" * 299))


def test_loads_and_reads_without_a_network_and_prints_nothing() -> None:
    script = """
from engine import sandbox
sandbox.enter()
from engine.messages import Picture
from engine.reader import Reader
assert Reader().read(Picture(64, 64, bytes(64 * 64 * 3))).lines == ()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


# ---- what is kept of it, and in which order


@pytest.mark.parametrize(
    ("text", "confidence", "kept"),
    [("TOTAL", 0.98, True), ("Wavnnvan", 0.61, False), ("西", 0.99, True), ("O", 0.66, False), ("口", 0.82, False)],
)
def test_doubtful_lines_are_dropped(text: str, confidence: float, kept: bool) -> None:
    assert credible(text, confidence) is kept


def line(text: str, left: float, top: float, right: float, height: float = 0.03) -> TextLine:
    return TextLine(text, 1.0, (left, top, right, top + height))


def test_rows_are_read_from_the_top_and_each_from_the_left() -> None:
    bread, price = line("Bread", 0.1, 0.20, 0.3), line("2.10", 0.8, 0.205, 0.9)
    milk, other = line("Milk", 0.1, 0.25, 0.3), line("1.05", 0.8, 0.245, 0.9)
    assert in_reading_order([other, milk, price, bread]) == [bread, price, milk, other]


def test_columns_of_prose_are_read_one_after_the_other() -> None:
    title = line("A title across both columns of the page", 0.1, 0.05, 0.9, 0.05)
    left = [line(f"some words of the left column {row}", 0.1, 0.2 + row * 0.04, 0.45) for row in range(4)]
    right = [line(f"and more words of the right one {row}", 0.55, 0.2 + row * 0.04, 0.9) for row in range(4)]
    mixed = [entry for pair in zip(right, left, strict=True) for entry in pair]
    assert in_reading_order([*mixed, title]) == [title, *left, *right]


def test_a_column_of_prices_is_no_column_of_prose() -> None:
    names = [line(f"article by the name of {row}", 0.1, 0.2 + row * 0.04, 0.5) for row in range(4)]
    prices = [line(f"{row}.50", 0.8, 0.2 + row * 0.04, 0.9) for row in range(4)]
    rows = [entry for pair in zip(names, prices, strict=True) for entry in pair]
    assert in_reading_order([*prices, *names]) == rows


def test_nothing_is_in_order() -> None:
    assert in_reading_order([]) == []
