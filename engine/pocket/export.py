"""Writes the pocket model as the two GGUF files that llama.cpp takes: language and vision."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import gguf
import numpy as np
from torch import Tensor

from engine.gguf_vocabulary import add_vocabulary
from engine.pocket.network import EPSILON, Pocket
from engine.pocket.vocabulary import END, END_TURN, SPECIAL

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Precision = Literal["f32", "q8_0", "q4_0"]

NAME = "pocket"
VERSION = 6  # of minicpmv in llama.cpp: the resampler of MiniCPM-V 4.5, whose views have the same markup
_FILE_TYPES = {"f32": 0, "q8_0": 7, "q4_0": 2}
_KINDS = {"q8_0": gguf.GGMLQuantizationType.Q8_0, "q4_0": gguf.GGMLQuantizationType.Q4_0}
_BLOCK = 32  # weights that share a scale

_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

Named = Iterator[tuple[str, Tensor]]


def write(model: Pocket, tokenizer: Tokenizer, folder: Path, precision: Precision = "q8_0") -> tuple[Path, Path]:
    """Writes `pocket-text.gguf` and `pocket-mmproj.gguf` into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text, vision = folder / f"{NAME}-text.gguf", folder / f"{NAME}-mmproj.gguf"
    _write_text(model, tokenizer, text, precision)
    _write_vision(model, vision, precision)
    return text, vision


def _write_text(model: Pocket, tokenizer: Tokenizer, path: Path, precision: Precision) -> None:
    of = model.of
    writer = gguf.GGUFWriter(path, "qwen3")
    writer.add_name(NAME)
    writer.add_file_type(_FILE_TYPES[precision])
    writer.add_context_length(of.context)
    writer.add_embedding_length(of.width)
    writer.add_block_count(of.layers)
    writer.add_feed_forward_length(of.inner)
    writer.add_head_count(of.heads)
    writer.add_head_count_kv(of.heads)
    writer.add_key_length(of.width // of.heads)
    writer.add_value_length(of.width // of.heads)
    writer.add_rope_freq_base(of.rope_base)
    writer.add_layer_norm_rms_eps(EPSILON)
    stored = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(stored["vocab"], key=stored["vocab"].__getitem__)
    add_vocabulary(writer, tokens, stored["merges"], SPECIAL, begin=END, end=END_TURN, pad=END)
    writer.add_chat_template(_TEMPLATE)
    _add(writer, _text_weights(model), precision)
    _finish(writer)


def _text_weights(model: Pocket) -> Named:
    decoder = model.decoder
    yield "token_embd.weight", decoder.embeddings.weight
    yield "output_norm.weight", decoder.after.weight
    for number, block in enumerate(decoder.blocks):
        prefix = f"blk.{number}"
        for letter, weights in zip("qkv", block.query_key_value.weight.chunk(3), strict=True):
            yield f"{prefix}.attn_{letter}.weight", weights
        gate, up = block.gate_up.weight.chunk(2)
        yield f"{prefix}.attn_norm.weight", block.before_attention.weight
        yield f"{prefix}.attn_q_norm.weight", block.norm_query.weight
        yield f"{prefix}.attn_k_norm.weight", block.norm_key.weight
        yield f"{prefix}.attn_output.weight", block.out.weight
        yield f"{prefix}.ffn_norm.weight", block.before_inner.weight
        yield f"{prefix}.ffn_gate.weight", gate
        yield f"{prefix}.ffn_up.weight", up
        yield f"{prefix}.ffn_down.weight", block.down.weight


def _write_vision(model: Pocket, path: Path, precision: Precision) -> None:
    of = model.of
    writer = gguf.GGUFWriter(path, "clip")
    writer.add_name(f"{NAME}-mmproj")
    writer.add_file_type(_FILE_TYPES[precision])
    writer.add_bool("clip.has_text_encoder", False)
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_bool("clip.has_minicpmv_projector", True)
    writer.add_string("clip.projector_type", "resampler")
    writer.add_int32("clip.minicpmv_version", VERSION)
    writer.add_uint32("clip.minicpmv_query_num", of.queries)
    writer.add_uint32("clip.vision.image_size", of.view_px)
    writer.add_uint32("clip.vision.patch_size", of.patch_px)
    writer.add_uint32("clip.vision.embedding_length", of.tower_width)
    writer.add_uint32("clip.vision.feed_forward_length", of.tower_inner)
    writer.add_uint32("clip.vision.projection_dim", 0)
    writer.add_uint32("clip.vision.block_count", of.tower_layers)
    writer.add_uint32("clip.vision.attention.head_count", of.tower_heads)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", EPSILON)
    writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
    writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])
    writer.add_bool("clip.use_gelu", True)
    _add(writer, _vision_weights(model), precision)
    writer.add_tensor("resampler.pos_embed_k", np.zeros(1, np.float32))  # llama.cpp asks for it, and computes its own
    _finish(writer)


def _vision_weights(model: Pocket) -> Named:
    of, tower, resampler = model.of, model.tower, model.resampler
    patches = tower.patches.weight.view(of.tower_width, 3, of.patch_px, of.patch_px)
    yield "v.patch_embd.weight", patches
    yield "v.patch_embd.bias", tower.patches.bias
    yield "v.position_embd.weight", tower.table()
    yield from _both("v.post_ln", tower.after)
    for number, block in enumerate(tower.blocks):
        prefix = f"v.blk.{number}"
        weights, biases = block.query_key_value.weight.chunk(3), block.query_key_value.bias.chunk(3)
        for letter, weight, bias in zip("qkv", weights, biases, strict=True):
            yield f"{prefix}.attn_{letter}.weight", weight
            yield f"{prefix}.attn_{letter}.bias", bias
        yield from _both(f"{prefix}.attn_out", block.out)
        yield from _both(f"{prefix}.ffn_up", block.up)
        yield from _both(f"{prefix}.ffn_down", block.down)
        yield from _both(f"{prefix}.ln1", block.before_attention)
        yield from _both(f"{prefix}.ln2", block.before_inner)
    yield "resampler.query", resampler.queries
    yield "resampler.proj.weight", resampler.project.weight
    yield "resampler.kv.weight", resampler.from_tower.weight
    for name, layer in (("q", resampler.query), ("k", resampler.key), ("v", resampler.value), ("out", resampler.out)):
        yield from _both(f"resampler.attn.{name}", layer)
    for name, norm in (("q", resampler.norm_queries), ("kv", resampler.norm_patches), ("post", resampler.after)):
        yield from _both(f"resampler.ln_{name}", norm)


def _both(name: str, layer: object) -> Named:
    """A layer's weight and bias."""
    yield f"{name}.weight", layer.weight  # type: ignore[attr-defined]
    yield f"{name}.bias", layer.bias  # type: ignore[attr-defined]


def _add(writer: gguf.GGUFWriter, weights: Named, precision: Precision) -> None:
    """Matrices in the precision wanted; the rest, and what llama.cpp convolves or copies, as float."""
    for name, tensor in weights:
        values = tensor.detach().float().contiguous().numpy()
        is_matrix = values.ndim == 2 and values.shape[-1] % _BLOCK == 0 and name != "resampler.query"
        if precision != "f32" and values.ndim == 4:
            writer.add_tensor(name, values.astype(np.float16))
        elif precision != "f32" and is_matrix:
            kind = _KINDS[precision]
            writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, values)


def _finish(writer: gguf.GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
