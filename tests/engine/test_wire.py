from __future__ import annotations

import io
import struct

import msgspec
import pytest

from engine.messages import Cancel, Describe, Picture, Request
from engine.wire import MAX_FRAME_BYTES, WireError, read_frame, write_frame

DECODER = msgspec.msgpack.Decoder(Request)


def test_messages_arrive_as_they_were_sent_then_the_end() -> None:
    stream = io.BytesIO()
    sent = [Cancel(7), Describe(8, Picture(1, 1, b"\0\xff\n"), language="hi")]
    for message in sent:
        write_frame(stream, message)
    stream.seek(0)
    assert [read_frame(stream, DECODER) for _ in range(3)] == [*sent, None]


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (b"\x05\0", "inside a frame's length"),
        (struct.pack("<I", 100) + b"too little", "after 10 of a frame's 100 bytes"),
        (struct.pack("<I", MAX_FRAME_BYTES + 1), "claims"),
        (struct.pack("<I", 4) + b"text", "not hold a message"),
        (struct.pack("<I", 1) + b"\xc1", "not hold a message"),
        (struct.pack("<I", 0), "not hold a message"),
    ],
)
def test_broken_frames_are_refused_with_the_reason(broken: bytes, complaint: str) -> None:
    with pytest.raises(WireError, match=complaint):
        read_frame(io.BytesIO(broken), DECODER)


def test_a_message_of_an_unknown_kind_is_refused() -> None:
    payload = msgspec.msgpack.encode({"type": "Format", "id": 1})
    with pytest.raises(WireError, match="known here"):
        read_frame(io.BytesIO(struct.pack("<I", len(payload)) + payload), DECODER)
