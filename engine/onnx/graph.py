"""Writes ONNX models: the few messages of onnx.proto that a graph of matrix products needs, without a dependency.

Weights lie in a file of their own beside the model, from where ONNX Runtime maps them into memory.
Format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, https://protobuf.dev/programming-guides/encoding
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

MICROSOFT = "com.microsoft"  # the domain of ONNX Runtime's own operators

Value = str  # the name of a tensor in the graph
Shape = Sequence[int | str]  # a side whose length may change from run to run has a name instead
Attribute = int | float | str

FLOAT, UINT8, INT8, INT64 = 1, 2, 3, 7  # TensorProto.DataType

_DATA_TYPES = {"float32": FLOAT, "uint8": UINT8, "int8": INT8, "int64": INT64}
_IR_VERSION = 10
_OPSETS = {"": 21, MICROSOFT: 1}
_EXTERNAL = 1  # TensorProto.DataLocation
_ALIGNMENT_BYTES = 64


class Graph:
    """An ONNX graph that grows node by node; its weights go straight to the file `weights`, which is called `name`."""

    def __init__(self, weights: BinaryIO, name: str) -> None:
        self._weights = weights
        self._weights_name = name
        self._nodes: list[bytes] = []
        self._initialisers: dict[Value, bytes] = {}
        self._inputs: list[bytes] = []

    def input(self, name: Value, data_type: int, shape: Shape) -> Value:
        """A tensor given at each run."""
        self._inputs.append(_value_info(name, data_type, shape))
        return name

    def weight(self, name: Value, array: NDArray[Any]) -> Value:
        """A constant, kept in the file of weights."""
        self._weights.write(bytes(-self._weights.tell() % _ALIGNMENT_BYTES))
        offset = self._weights.tell()
        self._weights.write(np.ascontiguousarray(array).data)
        place = {"location": self._weights_name, "offset": str(offset), "length": str(array.nbytes)}
        entries = b"".join(_bytes(13, _text(1, key) + _text(2, value)) for key, value in place.items())
        self._initialisers[name] = _tensor(name, array) + entries + _integer(14, _EXTERNAL)
        return name

    def constant(self, array: NDArray[Any] | np.generic) -> Value:
        """A small constant, kept in the model itself."""
        name = f"constant {array.dtype} {array.tolist()}"
        self._initialisers[name] = _tensor(name, array) + _bytes(9, array.tobytes())
        return name

    def lengths(self, *lengths: int) -> Value:
        """A constant list of lengths or axes."""
        return self.constant(np.array(lengths, np.int64))

    def node(self, operator: str, *inputs: Value, domain: str = "", **attributes: Attribute) -> Value:
        """What an operator makes of `inputs`."""
        output = f"{operator} {len(self._nodes)}"
        message = b"".join(_text(1, name) for name in inputs) + _text(2, output) + _text(4, operator) + _text(7, domain)
        self._nodes.append(message + b"".join(_bytes(5, _attribute(*attribute)) for attribute in attributes.items()))
        return output

    def model(self, output: Value, shape: Shape) -> bytes:
        """The whole as a ModelProto; `output`, float32, is its only result."""
        graph = b"".join(_bytes(1, node) for node in self._nodes) + _text(2, "graph")
        graph += b"".join(_bytes(5, initialiser) for initialiser in self._initialisers.values())
        graph += b"".join(_bytes(11, info) for info in self._inputs) + _bytes(12, _value_info(output, FLOAT, shape))
        opsets = b"".join(_bytes(8, _text(1, domain) + _integer(2, version)) for domain, version in _OPSETS.items())
        return _integer(1, _IR_VERSION) + _bytes(7, graph) + opsets


def _value_info(name: str, data_type: int, shape: Shape) -> bytes:
    sides = (_integer(1, side) if isinstance(side, int) else _text(2, side) for side in shape)
    tensor_type = _integer(1, data_type) + _bytes(2, b"".join(_bytes(1, side) for side in sides))
    return _text(1, name) + _bytes(2, _bytes(1, tensor_type))


def _tensor(name: str, array: NDArray[Any] | np.generic) -> bytes:
    """All but its values."""
    sides = b"".join(_integer(1, side) for side in array.shape)
    return sides + _integer(2, _DATA_TYPES[array.dtype.name]) + _text(8, name)


def _attribute(name: str, value: Attribute) -> bytes:
    """Its name, the value in the field of its type, and which type that is (AttributeProto.AttributeType)."""
    match value:
        case float():
            return _text(1, name) + _tag(2, 5) + struct.pack("<f", value) + _integer(20, 1)
        case int():
            return _text(1, name) + _integer(3, value) + _integer(20, 2)
        case str():
            return _text(1, name) + _text(4, value) + _integer(20, 3)


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())


def _bytes(field: int, value: bytes) -> bytes:
    return _tag(field, 2) + _varint(len(value)) + value


def _integer(field: int, value: int) -> bytes:
    return _tag(field, 0) + _varint(value)


def _tag(field: int, wire_type: int) -> bytes:
    return _varint(field << 3 | wire_type)


def _varint(value: int) -> bytes:
    """Seven bits a byte, lowest first; the top bit says that more follow."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
