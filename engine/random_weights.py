"""Writes models of MiniCPM-V's architectures with random weights: they take every path, and their words are noise.

Tiny ones, of about 8 MB, have the true graph of their version's vision part (SigLIP tower, then resampler or, for 4.6,
the two mergers) before a small Llama, Qwen2, Qwen3 or, for 4.6, hybrid Qwen3.5 over bytes.

True ones have the dimensions, quantisations and vocabulary size of the published files, so they take their memory and
their time. Of words they know those of the English order to describe a picture, which is therefore about as many tokens
as for a trained vocabulary; all other tokens beyond bytes and markup are made up. 4.0's text part is a plain Llama of
the same dimensions, without MiniCPM4's scaling factors and long RoPE. 4.6's is Qwen3.5's own hybrid of gated delta nets
and attention in the dimensions of Qwen3.5-0.8B, without the layers that predict several tokens, which llama.cpp's
converter drops too.
Quantised weights are random blocks, with scales that spread them as trained ones are spread.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType as Kind
from gguf import GGUFWriter, LlamaFileType
from numpy.typing import NDArray

from engine.descriptions import FULL
from engine.gguf_vocabulary import add_vocabulary
from engine.messages import ModelFiles

VERSIONS = ("2", "3", "5", "6", "4_6")
TRUE_VERSIONS = ("2", "5", "6", "4_6")

_SPECIAL = (
    *("<unk>", "<s>", "</s>", "<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    *("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
    *("<image>", "</image>", "<slice>", "</slice>", "<image_id>", "</image_id>", "<think>", "</think>"),
)
_POSITIONS = 70 * 70  # the published table
_PATCH_PX, _VIEW_PX = 14, 448

Shape = tuple[int, ...]
_F32, _F16 = Kind.F32, Kind.F16


@dataclass(frozen=True)
class _TextSize:
    """Dimensions of a language part. `words`: tokens in its vocabulary; None: bytes and markup only."""

    architecture: str
    width: int
    feed_forward: int
    blocks: int
    heads: int
    key_value_heads: int
    head_width: int
    words: int | None = None
    rope_base: float | None = None
    quantised: bool = False
    tied: bool = False  # the output layer is the table of embeddings
    delta_heads: int = 0  # of the gated delta nets in three of four layers


@dataclass(frozen=True)
class _TowerSize:
    """Dimensions of a vision part; 4.6 merges views after `merged_after`, through a layer of `merger_width`."""

    width: int
    feed_forward: int
    heads: int
    blocks: int
    kind: Kind
    merged_after: int
    merger_width: int


_TINY_TOWER = _TowerSize(width=64, feed_forward=128, heads=4, blocks=2, kind=_F32, merged_after=0, merger_width=256)
_SIGLIP = _TowerSize(
    width=1152, feed_forward=4304, heads=16, blocks=27, kind=_F16, merged_after=6, merger_width=4 * 4304
)
_TINY_ARCHITECTURES = {"2": "llama", "3": "qwen2", "5": "llama", "6": "qwen3", "4_6": "qwen35"}
_TRUE_TEXTS = {
    "2": _TextSize("llama", 4096, 14336, 32, 32, 8, 128, words=128_256, rope_base=500_000, quantised=True),
    "5": _TextSize("llama", 2560, 10240, 32, 32, 2, 128, words=73_448, rope_base=10_000, quantised=True),
    "6": _TextSize("qwen3", 4096, 12288, 36, 32, 8, 128, words=151_748, rope_base=1_000_000, quantised=True),
    "4_6": _TextSize(
        "qwen35", 1024, 3584, 24, 8, 2, 256, words=248_320, rope_base=1e7, quantised=True, tied=True, delta_heads=16
    ),
}

_DELTA_WIDTH, _DELTA_KERNEL, _ATTENTION_INTERVAL = 128, 4, 4  # Qwen3.5's gated delta nets

_BLOCK_ELEMENTS = 256
_BLOCK_BYTES = {Kind.Q4_K: 144, Kind.Q5_K: 176, Kind.Q6_K: 210}
# Where a block keeps its float16 scales, and values of them that spread the weights by about 0.02 around 0.
_BLOCK_SCALES = {
    Kind.Q4_K: ((0, 1e-4), (2, 7.5e-4)),
    Kind.Q5_K: ((0, 5e-5), (2, 7.75e-4)),
    Kind.Q6_K: ((208, 2.2e-5),),
}


@dataclass(frozen=True)
class _Noise:
    """Random tensors from one seed, each made when it is written: no more than one is ever in memory."""

    writer: GGUFWriter
    random: np.random.Generator
    _makers: list[Callable[[], NDArray[np.generic]]] = field(default_factory=list)

    def matrix(self, name: str, shape: Shape, spread: float, kind: Kind = _F32) -> None:
        if kind in _BLOCK_BYTES:
            stored = (*shape[:-1], shape[-1] // _BLOCK_ELEMENTS * _BLOCK_BYTES[kind])
            self._declare(name, stored, np.dtype(np.uint8), lambda: self._blocks(stored, kind), kind)
        else:
            number = np.dtype(np.float16 if kind is _F16 else np.float32)
            self._declare(name, shape, number, lambda: self._normal(shape, spread).astype(number, copy=False))

    def linear(self, name: str, outputs: int, inputs: int, spread: float, kind: Kind = _F32) -> None:
        self.matrix(f"{name}.weight", (outputs, inputs), spread, kind)
        self.matrix(f"{name}.bias", (outputs,), spread)

    def norm(self, name: str, width: int) -> None:
        self.scale(name, width)
        self.constant(f"{name}.bias", width, 0.0)

    def scale(self, name: str, width: int) -> None:
        self.constant(f"{name}.weight", width, 1.0)

    def constant(self, name: str, width: int, value: float) -> None:
        self._declare(name, (width,), np.dtype(np.float32), lambda: np.full(width, value, np.float32))

    def write(self) -> None:
        """Writes the whole file: what was declared to the writer, then every tensor."""
        self.writer.write_header_to_file()
        self.writer.write_kv_data_to_file()
        self.writer.write_ti_data_to_file()
        for make in self._makers:
            self.writer.write_tensor_data(make())
        self.writer.close()

    def _declare(
        self,
        name: str,
        shape: Shape,
        number: np.dtype[np.generic],
        make: Callable[[], NDArray[np.generic]],
        kind: Kind | None = None,
    ) -> None:
        size_bytes = int(np.prod(shape)) * number.itemsize
        self.writer.add_tensor_info(name, shape, number, size_bytes, raw_dtype=kind)
        self._makers.append(make)

    def _normal(self, shape: Shape, spread: float) -> NDArray[np.float32]:
        values = self.random.standard_normal(shape, np.float32)
        values *= spread
        return values

    def _blocks(self, shape: Shape, kind: Kind) -> NDArray[np.uint8]:
        blocks = np.frombuffer(bytearray(self.random.bytes(int(np.prod(shape)))), np.uint8)
        for place, value in _BLOCK_SCALES[kind]:
            scale = np.frombuffer(np.float16(value).tobytes(), np.uint8)
            blocks.reshape(-1, _BLOCK_BYTES[kind])[:, place : place + 2] = scale
        return blocks


def write_tiny(folder: Path, version: str, *, width: int = 256, file_type: LlamaFileType | None = None) -> ModelFiles:
    """Writes a model of one of VERSIONS, always the same.

    `width`: of its embeddings, a multiple of 128; `file_type`: the quantisation it claims to have.
    """
    text = _TextSize(_TINY_ARCHITECTURES[version], width, 512, 3, width // 64, 2, 64)
    if text.architecture == "qwen35":
        text = replace(text, blocks=_ATTENTION_INTERVAL, delta_heads=2)
    return _write(folder, version, text, _TINY_TOWER, file_type)


def write_true(folder: Path, version: str) -> ModelFiles:
    """Writes a model of one of TRUE_VERSIONS in the dimensions of the published one: 1.6 to 6.1 GB. OSError."""
    return _write(folder, version, _TRUE_TEXTS[version], _SIGLIP, LlamaFileType.MOSTLY_Q4_K_M)


def _write(
    folder: Path, version: str, text: _TextSize, tower: _TowerSize, file_type: LlamaFileType | None
) -> ModelFiles:
    folder.mkdir(parents=True, exist_ok=True)
    text_path, vision_path = folder / f"random-{version}-text.gguf", folder / f"random-{version}-mmproj.gguf"
    _write_text(text_path, text, file_type)
    _write_vision(vision_path, version, tower, text.width)
    return ModelFiles(f"random-{version}", str(text_path), str(vision_path))


def _write_text(path: Path, size: _TextSize, file_type: LlamaFileType | None) -> None:
    tokens = [*_byte_characters(), *_SPECIAL]
    merges = [("\u0120", "\u0120")]  # one must be there; it makes a token that is not
    if size.words:
        merges = _merges(FULL.order("en").whole)
        tokens += map("".join, merges)
    tokens += [f"w{number:06}" for number in range(len(tokens), size.words or 0)]
    writer = GGUFWriter(path, size.architecture)
    writer.add_name("random weights")
    if file_type is not None:
        writer.add_file_type(file_type)
    writer.add_context_length(32_768)
    writer.add_embedding_length(size.width)
    writer.add_block_count(size.blocks)
    writer.add_feed_forward_length(size.feed_forward)
    writer.add_head_count(size.heads)
    writer.add_head_count_kv(size.key_value_heads)
    writer.add_key_length(size.head_width)
    writer.add_value_length(size.head_width)
    if size.rope_base is not None:
        writer.add_rope_freq_base(size.rope_base)
    writer.add_layer_norm_rms_eps(1e-5)
    add_vocabulary(writer, tokens, merges, _SPECIAL, begin="<s>", end="<|im_end|>", pad="<|endoftext|>")
    noise = _Noise(writer, np.random.default_rng(0))
    _add_text(noise, size, len(tokens))
    noise.write()


def _merges(text: str) -> list[tuple[str, str]]:
    """Byte pair merges, with which each word of an English text becomes one token, letter after letter."""
    characters = list(_byte_characters())
    words = ["".join(characters[byte] for byte in word.encode()) for word in re.findall(r" ?\w+|[^\w\s]+", text)]
    return list(dict.fromkeys((word[:end], word[end]) for word in words for end in range(1, len(word))))


def _add_text(noise: _Noise, size: _TextSize, words: int) -> None:
    table, output = (Kind.Q6_K if size.tied else Kind.Q4_K, Kind.Q6_K) if size.quantised else (_F32, _F32)
    noise.matrix("token_embd.weight", (words, size.width), 1.0, table)
    if size.architecture == "qwen35":
        _declare_delta_nets(noise.writer, size.delta_heads)
    else:
        noise.writer.add_rope_dimension_count(size.head_width)
    for block in range(size.blocks):
        _add_text_block(noise, block, size)
    noise.scale("output_norm", size.width)
    if not size.tied:
        noise.matrix("output.weight", (words, size.width), 0.06, output)


def _declare_delta_nets(writer: GGUFWriter, heads: int) -> None:
    writer.add_rope_dimension_count(64)
    writer.add_rope_dimension_sections([11, 11, 10, 0])
    writer.add_ssm_conv_kernel(_DELTA_KERNEL)
    writer.add_ssm_state_size(_DELTA_WIDTH)
    writer.add_ssm_group_count(heads)
    writer.add_ssm_time_step_rank(heads)
    writer.add_ssm_inner_size(heads * _DELTA_WIDTH)
    writer.add_full_attention_interval(_ATTENTION_INTERVAL)


def _add_text_block(noise: _Noise, number: int, size: _TextSize) -> None:
    block, spread, hybrid = f"blk.{number}", 0.06, size.architecture == "qwen35"
    usual = Kind.Q4_K if size.quantised else _F32
    finer = Kind.Q6_K if size.quantised and _is_finer(number, size.blocks) else usual
    noise.scale(f"{block}.attn_norm", size.width)
    noise.scale(f"{block}.{'post_attention_norm' if hybrid else 'ffn_norm'}", size.width)
    if hybrid and (number + 1) % _ATTENTION_INTERVAL:
        _add_delta_net(noise, block, size)
    else:
        _add_attention(noise, block, size, usual, finer)
    noise.matrix(f"{block}.ffn_gate.weight", (size.feed_forward, size.width), spread, usual)
    noise.matrix(f"{block}.ffn_up.weight", (size.feed_forward, size.width), spread, usual)
    noise.matrix(f"{block}.ffn_down.weight", (size.width, size.feed_forward), spread, finer)


def _is_finer(block: int, blocks: int) -> bool:
    """Whether Q4_K_M keeps a block's values and last matrix in Q6_K: llama.cpp's `use_more_bits`."""
    return block < blocks // 8 or block >= 7 * blocks // 8 or (block - blocks // 8) % 3 == 2


def _add_attention(noise: _Noise, block: str, size: _TextSize, usual: Kind, finer: Kind) -> None:
    queries, keys, spread = size.heads * size.head_width, size.key_value_heads * size.head_width, 0.06
    asked = queries * 2 if size.architecture == "qwen35" else queries  # there each query brings a gate of its width
    for name, outputs, kind in (("attn_q", asked, usual), ("attn_k", keys, usual), ("attn_v", keys, finer)):
        noise.matrix(f"{block}.{name}.weight", (outputs, size.width), spread, kind)
        if size.architecture == "qwen2":
            noise.matrix(f"{block}.{name}.bias", (outputs,), spread)
    noise.matrix(f"{block}.attn_output.weight", (size.width, queries), spread, usual)
    if size.architecture in ("qwen3", "qwen35"):
        noise.scale(f"{block}.attn_q_norm", size.head_width)
        noise.scale(f"{block}.attn_k_norm", size.head_width)


def _add_delta_net(noise: _Noise, block: str, size: _TextSize) -> None:
    """A gated delta net, quantised as Q4_K_M stores it. `ssm_a` is negative: the state fades."""
    heads, inner, spread = size.delta_heads, size.delta_heads * _DELTA_WIDTH, 0.06
    usual, finer = (Kind.Q4_K, Kind.Q5_K) if size.quantised else (_F32, _F32)
    noise.matrix(f"{block}.attn_qkv.weight", (3 * inner, size.width), spread, finer)
    noise.matrix(f"{block}.attn_gate.weight", (inner, size.width), spread, usual)
    noise.matrix(f"{block}.ssm_conv1d.weight", (3 * inner, _DELTA_KERNEL), 0.3)
    noise.matrix(f"{block}.ssm_dt.bias", (heads,), spread)
    noise.constant(f"{block}.ssm_a", heads, -1.0)
    noise.matrix(f"{block}.ssm_beta.weight", (heads, size.width), spread)
    noise.matrix(f"{block}.ssm_alpha.weight", (heads, size.width), spread)
    noise.scale(f"{block}.ssm_norm", _DELTA_WIDTH)
    noise.matrix(f"{block}.ssm_out.weight", (size.width, inner), spread, usual)


def _write_vision(path: Path, version: str, size: _TowerSize, text_width: int) -> None:
    writer = GGUFWriter(path, "clip")
    writer.add_name("random weights")
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_string("clip.projector_type", "minicpmv4_6" if version == "4_6" else "resampler")
    writer.add_uint32("clip.vision.embedding_length", size.width)
    writer.add_uint32("clip.vision.attention.head_count", size.heads)
    writer.add_uint32("clip.vision.feed_forward_length", size.feed_forward)
    writer.add_uint32("clip.vision.block_count", size.blocks)
    writer.add_uint32("clip.vision.projection_dim", 0)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-6)
    writer.add_uint32("clip.vision.image_size", _VIEW_PX)
    writer.add_uint32("clip.vision.patch_size", _PATCH_PX)
    writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
    writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])
    writer.add_bool("clip.use_gelu", True)
    noise = _Noise(writer, np.random.default_rng(1))
    spread = 0.1 if size is _TINY_TOWER else 0.02
    _add_tower(noise, size, spread, positions=_F32 if version == "4_6" else size.kind)
    if version == "4_6":
        _add_mergers(noise, size, text_width, spread)
    else:
        writer.add_int32("clip.minicpmv_version", int(version))
        _add_resampler(noise, size, text_width, 96 if version == "2" else 64, spread)
    noise.write()


def _add_tower(noise: _Noise, size: _TowerSize, spread: float, positions: Kind) -> None:
    noise.matrix("v.patch_embd.weight", (size.width, 3, _PATCH_PX, _PATCH_PX), 0.05, size.kind)
    noise.matrix("v.patch_embd.bias", (size.width,), spread)
    noise.matrix("v.position_embd.weight", (_POSITIONS, size.width), spread, positions)
    for block in range(size.blocks):
        name = f"v.blk.{block}"
        for projection in ("q", "k", "v", "out"):
            noise.linear(f"{name}.attn_{projection}", size.width, size.width, spread, size.kind)
        noise.norm(f"{name}.ln1", size.width)
        noise.norm(f"{name}.ln2", size.width)
        noise.linear(f"{name}.ffn_up", size.feed_forward, size.width, spread, size.kind)
        noise.linear(f"{name}.ffn_down", size.width, size.feed_forward, spread, size.kind)
    noise.norm("v.post_ln", size.width)


def _add_resampler(noise: _Noise, size: _TowerSize, width: int, queries: int, spread: float) -> None:
    noise.writer.add_uint32("clip.minicpmv_query_num", queries)
    noise.matrix("resampler.pos_embed_k", (_POSITIONS, width), spread)
    noise.matrix("resampler.query", (queries, width), 1.0)
    noise.matrix("resampler.proj.weight", (width, width), spread, size.kind)
    noise.matrix("resampler.kv.weight", (width, size.width), spread, size.kind)
    for projection in ("q", "k", "v", "out"):
        noise.linear(f"resampler.attn.{projection}", width, width, spread, size.kind)
    for norm in ("q", "kv", "post"):
        noise.norm(f"resampler.ln_{norm}", width)


def _add_mergers(noise: _Noise, size: _TowerSize, width: int, spread: float) -> None:
    four = size.width * 4
    noise.writer.add_array("clip.vision.wa_layer_indexes", [size.merged_after])
    noise.norm("v.vit_merger.ln1", size.width)
    for projection in ("q", "k", "v", "out"):
        noise.linear(f"v.vit_merger.attn_{projection}", size.width, size.width, spread, size.kind)
    noise.norm("v.vit_merger.ds_ln", four)
    noise.linear("v.vit_merger.ds_ffn_up", size.merger_width, four, spread, size.kind)
    noise.linear("v.vit_merger.ds_ffn_down", size.width, size.merger_width, spread, size.kind)
    noise.norm("mm.input_norm", four)
    noise.linear("mm.up", four, four, spread, size.kind)
    noise.linear("mm.down", width, four, spread, size.kind)


def _byte_characters() -> Iterator[str]:
    """The character that stands for each byte in GPT-2's byte-level vocabularies."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = (chr(0x100 + number) for number in range(256 - len(printable)))
    for byte in range(256):
        yield chr(byte) if byte in printable else next(others)
