"""Reads the lines of text in a picture, with RapidOCR on ONNX Runtime; its models lie in the wheel, none is fetched.

Lines that the model in the wheel is not sure of are read by further models too, if there are any: the surest counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from itertools import pairwise
from math import ceil, inf
from pathlib import Path
from statistics import median
from unicodedata import bidirectional

import cv2
import numpy as np
from numpy.typing import NDArray
from rapidocr import RapidOCR

from engine.errors import PictureUnusable
from engine.messages import Box, Picture, Reading, TextLine

Pixels = NDArray[np.uint8]  # height x width x 3, RGB
Quad = NDArray[np.float32]  # 4 corners x (x, y) in pixels of the picture, clockwise from the top left of the text

# Lines are looked for in a small copy of the picture and read from the picture itself, one by one: memory stays bounded
# and small print sharp. A page of 4,577 letters at 12 MP is read whole in 3.3 s with 0.6 GB on two cores; looked for at
# 1600 px and read six lines at a time it takes 5.0 s and 1.2 GB for the same text.
DETECTION_SIDE_PX = 1280
ENLARGE_UP_TO_PX = 736
ENLARGE_AT_MOST = 3.0
GRID_PX = 32  # the detector's sides are multiples of this

_SIDES = {"R": "<", "AL": "<", "L": ">", "EN": ">", "AN": ">"}  # of Unicode's bidirectional classes; others have none
_RUNS = ">(?: *>)*|[< ]+"

# A long screenshot or a panorama is looked at in pieces of this shape at most.
LARGEST_ASPECT = 3
OVERLAP_PX = 160

# Means over a line's letters. On pages drawn in 13 scripts every line in Latin, Chinese and Japanese scores 0.9 and
# more; what is read into scripts that the model has not learnt up to 0.85, and single letters read into things 0.66 to
# 0.82. Of the lines in Greek, which it half reads, a third is kept.
LEAST_CONFIDENCE = 0.85
LEAST_CONFIDENCE_ALONE = 0.9
SURELY_READ = 0.95  # further models are not asked
SURELY_TURNED = 0.9

# What is long, and looked like text but was not read, is a line all the same.
LEAST_UNREAD_ASPECT = 2.0


class Reader:
    """The text reader, loaded: 31 MB of weights, and those of `recognisers`, files of further models for recognition.

    Reads one picture at a time.
    """

    def __init__(self, threads: int | None = None, recognisers: Sequence[str] = ()) -> None:
        models = files("rapidocr") / "models"
        self.name = f"PP-OCRv6 small (rapidocr {version('rapidocr')})"
        self._ocr = _ocr(str(models / "PP-OCRv6_rec_small.onnx"), threads)
        self._others = [_ocr(path, threads) for path in recognisers]  # each loads only what it is used for
        if recognisers:
            self.name += f" with {', '.join(Path(path).stem for path in recognisers)}"

    def read(self, picture: Picture) -> Reading:
        """The lines of text, in reading order. Raises PictureUnusable if the bytes are not width x height pixels."""
        pixels = _pixels(picture)
        quads = [quad for window in _windows(picture.width, picture.height) for quad in self._find(pixels, window)]
        lines, unread = [], []
        for quad, (text, confidence) in zip(quads, self._recognise(pixels, quads), strict=True):
            if text and credible(text, confidence):
                lines.append(TextLine(text, confidence, _box(quad, picture)))
            elif _aspect(quad) >= LEAST_UNREAD_ASPECT:
                unread.append(_box(quad, picture))
        return Reading(tuple(in_reading_order(lines)), tuple(unread))

    def _find(self, pixels: Pixels, window: Window) -> list[Quad]:
        """The lines whose middle this window answers for."""
        view = pixels[window.top : window.bottom, window.left : window.right]
        small = cv2.resize(view, _detection_size(*window.size), interpolation=cv2.INTER_AREA)
        found = self._ocr(small[:, :, ::-1], use_det=True, use_cls=False, use_rec=False).boxes
        if found is None:
            return []
        quads = found * np.divide(window.size, small.shape[1::-1]) + (window.left, window.top)
        return [quad.astype(np.float32) for quad in quads if window.owns(*quad.mean(axis=0))]

    def _recognise(self, pixels: Pixels, quads: Sequence[Quad]) -> list[tuple[str, float]]:
        """Text and confidence of each line, cut out at the picture's own sharpness."""
        strips = [np.ascontiguousarray(strip[:, :, ::-1]) for strip in self._ocr.crop_text_regions(pixels, quads)]
        if not strips:
            return []
        if self._upside_down(strips):
            strips = [np.rot90(strip, 2) for strip in strips]
        read = _recognised(self._ocr, strips)
        for other in self._others:
            unsure = [number for number, (_, confidence) in enumerate(read) if confidence < SURELY_READ]
            if unsure:
                again = _recognised(other, [strips[number] for number in unsure])
                for number, answer in zip(unsure, again, strict=True):
                    read[number] = max(read[number], answer, key=lambda answer: answer[1])
        return read

    def _upside_down(self, strips: Sequence[Pixels]) -> bool:
        """Whether most lines look so: a single short word often does (コーヒー, "0.80"), a whole picture does not."""
        _, classified = self._ocr.cls_and_rotate(list(strips))
        turned = [label == "180" and score > SURELY_TURNED for label, score in classified.cls_res]
        return turned.count(True) > turned.count(False)


