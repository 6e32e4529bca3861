"""The pocket model in PyTorch: MiniCPM-V's architecture, small, computing what llama.cpp computes.

A vision transformer as SigLIP's, whose positions are looked up in a table of 70 x 70 by where in the picture a patch
lies; a resampler of learned queries with two-dimensional positions; a decoder as Qwen3's. Sources: arXiv 2408.01800,
llama.cpp's graphs for `resampler` and `qwen3`; tests compare the logits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

TABLE = 70  # rows and columns of SigLIP's table of positions
HEAD = 128  # width of a resampler's head, fixed in llama.cpp
EPSILON = 1e-6


@dataclass(frozen=True)
class Dimensions:
    """`view_px`: the side of a view of the pretraining shape; `queries`: tokens a view becomes."""

    vocabulary: int
    view_px: int = 160
    patch_px: int = 16
    queries: int = 16
    tower_width: int = 192
    tower_layers: int = 6
    tower_heads: int = 6
    tower_inner: int = 768
    width: int = 256
    layers: int = 4
    heads: int = 4
    inner: int = 704
    context: int = 2048
    rope_base: float = 10_000.0


class TowerBlock(nn.Module):
    """Attention and two layers, each after a norm and added to what came in."""

    def __init__(self, of: Dimensions) -> None:
        super().__init__()
        width = of.tower_width
        self.heads = of.tower_heads
        self.before_attention = nn.LayerNorm(width, EPSILON)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.before_inner = nn.LayerNorm(width, EPSILON)
        self.up = nn.Linear(width, of.tower_inner)
        self.down = nn.Linear(of.tower_inner, width)

    def forward(self, x: Tensor) -> Tensor:
        """Views x patches x width."""
        views, patches, width = x.shape
        parts = self.query_key_value(self.before_attention(x)).view(views, patches, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(x.shape)
        x = x + self.out(seen)
        return x + cast(Tensor, self.down(functional.gelu(self.up(self.before_inner(x)), approximate="tanh")))


class Tower(nn.Module):
    """Positions are learned at a few knots along each side, and between them interpolated."""

    KNOTS = 18

    def __init__(self, of: Dimensions) -> None:
        super().__init__()
        self.patch_px = of.patch_px
        self.patches = nn.Linear(3 * of.patch_px**2, of.tower_width)
        self.rows = nn.Parameter(0.02 * torch.randn(self.KNOTS, of.tower_width))
        self.columns = nn.Parameter(0.02 * torch.randn(self.KNOTS, of.tower_width))
        self.blocks = nn.ModuleList(TowerBlock(of) for _ in range(of.tower_layers))
        self.after = nn.LayerNorm(of.tower_width, EPSILON)

    def forward(self, views: Tensor) -> Tensor:
        """Views x 3 x height x width, from -1 to 1, to views x patches x tower width."""
        count, channels, height, width = views.shape
        rows, columns, side = height // self.patch_px, width // self.patch_px, self.patch_px
        tiles = views.view(count, channels, rows, side, columns, side).permute(0, 2, 4, 1, 3, 5)
        x = self.patches(tiles.reshape(count, rows * columns, -1)) + self._positions(rows, columns)
        for block in self.blocks:
            x = block(x)
        return cast(Tensor, self.after(x))

    def table(self) -> Tensor:
        """All positions, row by row: TABLE^2 x tower width."""
        return (self._along(self.rows)[:, None] + self._along(self.columns)[None]).reshape(TABLE * TABLE, -1)

    def _positions(self, rows: int, columns: int) -> Tensor:
        across, down = self._along(self.columns)[_bucket(columns)], self._along(self.rows)[_bucket(rows)]
        return (down[:, None] + across[None]).reshape(rows * columns, -1)

    def _along(self, knots: Tensor) -> Tensor:
        """The TABLE positions along a side."""
        stretched = functional.interpolate(knots.T[None], size=TABLE, mode="linear", align_corners=True)
        return stretched[0].T


def _bucket(count: int) -> Tensor:
    """Which of the table's positions each of `count` patches along a side has."""
    return torch.floor(TABLE * torch.arange(count, dtype=torch.float64) / count).long()


