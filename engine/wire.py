"""Frames on a pipe: four bytes of length, then that many bytes of MessagePack. Nothing else is understood."""

from __future__ import annotations

import struct
from typing import IO, TypeVar

import msgspec

MAX_FRAME_BYTES = 1 << 30  # a picture of 350 megapixels; no frame of ours comes near it

_LENGTH = struct.Struct("<I")
_ENCODER = msgspec.msgpack.Encoder()

Message = TypeVar("Message")


class WireError(Exception):
    """The other side broke the framing: what follows on this pipe cannot be trusted."""


def write_frame(stream: IO[bytes], message: msgspec.Struct) -> None:
    """Writes one message and flushes. One writer at a time; OSError when the other side is gone."""
    payload = _ENCODER.encode(message)
    if len(payload) > MAX_FRAME_BYTES:
        raise WireError(f"A message of {len(payload):,} bytes is more than a frame may hold.")
    stream.write(_LENGTH.pack(len(payload)))
    stream.write(payload)
    stream.flush()


def read_frame(stream: IO[bytes], decoder: msgspec.msgpack.Decoder[Message]) -> Message | None:
    """The next message, or None where the stream ends between two frames."""
    header = stream.read(_LENGTH.size)
    if not header:
        return None
    if len(header) < _LENGTH.size:
        raise WireError("The stream ended inside a frame's length.")
    (length,) = _LENGTH.unpack(header)
    if length > MAX_FRAME_BYTES:
        raise WireError(f"A frame claims {length:,} bytes.")
    payload = stream.read(length)
    if len(payload) < length:
        raise WireError(f"The stream ended after {len(payload):,} of a frame's {length:,} bytes.")
    try:
        return decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WireError(f"A frame does not hold a message that is known here: {error}") from error
