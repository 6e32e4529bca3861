"""What the work must cost on this machine at the least: operations and bytes, counted from the model's headers.

Operations are those of the matrices and of the tower's attention; what is small beside them is left out. They are set
against a float32 matrix product of numpy's on all cores. Arithmetic of 16 or 8 bits has a higher peak, so that a
share of more than 1 is possible where it is used.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from math import prod
from pathlib import Path

import msgspec
import numpy as np

from engine import models
from engine.gguf_header import GgufHeader, read_header
from engine.messages import ModelFiles

_SIDE, _VALUES = 2048, 64_000_000  # of the matrices multiplied; float32 values read by each core
_TIMES = 5
_MERGED_AFTER = 6  # of 4.6: the array in its header is passed over when headers are read
_PER_WEIGHT = 2  # a multiplication and an addition


class Peaks(msgspec.Struct, frozen=True):
    """The most that this machine was seen to do, with all cores."""

    operations_per_s: float
    bytes_per_s: float


class Costs(msgspec.Struct, frozen=True):
    """What a model must do: operations a view of the usual size and a token of the prompt, bytes a decoding step.

    `parameters`: of the language part, `view_tokens`: what a view becomes.
    """

    parameters: int
    view_tokens: int
    view_operations: float
    token_operations: float
    step_bytes: float


class Floor(msgspec.Struct, frozen=True):
    """The least time, what makes it up, and which share of the time measured it is."""

    operations: float
    read_bytes: float
    seconds: float
    share: float


def measure_peaks(cores: int) -> Peaks:
    """Takes about three seconds and 0.5 GB."""
    matrix = np.ones((_SIDE, _SIDE), np.float32)
    multiplied_s = _best_s(lambda: matrix @ matrix)
    values = np.ones((cores, _VALUES), np.float32)
    with ThreadPoolExecutor(cores) as pool:
        read_s = _best_s(lambda: list(pool.map(lambda row: np.dot(row, row), values)))
    return Peaks(_PER_WEIGHT * _SIDE**3 / multiplied_s, values.nbytes / read_s)


def costs(model: ModelFiles) -> Costs:
    """Counted from the two files' headers. Raises ModelUnusable."""
    text, vision = read_header(Path(model.text)), read_header(Path(model.vision))
    matrices = {name: prod(shape) for name, shape in text.tensors.items() if len(shape) > 1}
    parameters = sum(prod(shape) for shape in text.tensors.values())
    table, output = matrices.pop("token_embd.weight", 0), matrices.pop("output.weight", 0)
    inner = sum(matrices.values())
    step_share = (inner + (output or table)) / parameters
    rule = models.slice_rule(vision, models.spec(model.name).slicing.most_slices)
    view_tokens = rule.queries or (rule.view_px // rule.token_px) ** 2
    return Costs(
        parameters=parameters,
        view_tokens=view_tokens,
        view_operations=_view_operations(vision),
        token_operations=float(_PER_WEIGHT * inner),
        step_bytes=step_share * Path(model.text).stat().st_size,
    )


def floor(
    measured_s: float, costs: Costs, peaks: Peaks, *, views: float, prompt_tokens: float, steps: float, shared_by: int
) -> Floor:
    """The floor of a photo of that many views and tokens in, and decoding steps that `shared_by` photos share."""
    operations = views * costs.view_operations + prompt_tokens * costs.token_operations
    read_bytes = steps * costs.step_bytes / shared_by
    seconds = operations / peaks.operations_per_s + read_bytes / peaks.bytes_per_s
    return Floor(operations, read_bytes, seconds, seconds / measured_s)


def _view_operations(vision: GgufHeader) -> float:
    """Of a square view: every matrix on every patch, and each patch attending to each other in every block.

    4.6 merges four patches into one after block _MERGED_AFTER; its mergers are counted where they stand.
    """
    width = vision.tensors["v.patch_embd.bias"][0]
    patches = (vision.values["clip.vision.image_size"] // vision.values["clip.vision.patch_size"]) ** 2
    merges = "v.vit_merger.ds_ffn_up.weight" in vision.tensors
    last_unmerged = _MERGED_AFTER if merges else vision.values["clip.vision.block_count"]
    operations = 0.0
    for name, shape in vision.tensors.items():
        if len(shape) < 2 or name.startswith(("v.position_embd", "resampler.pos_embed", "resampler.query")):
            continue
        operations += _PER_WEIGHT * prod(shape) * _places(vision, name, patches, last_unmerged)
    for block in range(vision.values["clip.vision.block_count"]):
        seen = patches if block <= last_unmerged else patches // 4
        operations += 2 * _PER_WEIGHT * seen**2 * width  # keys against queries, then the sum of values
    return operations


def _places(vision: GgufHeader, name: str, patches: int, last_unmerged: int) -> int:
    """On how many patches, or merged ones, a matrix is used."""
    if name.startswith("v.blk."):
        return patches if int(name.split(".")[2]) <= last_unmerged else patches // 4
    if name.startswith("v.vit_merger.ds_"):
        return patches // 4
    if name.startswith("mm."):
        return patches // 16
    if name.startswith(("resampler.attn.q", "resampler.attn.out", "resampler.proj")):
        return vision.tensors["resampler.query"][1]
    return patches


def _best_s(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(_TIMES):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)
