"""Opens videos where PyAV is installed (the extra `video`): a few frames, and what the camera wrote beside them.

Runs in the decoder's process only, because video files are not to be trusted. Which of FFmpeg's readers is used is
decided here, by the file's first bytes: some of the others open further files.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from PIL import Image

from engine.errors import PictureUnusable
from indexer import metadata
from indexer.metadata import Recorded

if TYPE_CHECKING:
    from av.container import InputContainer

_START_BYTES = 1024
_STILLS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis", b"jxl ", b"crx ")
_POSTER = 0.1  # of the length: the first frames are often black
_GAP_PX = 4  # between the frames of a sheet
_LOCATION = re.compile(r"([+-]\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Filmed:
    """Frames of a video on one sheet, and the width and height of one; all upright."""

    sheet: Image.Image
    width: int
    height: int
    format: str
    recorded: Recorded


def reader_of(file: BinaryIO) -> tuple[str, str] | None:
    """FFmpeg's name of the container and ours; None where it is no video."""
    file.seek(0)
    start = file.read(_START_BYTES)
    file.seek(0)
    if start[4:8] == b"ftyp" and start[8:12] not in _STILLS:
        return ("mov", "MOV" if start[8:12] == b"qt  " else "MP4")
    if start.startswith(b"\x1a\x45\xdf\xa3"):
        return ("matroska", "WEBM" if b"webm" in start[:64] else "MKV")
    if start.startswith(b"RIFF") and start[8:12] == b"AVI ":
        return ("avi", "AVI")
    if start[:1] == start[188:189] == start[376:377] == b"\x47" or start[4:5] == start[196:197] == b"\x47":
        return ("mpegts", "MTS")
    return None


def open_video(file: BinaryIO, reader: tuple[str, str], frames: int, refuse: Callable[[int, int], None]) -> Filmed:
    """`frames` of it, evenly spread; of one, the poster. `refuse` is told a frame's width and height, and may raise.

    Raises PictureUnusable.
    """
    try:
        import av
    except ImportError:
        raise PictureUnusable("Video needs one more package: pip install av.") from None
    name, ours = reader
    try:
        with av.open(file, format=name, metadata_errors="replace") as container:
            if not container.streams.video:
                raise PictureUnusable("There is no picture in this video.")
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            refuse(stream.codec_context.width, stream.codec_context.height)
            moments = [_POSTER] if frames == 1 else [(number + 0.5) / frames for number in range(frames)]
            shown = [image for moment in moments if (image := _frame(container, moment)) is not None]
            said = {**container.metadata, **stream.metadata}
    except av.FFmpegError as error:
        raise PictureUnusable(f"The video is damaged ({error.strerror}).") from error
    if not shown:
        raise PictureUnusable("The video is damaged: no frame of it can be decoded.")
    return Filmed(_sheet(shown), *shown[0].size, ours, _recorded(said))


def _frame(container: InputContainer, moment: float) -> Image.Image | None:
    """A frame about that share of the length from the beginning, upright."""
    if container.duration:
        container.seek((container.start_time or 0) + int(container.duration * moment))
    frame = next((frame for frame in container.decode(video=0) if frame.key_frame), None)  # others may lack a part
    if frame is None:
        return None
    image: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
    return image.rotate(frame.rotation, expand=True) if frame.rotation else image


def _sheet(frames: list[Image.Image]) -> Image.Image:
    """Side by side, in two rows where there are more than two."""
    if len(frames) == 1:
        return frames[0]
    width, height = frames[0].size
    columns = (len(frames) + 1) // 2 if len(frames) > 2 else len(frames)
    rows = -(-len(frames) // columns)
    sheet = Image.new("RGB", (columns * (width + _GAP_PX) - _GAP_PX, rows * (height + _GAP_PX) - _GAP_PX), "white")
    for number, frame in enumerate(frames):
        row, column = divmod(number, columns)
        sheet.paste(frame, (column * (width + _GAP_PX), row * (height + _GAP_PX)))
    return sheet


def _recorded(said: dict[str, Any]) -> Recorded:
    """Apple writes what the clock showed, others only the universal time."""
    position = _position(said.get("com.apple.quicktime.location.ISO6709") or said.get("location") or "")
    latitude, longitude = position or (None, None)
    local = _moment(said.get("com.apple.quicktime.creationdate"))
    universal = _moment(said.get("creation_time"))
    taken_at = local or (universal and metadata.local_time(universal, position))
    camera = [str(said.get(f"com.apple.quicktime.{name}", "")) for name in ("make", "model")]
    return Recorded(
        taken_at=taken_at,
        latitude=latitude,
        longitude=longitude,
        camera=metadata.camera_name(*camera),
        utc_offset=metadata.offset_at(taken_at, position),
    )


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text)).replace(tzinfo=None)
    except ValueError:
        return None
    return found.replace(microsecond=0) if found.year > 1970 else None  # 1904 and 1970: a clock that was never set


def _position(text: str) -> tuple[float, float] | None:
    match = _LOCATION.match(text)
    if match is None:
        return None
    latitude, longitude = float(match[1]), float(match[2])
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude or longitude) else None
