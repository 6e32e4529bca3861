"""Writes tiny models of MiniCPM-V's architectures with random weights: they take every path, and their words are noise.

Each file is about 8 MB. The vision part has the true graph of its version (SigLIP tower, then resampler or,
for 4.6, the two mergers); the text part is a small Llama, Qwen2 or Qwen3 over bytes. 4.6's own recurrent text
architecture is not imitated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gguf import GGUFWriter, TokenType
from numpy.typing import NDArray

from engine.messages import ModelFiles

VERSIONS = ("2", "3", "5", "6", "4_6")

_TEXT_ARCHITECTURES = {"2": "llama", "3": "qwen2", "5": "llama", "6": "qwen3", "4_6": "llama"}
_SPECIAL = (
    *("<unk>", "<s>", "</s>", "<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    *("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
    *("<image>", "</image>", "<slice>", "</slice>", "<image_id>", "</image_id>", "<think>", "</think>"),
)
_POSITIONS = 70 * 70  # the published table
_TOWER_WIDTH, _TOWER_FEED_FORWARD, _TOWER_HEADS, _TOWER_BLOCKS = 64, 128, 4, 2
_PATCH_PX, _VIEW_PX = 14, 448
_TEXT_FEED_FORWARD, _TEXT_BLOCKS, _HEAD_WIDTH, _KEY_VALUE_HEADS = 512, 3, 64, 2

Shape = tuple[int, ...]


@dataclass(frozen=True)
class _Noise:
    """Random tensors from one seed, written to one file."""

    writer: GGUFWriter
    random: np.random.Generator

    def matrix(self, name: str, shape: Shape, spread: float) -> None:
        self.writer.add_tensor(name, self._normal(shape, spread))

    def linear(self, name: str, outputs: int, inputs: int, spread: float) -> None:
        self.matrix(f"{name}.weight", (outputs, inputs), spread)
        self.matrix(f"{name}.bias", (outputs,), spread)

    def norm(self, name: str, width: int) -> None:
        self.writer.add_tensor(f"{name}.weight", np.ones(width, np.float32))
        self.writer.add_tensor(f"{name}.bias", np.zeros(width, np.float32))

    def scale(self, name: str, width: int) -> None:
        self.writer.add_tensor(f"{name}.weight", np.ones(width, np.float32))

    def _normal(self, shape: Shape, spread: float) -> NDArray[np.float32]:
        return (self.random.standard_normal(shape) * spread).astype(np.float32)


def write_tiny(folder: Path, version: str, *, width: int = 256) -> ModelFiles:
    """Writes a model of one of VERSIONS, always the same; `width`: of its embeddings, a multiple of 128."""
    folder.mkdir(parents=True, exist_ok=True)
    text, vision = folder / f"random-{version}-text.gguf", folder / f"random-{version}-mmproj.gguf"
    _write_text(text, _TEXT_ARCHITECTURES[version], width)
    _write_vision(vision, version, width)
    return ModelFiles(f"random-{version}", str(text), str(vision))


def _write_text(path: Path, architecture: str, width: int) -> None:
    tokens = [*_byte_characters(), *_SPECIAL]
    heads = width // _HEAD_WIDTH
    writer = GGUFWriter(path, architecture)
    writer.add_name("random weights")
    writer.add_context_length(32_768)
    writer.add_embedding_length(width)
    writer.add_block_count(_TEXT_BLOCKS)
    writer.add_feed_forward_length(_TEXT_FEED_FORWARD)
    writer.add_head_count(heads)
    writer.add_head_count_kv(_KEY_VALUE_HEADS)
    writer.add_key_length(_HEAD_WIDTH)
    writer.add_value_length(_HEAD_WIDTH)
    writer.add_rope_dimension_count(_HEAD_WIDTH)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    _add_tokenizer(writer, tokens)
    noise = _Noise(writer, np.random.default_rng(0))
    noise.matrix("token_embd.weight", (len(tokens), width), 1.0)
    for block in range(_TEXT_BLOCKS):
        _add_text_block(noise, f"blk.{block}", architecture, width, heads)
    noise.scale("output_norm", width)
    noise.matrix("output.weight", (len(tokens), width), 0.06)
    _finish(writer)


def _add_tokenizer(writer: GGUFWriter, tokens: list[str]) -> None:
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.NORMAL] * 256 + [TokenType.CONTROL] * len(_SPECIAL))
    writer.add_token_merges(["\u0120 \u0120"])  # one must be there; it makes a token that is not
    writer.add_bos_token_id(tokens.index("<s>"))
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(False)


def _add_text_block(noise: _Noise, block: str, architecture: str, width: int, heads: int) -> None:
    queries, keys, spread = heads * _HEAD_WIDTH, _KEY_VALUE_HEADS * _HEAD_WIDTH, 0.06
    noise.scale(f"{block}.attn_norm", width)
    noise.scale(f"{block}.ffn_norm", width)
    for name, outputs in (("attn_q", queries), ("attn_k", keys), ("attn_v", keys)):
        noise.matrix(f"{block}.{name}.weight", (outputs, width), spread)
        if architecture == "qwen2":
            noise.matrix(f"{block}.{name}.bias", (outputs,), spread)
    noise.matrix(f"{block}.attn_output.weight", (width, queries), spread)
    if architecture == "qwen3":
        noise.scale(f"{block}.attn_q_norm", _HEAD_WIDTH)
        noise.scale(f"{block}.attn_k_norm", _HEAD_WIDTH)
    noise.matrix(f"{block}.ffn_gate.weight", (_TEXT_FEED_FORWARD, width), spread)
    noise.matrix(f"{block}.ffn_up.weight", (_TEXT_FEED_FORWARD, width), spread)
    noise.matrix(f"{block}.ffn_down.weight", (width, _TEXT_FEED_FORWARD), spread)


def _write_vision(path: Path, version: str, width: int) -> None:
    writer = GGUFWriter(path, "clip")
    writer.add_name("random weights")
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_string("clip.projector_type", "minicpmv4_6" if version == "4_6" else "resampler")
    writer.add_uint32("clip.vision.embedding_length", _TOWER_WIDTH)
    writer.add_uint32("clip.vision.attention.head_count", _TOWER_HEADS)
    writer.add_uint32("clip.vision.feed_forward_length", _TOWER_FEED_FORWARD)
    writer.add_uint32("clip.vision.block_count", _TOWER_BLOCKS)
    writer.add_uint32("clip.vision.projection_dim", 0)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-6)
    writer.add_uint32("clip.vision.image_size", _VIEW_PX)
    writer.add_uint32("clip.vision.patch_size", _PATCH_PX)
    writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
    writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])
    writer.add_bool("clip.use_gelu", True)
    noise = _Noise(writer, np.random.default_rng(1))
    _add_tower(noise)
    if version == "4_6":
        _add_mergers(noise, width)
    else:
        writer.add_int32("clip.minicpmv_version", int(version))
        _add_resampler(noise, width, queries=96 if version == "2" else 64)
    _finish(writer)


def _add_tower(noise: _Noise) -> None:
    width, feed_forward, spread = _TOWER_WIDTH, _TOWER_FEED_FORWARD, 0.1
    noise.matrix("v.patch_embd.weight", (width, 3, _PATCH_PX, _PATCH_PX), 0.05)
    noise.matrix("v.patch_embd.bias", (width,), spread)
    noise.matrix("v.position_embd.weight", (_POSITIONS, width), spread)
    for block in range(_TOWER_BLOCKS):
        name = f"v.blk.{block}"
        for projection in ("q", "k", "v", "out"):
            noise.linear(f"{name}.attn_{projection}", width, width, spread)
        noise.norm(f"{name}.ln1", width)
        noise.norm(f"{name}.ln2", width)
        noise.linear(f"{name}.ffn_up", feed_forward, width, spread)
        noise.linear(f"{name}.ffn_down", width, feed_forward, spread)
    noise.norm("v.post_ln", width)


def _add_resampler(noise: _Noise, width: int, queries: int) -> None:
    spread = 0.1
    noise.writer.add_uint32("clip.minicpmv_query_num", queries)
    noise.matrix("resampler.pos_embed_k", (_POSITIONS, width), spread)
    noise.matrix("resampler.query", (queries, width), 1.0)
    noise.matrix("resampler.proj.weight", (width, width), spread)
    noise.matrix("resampler.kv.weight", (width, _TOWER_WIDTH), spread)
    for projection in ("q", "k", "v", "out"):
        noise.linear(f"resampler.attn.{projection}", width, width, spread)
    for norm in ("q", "kv", "post"):
        noise.norm(f"resampler.ln_{norm}", width)


def _add_mergers(noise: _Noise, width: int) -> None:
    tower, four, spread = _TOWER_WIDTH, _TOWER_WIDTH * 4, 0.1
    noise.writer.add_array("clip.vision.wa_layer_indexes", [0])
    noise.norm("v.vit_merger.ln1", tower)
    for projection in ("q", "k", "v", "out"):
        noise.linear(f"v.vit_merger.attn_{projection}", tower, tower, spread)
    noise.norm("v.vit_merger.ds_ln", four)
    noise.linear("v.vit_merger.ds_ffn_up", four, four, spread)
    noise.linear("v.vit_merger.ds_ffn_down", tower, four, spread)
    noise.norm("mm.input_norm", four)
    noise.linear("mm.up", four, four, spread)
    noise.linear("mm.down", width, four, spread)


def _byte_characters() -> Iterator[str]:
    """The character that stands for each byte in GPT-2's byte-level vocabularies."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = (chr(0x100 + number) for number in range(256 - len(printable)))
    for byte in range(256):
        yield chr(byte) if byte in printable else next(others)


def _finish(writer: GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
