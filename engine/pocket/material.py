"""What pictures are made from that is not drawn: the faces they are written in, and parts of photographs.

The model cannot learn what photographs show from ten of them, but it can learn that it does not know, and to find paper
that lies on what is not drawn. They are those of Debian's package lomiri-wallpapers-16.04 under CC BY 4.0 or CC0 1.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from numpy.random import Generator
from PIL import Image, ImageOps

from engine.errors import EngineError
from engine.pocket.canvas import Size
from engine.pocket.chance import one_of
from engine.pocket.scripts import Face, training_faces, unseen_faces

_PACKAGE = "lomiri-wallpapers-16.04"
_FOLDER = Path("/usr/share/backgrounds")
_NAMES = (
    *("aitzgorri_by_Aitzol_Berasategi", "friends_by_Aitzol_Berasategi", "life_by_Aitzol_Berasategi"),
    *("picosdeeuropa_by_Aitzol_Berasategi", "sunset_by_Aitzol_Berasategi", "umang_by_Abhishek_Mudgal"),
    *("Picture_0B_by_freespace", "Picture_1A_by_freespace", "seeding_by_Clements_Engelhardt", "Wine_by_Jakkub_Mede"),
)
_LONG_PX = 1200  # what is kept of a photograph in memory
_LEAST_SHARE = 0.25  # of its sides, that a part has


class PhotographsMissing(EngineError):
    """The photographs to train with are not installed; the message says which package brings them."""


@dataclass(frozen=True)
class Material:
    """`faces`: one of them for each picture; `photographs`: files, or none, where only what is drawn is shown."""

    faces: tuple[Face, ...]
    photographs: tuple[Path, ...] = ()

    def part(self, rng: Generator, size: Size) -> Image.Image:
        """A part of one of the photographs, as large as may be or small, at that size; now and then mirrored."""
        photograph = _opened(one_of(rng, self.photographs))
        scale = min(photograph.width / size[0], photograph.height / size[1]) * float(rng.uniform(_LEAST_SHARE, 1))
        width, height = scale * size[0], scale * size[1]
        left, top = rng.uniform(0, photograph.width - width), rng.uniform(0, photograph.height - height)
        box = (float(left), float(top), float(left) + width, float(top) + height)
        shown = photograph.resize(size, Image.Resampling.BICUBIC, box)
        return ImageOps.mirror(shown) if rng.random() < 0.5 else shown


def training_material() -> Material:
    """Raises FontMissing, PhotographsMissing."""
    photographs = tuple(_FOLDER / f"{name}.jpg" for name in _NAMES)
    if not all(path.is_file() for path in photographs):
        raise PhotographsMissing(f"There are no photographs to train with: install Debian's package {_PACKAGE}.")
    return Material(training_faces(), photographs)


def unseen_material() -> Material:
    """What a trained model is measured with: other faces, and nothing photographed. Raises FontMissing."""
    return Material(unseen_faces())


@cache
def _opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        image.draft("RGB", (_LONG_PX, _LONG_PX))
        smaller = image.convert("RGB")
    smaller.thumbnail((_LONG_PX, _LONG_PX), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return smaller
