"""Translates a vision GGUF into ONNX graphs: MiniCPM-V's patches, SigLIP blocks, then resampler or (4.6) mergers.

The blocks are spread over several graphs, the stages of a view, so that something else can be done between two of them.
They serve views of every size: patches are cut and positions computed outside of them (engine.onnx.tower), and 4.6 gets
its patches window by window, so that its mergers are reshapes.
Sources: arXiv 2408.01800, section 3, and llama.cpp's `tools/mtmd/models/minicpmv.cpp`, with which tests compare.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize
from numpy.typing import NDArray

from engine.errors import ModelUnusable
from engine.onnx.graph import FLOAT, INT64, MICROSOFT, Graph, Value

EDITION = 3  # goes up when a translation would come out otherwise

Precision = Literal["float32", "int8", "uint8"]  # of the weights of matrix products

_RESAMPLER_HEAD_WIDTH = 128
_WINDOW_PATCHES = 4  # 2 x 2
_GELU_LEAST = np.float32(-0.1701)
_WEIGHT_MIDDLES = {"int8": np.int8(0), "uint8": np.uint8(128)}  # what stands for 0
_TINY = np.float32(1e-30)  # instead of a scale of 0
_STAGE_BLOCKS = 7  # at most: a quarter of SigLIP-400M; a window merger, which is large, begins a stage too


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


def translate(file: VisionFile, weights: BinaryIO, weights_name: str, precision: Precision) -> list[bytes]:
    """The ONNX models of a vision file, stage after stage; weights of all go to `weights`, a file of that name.

    Inputs of the first: `patches` (patches x their values) and `positions` (rows of the table of learned ones); of all
    others `x`, what the one before made; of the last, where it is a resampler, also `sines` (patches x text width).
    Raises ModelUnusable where the file is of an architecture not known here.

    "int8" and "uint8" round what SigLIP's blocks multiply, row by row and column by column (vector-wise quantisation,
    arXiv 2208.07339, section 2), to the same numbers: of "uint8", 128 is the middle. The resampler is 4% of the work
    and, measured, would cause half of the error: it stays float32, and so do the mergers.
    """
    if not file.value("use_gelu", False):
        raise ModelUnusable("This vision file wants another activation than GELU.")
    return _Translation(file, weights, weights_name, precision).stages()


class _Translation:
    """Appends to the graph of a stage piece by piece; each method returns the value that its piece makes."""

    def __init__(self, file: VisionFile, weights: BinaryIO, weights_name: str, precision: Precision) -> None:
        self._file = file
        self._weights = weights
        self._weights_name = weights_name
        self._precision = precision
        self._done: list[bytes] = []
        self._graph = Graph(weights, weights_name)
        self._width = int(file.value("vision.embedding_length"))
        self._heads = int(file.value("vision.attention.head_count"))
        self._epsilon = float(file.value("vision.attention.layer_norm_epsilon"))

    def stages(self) -> list[bytes]:
        patches = self._tower()
        tokens = self._merger(patches) if self._file.merges else self._resampler(patches)
        return [*self._done, self._graph.model(tokens, ["tokens", "text width"])]

    def _next_stage(self, x: Value) -> Value:
        """Ends a stage with `x`, which the next one begins with."""
        self._done.append(self._graph.model(x, ["patches", self._width]))
        self._graph = Graph(self._weights, self._weights_name)
        return self._graph.input("x", FLOAT, ["patches", self._width])

    def _tower(self) -> Value:
        windows_after = self._file.value("vision.wa_layer_indexes")[0] if self._file.merged == 4 else None
        x = self._embedded_patches()
        for block in range(self._file.value("vision.block_count")):
            if block and block % _STAGE_BLOCKS == 0:
                x = self._next_stage(x)
            x = self._block(x, f"v.blk.{block}")
            if block == windows_after:
                x = self._window_merger(self._next_stage(x))
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
        if self._precision != "float32" and name.startswith("v.blk."):
            return self._rounded_linear(x, name)
        bias = [self._weight(f"{name}.bias")] if f"{name}.bias" in self._file else []
        return self._graph.node("Gemm", x, self._weight(f"{name}.weight"), *bias, transB=1)

    def _rounded_linear(self, x: Value, name: str) -> Value:
        """In 8 bits, with a scale for each output and one for each row of `x`: rows may differ much in size."""
        node, constant = self._graph.node, self._graph.constant
        weight = self._file.weight(f"{name}.weight")
        bias = self._file.weight(f"{name}.bias")
        scales = np.maximum(np.abs(weight).max(axis=1), _TINY) / np.float32(127)
        rounded = np.rint(weight / scales[:, None])
        inputs, axis = weight.shape[1], self._graph.lengths(1)
        if inputs == self._width:
            greatest = node("Max", node("ReduceMax", x, axis), node("Neg", node("ReduceMin", x, axis)))
            steps, middle = 127, np.uint8(128)
        else:  # GELU made it, and nothing below its least: all steps are spent on what lies above
            x = self._add(x, constant(-_GELU_LEAST))
            bias = bias + _GELU_LEAST * scales * rounded.sum(axis=1)
            greatest, steps, middle = node("ReduceMax", x, axis), 255, np.uint8(0)
        row_scales = node("Max", node("Mul", greatest, constant(np.float32(1 / steps))), constant(_TINY))
        middles = node("Expand", constant(middle), node("Shape", row_scales))
        weight_middle = _WEIGHT_MIDDLES[self._precision]
        product = node(
            "MatMulIntegerToFloat",
            node("QuantizeLinear", x, row_scales, middles, axis=1, block_size=inputs),
            self._graph.weight(f"{name}.weight", (rounded + weight_middle).astype(weight_middle.dtype).T),
            constant(np.float32(1)),
            self._graph.weight(f"{name}.scales", scales),
            constant(middle),
            constant(weight_middle),
            domain=MICROSOFT,
        )
        return self._add(node("Mul", product, row_scales), self._graph.weight(f"{name}.bias", bias))

    def _norm(self, x: Value, name: str) -> Value:
        scale, bias = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        return self._graph.node("LayerNormalization", x, scale, bias, epsilon=self._epsilon)

    def _add(self, x: Value, y: Value) -> Value:
        return self._graph.node("Add", x, y)

    def _weight(self, name: str) -> Value:
        return self._graph.weight(name, self._file.weight(name))