def _ocr(recogniser: str, threads: int | None) -> RapidOCR:
    models = files("rapidocr") / "models"
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_preprocess_img": False,
            "Global.use_vertical_padding": False,
            "Det.model_path": str(models / "PP-OCRv6_det_small.onnx"),
            "Det.limit_type": "max",
            "Det.limit_side_len": DETECTION_SIDE_PX,
            "Cls.model_path": str(models / "ch_ppocr_mobile_v2.0_cls_mobile.onnx"),
            "Rec.model_path": recogniser,
            "Rec.rec_batch_num": 1,
            "EngineConfig.onnxruntime.intra_op_num_threads": threads or -1,
        }
    )


def _recognised(ocr: RapidOCR, strips: Sequence[Pixels]) -> list[tuple[str, float]]:
    recognised = ocr.recognize_txt(list(strips))
    texts = (logical(text.strip()) for text in recognised.txts)
    return list(zip(texts, map(float, recognised.scores), strict=True))


def logical(text: str) -> str:
    """What was read from left to right in the order in which it is said, if most letters run from right to left."""
    sides = "".join(_SIDES.get(bidirectional(letter), " ") for letter in text)
    if sides.count("<") <= sum(map(str.isalpha, text)) / 2:
        return text
    runs = [(run[0].startswith(">"), text[slice(*run.span())]) for run in re.finditer(_RUNS, sides)]
    return "".join(run if rightward else run[::-1] for rightward, run in reversed(runs))


def credible(text: str, confidence: float) -> bool:
    """Whether a line was read and not imagined: a moon makes an "O", a window a "口", so one alone must be sure."""
    return confidence >= (LEAST_CONFIDENCE if len(text) > 1 else LEAST_CONFIDENCE_ALONE)


def in_reading_order(lines: Sequence[TextLine]) -> list[TextLine]:
    """Rows from the top, each from the left; but columns of prose one after the other.

    A recursive cut along white space: at a gutter between columns, else at gaps taller than a line, else by rows.
    """
    if len(columns := _columns(lines)) > 1:
        return [line for column in columns for line in in_reading_order(column)]
    if len(blocks := _blocks(lines)) > 1:
        return [line for block in blocks for line in in_reading_order(block)]
    return [line for row in _rows(lines) for line in sorted(row, key=lambda line: line.box[0])]


