"""What is true of a picture that was drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

DOCUMENTS = (
    "receipt",
    "invoice",
    "ticket",
    "sign",
    "card",
    "cover",
    "note",
    "whiteboard",
    "chat",
    "map",
    "settings",
    "label",
    "poster",
    "menu",
    "clock",
    "chart",
)
SCENES = (
    "sunset",
    "sea",
    "beach",
    "mountains",
    "forest",
    "snow",
    "night",
    "city",
    "sky",
    "field",
    "flowers",
    "room",
    "food",
    "animal",
    "people",
    "vehicle",
    "building",
)
UNKNOWN = "unknown"  # nothing that the model has learnt
KINDS = (*DOCUMENTS, *SCENES, UNKNOWN)

Place = Literal["left", "middle", "right"]
PLACES: tuple[Place, ...] = get_args(Place)


@dataclass(frozen=True)
class Thing:
    """So many of one sort and colour; `place`: where the only one is, by thirds of the picture's width."""

    name: str
    count: int = 1
    colour: str = ""
    place: Place = "middle"


@dataclass(frozen=True)
class Truth:
    """`colour`: what more of the picture, or of the paper in it, has than of any other. `lines`: its text."""

    kind: str
    colour: str
    things: tuple[Thing, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Example:
    """A picture in RGB and what is true of it.

    `places`: rows x columns of pixels, each with the number of the truth's thing that is seen there, from 1 on; 0 where
    none is. None: there are none anywhere.
    """

    image: Image.Image
    truth: Truth
    places: NDArray[np.uint8] | None = None