class Resampler(nn.Module):
    """The compression layer: a few learned queries take what they want from all patches of a view."""

    def __init__(self, of: Dimensions) -> None:
        super().__init__()
        width = of.width
        self.width = width
        self.queries = nn.Parameter(0.5 * torch.randn(of.queries, width))
        self.from_tower = nn.Linear(of.tower_width, width, bias=False)
        self.norm_queries = nn.LayerNorm(width, EPSILON)
        self.norm_patches = nn.LayerNorm(width, EPSILON)
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)
        self.after = nn.LayerNorm(width, EPSILON)
        self.project = nn.Linear(width, width, bias=False)

    def forward(self, patches: Tensor, rows: int, columns: int) -> Tensor:
        """Views x patches x tower width to views x queries x width."""
        views = len(patches)
        value = self.norm_patches(self.from_tower(patches))
        key = value + sines(rows, columns, self.width)
        query = self.query(self.norm_queries(self.queries)).expand(views, -1, -1)
        seen = functional.scaled_dot_product_attention(_heads(query), _heads(self.key(key)), _heads(self.value(value)))
        joined = seen.transpose(1, 2).reshape(views, -1, self.width)
        return cast(Tensor, self.project(self.after(self.out(joined))))


def _heads(x: Tensor) -> Tensor:
    return x.view(len(x), -1, x.shape[-1] // HEAD, HEAD).transpose(1, 2)


def sines(rows: int, columns: int, width: int) -> Tensor:
    """Where each patch lies: rows x columns patches x width; half of it says the column, half the row."""
    frequencies = 1 / torch.pow(torch.tensor(10_000.0), torch.arange(width // 4).float() / (width // 4))
    place = torch.arange(rows * columns)
    down, across = (place // columns).float()[:, None] * frequencies, (place % columns).float()[:, None] * frequencies
    return torch.cat([across.sin(), across.cos(), down.sin(), down.cos()], dim=1)


class RootMeanSquare(nn.Module):
    """The norm of the decoder."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return functional.rms_norm(x, (x.shape[-1],), self.weight, EPSILON)


class Kept:
    """Keys and values of the rows that a layer has read."""

    def __init__(self) -> None:
        self._key_value: tuple[Tensor, Tensor] | None = None

    @property
    def rows(self) -> int:
        return 0 if self._key_value is None else self._key_value[0].shape[2]

    def extended(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """All of them and these, which are kept from now on."""
        if self._key_value is not None:
            key, value = torch.cat([self._key_value[0], key], dim=2), torch.cat([self._key_value[1], value], dim=2)
        self._key_value = key, value
        return key, value


class DecoderBlock(nn.Module):
    """As TowerBlock, but each row sees only those before it, turned by how far away they are."""

    def __init__(self, of: Dimensions) -> None:
        super().__init__()
        width, head = of.width, of.width // of.heads
        self.heads = of.heads
        self.before_attention = RootMeanSquare(width)
        self.query_key_value = nn.Linear(width, 3 * width, bias=False)
        self.norm_query = RootMeanSquare(head)
        self.norm_key = RootMeanSquare(head)
        self.out = nn.Linear(width, width, bias=False)
        self.before_inner = RootMeanSquare(width)
        self.gate_up = nn.Linear(width, 2 * of.inner, bias=False)
        self.down = nn.Linear(of.inner, width, bias=False)

    def forward(self, x: Tensor, rotation: tuple[Tensor, Tensor], kept: Kept | None = None) -> Tensor:
        """Sequences x rows x width; after the rows in `kept`, to which these are added."""
        sequences, tokens, width = x.shape
        parts = self.query_key_value(self.before_attention(x)).view(sequences, tokens, 3, self.heads, -1)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        query, key = _rotated(self.norm_query(query), rotation), _rotated(self.norm_key(key), rotation)
        if kept is not None:
            key, value = kept.extended(key, value)
        said = functional.scaled_dot_product_attention(query, key, value, is_causal=tokens > 1)
        x = x + self.out(said.transpose(1, 2).reshape(sequences, tokens, width))
        gate, up = self.gate_up(self.before_inner(x)).chunk(2, dim=-1)
        return x + cast(Tensor, self.down(functional.silu(gate) * up))


def _rotated(x: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
    cosine, sine = rotation
    half = x.shape[-1] // 2
    return x * cosine + torch.cat([-x[..., half:], x[..., :half]], dim=-1) * sine


class Decoder(nn.Module):
    """The language model; the embeddings of its tokens are its output layer as well."""

    def __init__(self, of: Dimensions) -> None:
        super().__init__()
        self.of = of
        self.embeddings = nn.Embedding(of.vocabulary, of.width)
        self.blocks = nn.ModuleList(DecoderBlock(of) for _ in range(of.layers))
        self.after = RootMeanSquare(of.width)

    def forward(self, x: Tensor, kept: Sequence[Kept] = ()) -> Tensor:
        """Sequences x rows x width, to what each row makes of those before it.

        `kept`: one for each layer; either nothing is in them yet or `x` is one row.
        """
        head = self.of.width // self.of.heads
        frequencies = 1 / self.of.rope_base ** (torch.arange(0, head, 2, device=x.device).float() / head)
        start = kept[0].rows if kept else 0
        places = torch.arange(start, start + x.shape[1], device=x.device).float()
        angles = torch.outer(places, frequencies).repeat(1, 2)
        rotation = angles.cos(), angles.sin()
        for number, block in enumerate(self.blocks):
            x = block(x, rotation, kept[number] if kept else None)
        return cast(Tensor, self.after(x))

    def logits(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.embeddings.weight)


class Pocket(nn.Module):
    """All three parts."""

    def __init__(self, of: Dimensions) -> None:
        super().__init__()
        self.of = of
        self.tower = Tower(of)
        self.resampler = Resampler(of)
        self.decoder = Decoder(of)
        self.apply(_begin)

    def see(self, views: Tensor) -> Tensor:
        """Views of one size, views x 3 x height x width from -1 to 1, to views x queries x width."""
        _, _, height, width = views.shape
        return self.compressed(self.tower(views), height, width)

    def compressed(self, patches: Tensor, height: int, width: int) -> Tensor:
        """What the tower made of views of that size, views x patches x tower width, to views x queries x width."""
        side = self.of.patch_px
        return cast(Tensor, self.resampler(patches, height // side, width // side))

    def forward(self, tokens: Tensor, seen: Tensor) -> Tensor:
        """Logits of what follows each row.

        `tokens`: sequences x rows, negative where a row of a view stands; `seen`: sequences x rows of views x width.
        """
        return self.decoder.logits(self.decoder(self.rows(tokens, seen)))

    def rows(self, tokens: Tensor, seen: Tensor) -> Tensor:
        """Words and views as the decoder takes them in: sequences x rows x width."""
        x = self.decoder.embeddings(tokens.clamp(min=0))
        return x.masked_scatter((tokens < 0)[..., None], seen.to(x.dtype))

    def answers(
        self, tokens: Tensor, seen: Tensor, end: int, *, most: int, temperature: float = 0.0
    ) -> list[list[int]]:
        """Goes on after prompts of one length, with the likeliest tokens or random ones, each until `end`."""
        kept = [Kept() for _ in self.decoder.blocks]
        said: list[Tensor] = []
        ended = torch.zeros(len(tokens), dtype=torch.bool, device=tokens.device)
        with torch.no_grad():
            x = self.decoder(self.rows(tokens, seen), kept)[:, -1:]
            while len(said) < most and not ended.all():
                logits = self.decoder.logits(x[:, -1])
                likeliest = logits.argmax(-1)
                token = torch.multinomial((logits / temperature).softmax(-1), 1)[:, 0] if temperature else likeliest
                said.append(token)
                ended |= token == end
                x = self.decoder(self.decoder.embeddings(token)[:, None], kept)
        rows = torch.stack(said, dim=1).tolist()
        return [row[: row.index(end)] if end in row else row for row in rows]


def _begin(part: nn.Module) -> None:
    """Small random weights, so that every block begins close to passing on what it gets."""
    if isinstance(part, nn.Linear):
        nn.init.normal_(part.weight, std=min(0.05, 0.8 / math.sqrt(part.in_features)))
        if part.bias is not None:
            nn.init.zeros_(part.bias)
    if isinstance(part, nn.Embedding):
        nn.init.normal_(part.weight, std=0.05)


def normalised(pixels: Tensor) -> Tensor:
    """Views x height x width x 3 of bytes to views x 3 x height x width from -1 to 1."""
    return pixels.permute(0, 3, 1, 2).float() / 127.5 - 1