def _columns(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """The lines parted where white space runs from top to bottom, if that is prose beside prose.

    Names beside prices are rows of a receipt and stay together.
    """
    columns = _parted(lines, start=0, end=2, gap=0)
    return columns if all(_is_prose(column) for column in columns) else [list(lines)]


def _is_prose(lines: Sequence[TextLine]) -> bool:
    """At least three lines, most of them of a dozen letters; a Chinese or Japanese character counts for two."""
    return len(lines) >= 3 and median(_letters(line.text) for line in lines) >= 12


def _letters(text: str) -> int:
    return sum(2 if "\u2e80" <= character <= "\uffdc" else 1 for character in text if character.isalpha())


def _blocks(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """The lines parted where white space taller than a line runs from side to side."""
    return _parted(lines, start=1, end=3, gap=median(line.box[3] - line.box[1] for line in lines) if lines else 0)


def _parted(lines: Sequence[TextLine], *, start: int, end: int, gap: float) -> list[list[TextLine]]:
    """Groups of lines with more than `gap` of empty space between them along one axis of their boxes."""
    groups: list[list[TextLine]] = []
    reached = -inf
    for line in sorted(lines, key=lambda line: line.box[start]):
        if line.box[start] - reached > gap:
            groups.append([])
        groups[-1].append(line)
        reached = max(reached, line.box[end])
    return groups


def _rows(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """Lines whose middles lie within one another's height, from the top."""
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=_middle):
        if rows and _middle(line) < rows[-1][-1].box[3] and _middle(rows[-1][-1]) > line.box[1]:
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def _middle(line: TextLine) -> float:
    return (line.box[1] + line.box[3]) / 2


@dataclass(frozen=True)
class Window:
    """A part of the picture that is looked at in one go, in pixels; `own` is the part it alone answers for."""

    left: int
    top: int
    right: int
    bottom: int
    own: tuple[float, float, float, float]

    @property
    def size(self) -> tuple[int, int]:
        return self.right - self.left, self.bottom - self.top

    def owns(self, x: float, y: float) -> bool:
        left, top, right, bottom = self.own
        return left <= x <= right and top <= y <= bottom


def _windows(width: int, height: int) -> Iterator[Window]:
    """The whole picture, or overlapping pieces of it where it is much longer than broad."""
    if width >= height:
        for start, stop, first, last in _pieces(width, height):
            yield Window(start, 0, stop, height, (first, 0, last, height))
    else:
        for start, stop, first, last in _pieces(height, width):
            yield Window(0, start, width, stop, (0, first, width, last))


def _pieces(long_px: int, short_px: int) -> Iterator[tuple[int, int, float, float]]:
    """Start and stop of each piece along the long side, and between which points it alone answers."""
    piece_px = max(LARGEST_ASPECT * short_px, DETECTION_SIDE_PX)
    count = max(1, ceil((long_px - OVERLAP_PX) / (piece_px - OVERLAP_PX)))
    starts = [round(index * max(0, long_px - piece_px) / max(1, count - 1)) for index in range(count)]
    borders = [0.0, *((before + piece_px + after) / 2 for before, after in pairwise(starts)), float(long_px)]
    for start, (first, last) in zip(starts, pairwise(borders), strict=True):
        yield start, min(start + piece_px, long_px), first, last


def _detection_size(width: int, height: int) -> tuple[int, int]:
    """Width and height at which lines are looked for: small print enlarged, nothing beyond DETECTION_SIDE_PX."""
    enlarged = min(ENLARGE_AT_MOST, max(1.0, ENLARGE_UP_TO_PX / min(width, height)))
    scale = min(enlarged, DETECTION_SIDE_PX / max(width, height))
    return _on_grid(width * scale), _on_grid(height * scale)


def _on_grid(length_px: float) -> int:
    return max(1, round(length_px / GRID_PX)) * GRID_PX


def _pixels(picture: Picture) -> Pixels:
    if picture.width < 1 or picture.height < 1 or len(picture.rgb) != picture.width * picture.height * 3:
        raise PictureUnusable("The picture's pixels are incomplete, so its text cannot be read.")
    return np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)


def _aspect(quad: Quad) -> float:
    """How many times as long as high a line is, or as high as long."""
    along, across = (float(np.linalg.norm(quad[corner] - quad[0])) for corner in (1, 3))
    return max(along, across) / max(1.0, min(along, across))


def _box(quad: Quad, picture: Picture) -> Box:
    left, top = np.clip(quad.min(axis=0) / (picture.width, picture.height), 0, 1)
    right, bottom = np.clip(quad.max(axis=0) / (picture.width, picture.height), 0, 1)
    return float(left), float(top), float(right), float(bottom)
