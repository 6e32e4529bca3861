"""Cuts a picture into the views that a plan asks for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import PictureUnusable
from engine.messages import Picture
from engine.slicing import Size, SlicePlan

MOST_PIXELS = 300_000_000  # 0.9 GB of RGB: the largest that fits into a frame
_LONGEST_SIDE = 60_000  # Pillow's resampling counts bytes of a row in 32 bits, and no camera comes near

Pixels = NDArray[np.uint8]  # height x width x 3


def check(picture: Picture) -> None:
    """Raises PictureUnusable unless there are pixels, not too many, and as many as the sizes say."""
    pixels = picture.width * picture.height
    if picture.width < 1 or picture.height < 1:
        raise PictureUnusable("The picture has no pixels.")
    if pixels > MOST_PIXELS or max(picture.width, picture.height) > _LONGEST_SIDE:
        raise PictureUnusable(f"The picture is too large to look at ({picture.width:,} x {picture.height:,} pixels).")
    if len(picture.rgb) != pixels * 3:
        raise PictureUnusable(f"The picture holds {len(picture.rgb):,} bytes where {pixels * 3:,} belong.")


def picture_of(image: Image.Image) -> Picture:
    """An RGB image as the engine takes it."""
    return Picture(image.width, image.height, image.tobytes())


def cut(picture: Picture, plan: SlicePlan) -> list[Pixels]:
    """The overview, then the slices row by row, each at the plan's size: resampled once, bicubic, as in training."""
    image = Image.frombuffer("RGB", (picture.width, picture.height), picture.rgb, "raw", "RGB", 0, 1)
    views = [_resized(image, plan.overview)]
    if plan.refined is not None and plan.slice is not None:
        refined = _resized(image, plan.refined)
        width, height = plan.slice
        views += [
            refined[top : top + height, left : left + width]
            for top in range(0, plan.refined.height, height)
            for left in range(0, plan.refined.width, width)
        ]
    return views


def _resized(image: Image.Image, size: Size) -> Pixels:
    return np.asarray(image.resize(size, Image.Resampling.BICUBIC))
