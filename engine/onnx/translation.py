"""Translates a vision GGUF into an ONNX graph: MiniCPM-V's patches, SigLIP blocks, then resampler or (4.6) mergers.

One graph serves views of every size: patches are cut and positions computed outside of it (engine.onnx.tower), and 4.6
gets its patches window by window, so that its mergers are reshapes.
Sources: arXiv 2408.01800, section 3, and llama.cpp's `tools/mtmd/models/minicpmv.cpp`, with which tests compare.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize
from numpy.typing import NDArray

from engine.errors import ModelUnusable
from engine.onnx.graph import FLOAT, INT64, MICROSOFT, Graph, Value

EDITION = 1  # goes up when a translation would come out otherwise

_RESAMPLER_HEAD_WIDTH = 128
_WINDOW_PATCHES = 4  # 2 x 2


class VisionFile:
    """A vision GGUF: what it says of itself, and its weights. Raises ModelUnusable where something is missing."""

    def __init__(self, path: Path) -> None:
        reader = GGUFReader(path)
        self._name = path.name
        self._fields = reader.fields
        self._tensors = {tensor.name: tensor for tensor in reader.tensors}
        self.patch_px = int(self.value("vision.patch_size"))
        self.merges = self.value("projector_type") == "minicpmv4_6"
        self.merged = (
            int(self.value("vision.projector.scale_factor", 4)) if self.merges else 1
        )  # patches a token, a side

    def __contains__(self, tensor: str) -> bool:
        return tensor in self._tensors

    def value(self, name: str, default: Any = None) -> Any:
        field = self._fields.get(f"clip.{name}")
        if field is None and default is None:
            raise ModelUnusable(f"{self._name} does not say its {name}.")
        return default if field is None else field.contents()

    def shape(self, name: str) -> tuple[int, ...]:
        """Outputs before inputs."""
        return tuple(int(length) for length in reversed(self._tensor(name).shape))

    def weight(self, name: str) -> NDArray[np.float32]:
        tensor = self._tensor(name)
        values: NDArray[np.float32] = dequantize(tensor.data, tensor.tensor_type)
        return values.reshape(self.shape(name))

    def _tensor(self, name: str) -> Any:
        if name not in self._tensors:
            raise ModelUnusable(f"{self._name} has no {name}.")
        return self._tensors[name]


def translate(file: VisionFile, weights: BinaryIO, weights_name: str) -> bytes:
    """The ONNX model of a vision file; its weights, as float32, go to `weights`, a file called `weights_name`.

    Inputs: `patches` (patches x their values), `positions` (rows of the table of learned ones) and, of a resampler,
    `sines` (patches x text width). Raises ModelUnusable where the file is of an architecture not known here.
    """
    if not file.value("use_gelu", False):
        raise ModelUnusable("This vision file wants another activation than GELU.")
    return _Translation(file, Graph(weights, weights_name)).model()


class _Translation:
    """Appends to a graph piece by piece; each method returns the value that its piece makes."""

    def __init__(self, file: VisionFile, graph: Graph) -> None:
        self._file = file
        self._graph = graph
        self._width = int(file.value("vision.embedding_length"))
        self._heads = int(file.value("vision.attention.head_count"))
        self._epsilon = float(file.value("vision.attention.layer_norm_epsilon"))

    def model(self) -> bytes:
        patches = self._tower()
        tokens = self._merger(patches) if self._file.merges else self._resampler(patches)
        return self._graph.model(tokens, ["tokens", "text width"])

    def _tower(self) -> Value:
        windows_after = self._file.value("vision.wa_layer_indexes")[0] if self._file.merged == 4 else None
        x = self._embedded_patches()
        for block in range(self._file.value("vision.block_count")):
            x = self._block(x, f"v.blk.{block}")
            if block == windows_after:
                x = self._window_merger(x)
        return self._norm(x, "v.post_ln") if "v.post_ln.weight" in self._file else x

    def _embedded_patches(self) -> Value:
        kernels = self._file.weight("v.patch_embd.weight")
        kernels = kernels.reshape(len(kernels), -1)
        patches = self._graph.input("patches", FLOAT, ["patches", kernels.shape[1]])
        positions = self._graph.input("positions", INT64, ["patches"])
        weight = self._graph.weight("v.patch_embd.weight", kernels)
        embedded = self._graph.node("Gemm", patches, weight, self._weight("v.patch_embd.bias"), transB=1)
        return self._add(embedded, self._graph.node("Gather", self._weight("v.position_embd.weight"), positions))

    def _block(self, x: Value, name: str) -> Value:
        normed = self._norm(x, f"{name}.ln1")
        x = self._add(x, self._attention(normed, normed, normed, f"{name}.attn_", heads=self._heads, width=self._width))
        up, down = f"{name}.ffn_up", f"{name}.ffn_down"
        if self._file.shape(f"{down}.weight")[1] == self._width:  # older converters named them the other way round
            up, down = down, up
        return self._add(x, self._feed_forward(self._norm(x, f"{name}.ln2"), up, down, gelu="tanh"))

    def _resampler(self, patches: Value) -> Value:
        """Learned queries attend to the patches; keys also know where in the view their patch lies."""
        _queries, width = self._file.shape("resampler.query")
        queries = self._norm(self._weight("resampler.query"), "resampler.ln_q")
        values = self._norm(self._linear(patches, "resampler.kv"), "resampler.ln_kv")
        keys = self._add(values, self._graph.input("sines", FLOAT, ["patches", width]))
        heads = width // _RESAMPLER_HEAD_WIDTH
        tokens = self._attention(queries, keys, values, "resampler.attn.", heads=heads, width=width)
        return self._linear(self._norm(tokens, "resampler.ln_post"), "resampler.proj")

    def _window_merger(self, x: Value) -> Value:
        """Patches attend to those of their window, then each window becomes one."""
        normed = self._norm(x, "v.vit_merger.ln1")
        x = self._add(
            x,
            self._attention(
                normed,
                normed,
                normed,
                "v.vit_merger.attn_",
                heads=self._heads,
                width=self._width,
                together=_WINDOW_PATCHES,
            ),
        )
        windows = self._graph.node("Reshape", x, self._graph.lengths(-1, _WINDOW_PATCHES, self._width))
        mean = self._graph.node("ReduceMean", windows, self._graph.lengths(1), keepdims=0)
        joined = self._norm(self._joined(x), "v.vit_merger.ds_ln")
        return self._add(
            mean, self._feed_forward(joined, "v.vit_merger.ds_ffn_up", "v.vit_merger.ds_ffn_down", gelu="tanh")
        )

    def _merger(self, x: Value) -> Value:
        return self._feed_forward(self._norm(self._joined(x), "mm.input_norm"), "mm.up", "mm.down", gelu="none")

    def _joined(self, x: Value) -> Value:
        """The patches of each window side by side, as one row."""
        return self._graph.node("Reshape", x, self._graph.lengths(-1, _WINDOW_PATCHES * self._width))

    def _attention(
        self, queries: Value, keys: Value, values: Value, name: str, *, heads: int, width: int, together: int = -1
    ) -> Value:
        """Each group of `together` rows attends to itself; -1: all rows are one group."""
        group = self._graph.lengths(1, -1, width) if together == -1 else self._graph.lengths(-1, together, width)
        grouped = (
            self._graph.node("Reshape", self._linear(x, name + projection), group)
            for x, projection in ((queries, "q"), (keys, "k"), (values, "v"))
        )
        attended = self._graph.node("MultiHeadAttention", *grouped, domain=MICROSOFT, num_heads=heads)
        return self._linear(self._graph.node("Reshape", attended, self._graph.lengths(-1, width)), name + "out")

    def _feed_forward(self, x: Value, up: str, down: str, *, gelu: str) -> Value:
        """`gelu`: "tanh" for the usual approximation, "none" for the function itself."""
        return self._linear(self._graph.node("Gelu", self._linear(x, up), approximate=gelu), down)

    def _linear(self, x: Value, name: str) -> Value:
        bias = [self._weight(f"{name}.bias")] if f"{name}.bias" in self._file else []
        return self._graph.node("Gemm", x, self._weight(f"{name}.weight"), *bias, transB=1)

    def _norm(self, x: Value, name: str) -> Value:
        scale, bias = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        return self._graph.node("LayerNormalization", x, scale, bias, epsilon=self._epsilon)

    def _add(self, x: Value, y: Value) -> Value:
        return self._graph.node("Add", x, y)

    def _weight(self, name: str) -> Value:
        return self._graph.weight(name, self._file.weight(name))
