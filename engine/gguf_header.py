"""Reads what a GGUF file says about itself and whether all of it is there, without loading its weights.

llama.cpp loads a vision file whose end is missing without a word and then sees noise; so every tensor is checked here.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import math
import mmap
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

from engine.errors import ModelUnusable

_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
_MOST_DIMENSIONS = 4


@dataclass(frozen=True)
class StoredTensor:
    """A tensor's dimensions, fastest first, its ggml type, and where in the file its bytes are."""

    dimensions: tuple[int, ...]
    kind: int
    offset: int
    size_bytes: int


@dataclass(frozen=True)
class GgufHeader:
    """The scalar and text values by key (arrays are passed over), and every tensor."""

    values: dict[str, Any]
    stored: dict[str, StoredTensor]
    missing_bytes: int  # how many bytes of the tensors lie beyond the file's end

    @property
    def tensors(self) -> dict[str, tuple[int, ...]]:
        """Every tensor's dimensions, fastest first."""
        return {name: tensor.dimensions for name, tensor in self.stored.items()}

    @property
    def architecture(self) -> str:
        return str(self.values.get("general.architecture", ""))

    def value(self, key: str, default: Any = None) -> Any:
        """What a file of its architecture says under `key`; an array counts as nothing said. Raises ModelUnusable."""
        value = self.values.get(f"{self.architecture}.{key}")
        if value is None and default is None:
            raise ModelUnusable(f"The model file does not say its {key}.")
        return default if value is None else value


def read_header(path: Path) -> GgufHeader:
    """Raises ModelUnusable, with a sentence, where the file cannot be read or is no GGUF."""
    try:
        with path.open("rb") as file:
            if not path.stat().st_size:
                raise ModelUnusable(f"{path.name} is empty. Get it again.")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _Cursor(data).header()
    except FileNotFoundError:
        raise ModelUnusable(f"The model file {path.name} is not there any more.") from None
    except OSError as error:
        raise ModelUnusable(f"The model file {path.name} cannot be read: {error.strerror}.") from error
    except (struct.error, ValueError, KeyError) as error:
        raise ModelUnusable(f"{path.name} is not a whole GGUF model file. Get it again.") from error


class _Cursor:
    """A place in a GGUF file; every read moves it on, and fails with struct.error at the end of the file."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._at = 0

    def header(self) -> GgufHeader:
        if self._bytes(4) != b"GGUF":
            raise ValueError("not GGUF")
        _version, tensor_count, value_count = self._scalar("<I"), self._scalar("<Q"), self._scalar("<Q")
        values = dict(self._entry() for _ in range(value_count))
        tensors = dict(self._tensor() for _ in range(tensor_count))
        alignment = int(values.get("general.alignment", 32))
        data_start = -(-self._at // alignment) * alignment
        stored = {name: replace(tensor, offset=data_start + tensor.offset) for name, tensor in tensors.items()}
        end = max((tensor.offset + tensor.size_bytes for tensor in stored.values()), default=self._at)
        return GgufHeader(values, stored, missing_bytes=max(0, end - len(self._data)))

    def _tensor(self) -> tuple[str, StoredTensor]:
        """Name and tensor, its offset counted from where all data starts."""
        name = self._string()
        count = self._scalar("<I")
        if count > _MOST_DIMENSIONS:
            raise ValueError("too many dimensions")
        dimensions = tuple(self._scalar("<Q") for _ in range(count))
        kind = self._scalar("<I")
        block_elements, block_bytes = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
        size_bytes = math.prod(dimensions) // block_elements * block_bytes
        return name, StoredTensor(dimensions, kind, self._scalar("<Q"), size_bytes)

    def _entry(self) -> tuple[str, Any]:
        key = self._string()
        return key, self._value(self._scalar("<I"))

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._string()
        if kind == _ARRAY:
            return self._skip_array(self._scalar("<I"), self._scalar("<Q"))
        return self._scalar(_SCALARS[kind])

    def _skip_array(self, kind: int, count: int) -> None:
        if kind in _SCALARS:
            self._bytes(struct.calcsize(_SCALARS[kind]) * count)
        else:
            for _ in range(count):
                self._value(kind)

    def _string(self) -> str:
        return self._bytes(self._scalar("<Q")).decode("utf-8", "replace")

    def _scalar(self, form: str) -> Any:
        (value,) = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        return value

    def _bytes(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise ValueError("the file ends too early")
        data = self._data[self._at : end]
        self._at = end
        return data
