"""The ways to run a translated tower that this machine's ONNX Runtime has to offer.

Measured so far are the processor's own two and OpenVINO on the processor; the others follow their documentation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO

import numpy as np
import onnxruntime

from engine.onnx.graph import MICROSOFT, UINT8, Graph
from engine.onnx.translation import Precision

_PROCESSOR = "CPUExecutionProvider"


@dataclass(frozen=True)
class Way:
    """`name`: as shown to people. `provider` and `options`: ONNX Runtime's. `precision`: of the translation it takes;
    `options` may round further.
    """

    name: str
    provider: str
    precision: Precision = "float32"
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def maps_weights(self) -> bool:
        """Whether the weights are used where they lie, in the mapped file, instead of being laid out anew in memory."""
        return self.provider == _PROCESSOR and self.precision == "float32"


REFERENCE = Way("ONNX Runtime, float32", _PROCESSOR)


def _openvino(device: str, precision: str) -> dict[str, str]:
    return {"device_type": device, "load_config": json.dumps({device: {"INFERENCE_PRECISION_HINT": precision}})}


_OTHERS = (
    Way("ONNX Runtime, OpenVINO, float32", "OpenVINOExecutionProvider", options=_openvino("CPU", "f32")),
    Way("ONNX Runtime, OpenVINO, bfloat16", "OpenVINOExecutionProvider", options=_openvino("CPU", "bf16")),
    Way("ONNX Runtime, OpenVINO on the GPU, float16", "OpenVINOExecutionProvider", options=_openvino("GPU", "f16")),
    Way("ONNX Runtime, OpenVINO on the NPU, float16", "OpenVINOExecutionProvider", options=_openvino("NPU", "f16")),
    Way("ONNX Runtime, CUDA, float32", "CUDAExecutionProvider"),
    Way("ONNX Runtime, CoreML, float16", "CoreMLExecutionProvider", options={"ModelFormat": "MLProgram"}),
    Way("ONNX Runtime, DirectML, float32", "DmlExecutionProvider"),
    Way("ONNX Runtime, QNN, float16", "QNNExecutionProvider", options={"backend_type": "htp"}),
)


def ways() -> tuple[Way, ...]:
    """Those whose provider is installed, REFERENCE first. Whether its device is there shows when it is opened."""
    installed = onnxruntime.get_available_providers()
    bits = Way("ONNX Runtime, 8 bits", _PROCESSOR, "int8" if int8_is_exact() else "uint8")
    return REFERENCE, bits, *(way for way in _OTHERS if way.provider in installed)


@cache
def int8_is_exact() -> bool:
    """Whether weights of int8 are multiplied exactly. On x86 without VNNI they are not: two products with activations
    are added in 16 bits, where the sum may not fit. Weights of uint8 are exact everywhere and slower.
    """
    graph = Graph(BytesIO(), "no weights")
    greatest = graph.constant(np.full((2, 1), 127, np.int8))
    one = graph.constant(np.float32(1))
    x = graph.input("x", UINT8, ["rows", 2])
    product = graph.node("MatMulIntegerToFloat", x, greatest, one, one, domain=MICROSOFT)
    session = onnxruntime.InferenceSession(graph.model(product, ["rows", 1]), providers=[_PROCESSOR])
    (made,) = session.run(None, {"x": np.full((2, 2), 255, np.uint8)})
    return bool(np.all(made == 2 * 255 * 127))
