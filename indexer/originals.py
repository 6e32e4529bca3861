"""Opens the photos themselves, for whoever wants to see one."""

from __future__ import annotations

from engine.errors import PictureUnusable
from engine.messages import Picture
from indexer.decode import Decoder
from indexer.library import photos
from indexer.library.database import Library
from indexer.library.types import PhotoId
from indexer.stages import PICTURE_PX


class Originals:
    """Any thread may ask; the process that opens files starts with the first one."""

    def __init__(self, library: Library, decoder: Decoder) -> None:
        self._library = library
        self._decoder = decoder

    def load(self, photo: PhotoId, longest_px: int = PICTURE_PX) -> Picture:
        """The photo's pixels from the first of its files that can be opened, its longest side at most so long.

        Raises PictureUnusable, and KeyError where there is no such photo.
        """
        reason = PictureUnusable("The file is gone.")
        for path in photos.get(self._library.connect(), photo).paths:
            try:
                return self._decoder.load(path, longest_px)
            except PictureUnusable as error:
                reason = error
        raise reason
