"""The vision tower on ONNX Runtime: the same embeddings as ggml makes, and the choice between the two."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGUFReader, GGUFWriter
from gguf.quants import dequantize
from llama_cpp import mtmd_cpp
from numpy.typing import NDArray

from engine import models, tower
from engine.client import EngineClient
from engine.errors import ModelUnusable
from engine.evaluation import towers
from engine.gguf_header import read_header
from engine.llama.vision import TowerSize, VisionTower
from engine.messages import ModelFiles, Picture, Setup
from engine.onnx.graph import FLOAT, Graph
from engine.onnx.tower import OnnxTower
from engine.onnx.translation import VisionFile
from engine.random_weights import VERSIONS
from engine.slicing import Size, plan

Tiny = Callable[[str], ModelFiles]
MakePicture = Callable[[int, int], Picture]

FLOAT_DIFFERENCE = 1e-3  # half of it is measured, and nearly all of it is what ggml rounds to float16
EXACT_DIFFERENCE = 1e-4  # where that is rounded here too; half of it is measured
FLOAT16 = 10  # TensorProto.DataType
PICTURES = ((448, 448), (640, 480), (480, 900), (2000, 300))


def rewritten(source: str, target: Path, rename: Callable[[str], str] = str, **values: Any) -> Path:
    """A vision file with all weights as float32, some values (of `clip.`, "__" for ".") and names changed."""
    reader = GGUFReader(source)
    writer = GGUFWriter(target, "clip")
    changed = {"clip." + name.replace("__", "."): value for name, value in values.items()}
    for name, field in reader.fields.items():
        if name.startswith("clip."):
            kinds = field.types
            value = changed.pop(name, field.contents())
            writer.add_key_value(name, value, kinds[0], kinds[1] if len(kinds) > 1 else None)
    for name, value in changed.items():
        writer.add_uint32(name, value)
    for tensor in reader.tensors:
        shape = tuple(int(length) for length in reversed(tensor.shape))
        weights = dequantize(tensor.data, tensor.tensor_type).reshape(shape).astype(np.float32)
        writer.add_tensor(rename(tensor.name), weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target


def tower_size(vision: Path) -> TowerSize:
    header = read_header(vision)
    return TowerSize(header.values["clip.vision.image_size"], models.merged_patch_px(header))


@contextmanager
def both(vision: Path, cache: Path) -> Iterator[tuple[VisionTower, OnnxTower]]:
    with ExitStack() as stack:
        ggml = stack.enter_context(VisionTower(vision, size=tower_size(vision), threads=1))
        yield ggml, stack.enter_context(OnnxTower(vision, cache=cache, threads=1))


def planned_views(vision: Path, ggml: VisionTower) -> list[Size]:
    """The sizes of views that the pictures become, of which mtmd keeps all pixels as they are."""
    rule = models.slice_rule(read_header(vision), 9)
    plans = [plan(width, height, rule) for width, height in PICTURES]
    sizes = {size for planned in plans for size in (planned.overview, planned.slice) if size is not None}
    return sorted(size for size in sizes if ggml.carrier(size) == size)


def noise(size: Size) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (size.height, size.width, 3), np.uint8)


def differences(ggml: VisionTower, onnx: OnnxTower, sizes: list[Size]) -> list[float]:
    """For each size, how far apart the embeddings are, as a part of their length."""
    found = []
    for size in sizes:
        theirs, ours = ggml.encode(noise(size)), onnx.encode(noise(size))
        assert ours.shape == theirs.shape
        found.append(float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)))
    return found


def imitate_ggmls_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has this side round patches, their kernels and GELU to float16 as ggml does, and ggml attend in float32."""
    patches, weight, node = OnnxTower._patches, VisionFile.weight, Graph.node
    parameters = mtmd_cpp.mtmd_context_params_default

    def rounded(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return values.astype(np.float16).astype(np.float32)

    def rounding_node(graph: Graph, operator: str, *inputs: str, **attributes: Any) -> str:
        if operator != "Gelu" or attributes["approximate"] != "tanh":
            return node(graph, operator, *inputs, **attributes)
        x = node(graph, "Cast", node(graph, "Cast", *inputs, to=FLOAT16), to=FLOAT)
        y = node(graph, "Cast", node(graph, operator, x, **attributes), to=FLOAT16)
        return node(graph, "Cast", y, to=FLOAT)

    def without_flash_attention() -> Any:
        chosen = parameters()
        chosen.flash_attn_type = 0
        return chosen

    monkeypatch.setattr(OnnxTower, "_patches", lambda *arguments: rounded(patches(*arguments)))
    monkeypatch.setattr(
        VisionFile,
        "weight",
        lambda file, name: (rounded if "patch_embd.weight" in name else np.copy)(weight(file, name)),
    )
    monkeypatch.setattr(Graph, "node", rounding_node)
    monkeypatch.setattr(mtmd_cpp, "mtmd_context_params_default", without_flash_attention)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_seen_as_by_ggml_at_every_size(tiny: Tiny, tmp_path: Path, version: str) -> None:
    files = tiny(version)
    with both(Path(files.vision), tmp_path) as (ggml, onnx):
        sizes = planned_views(Path(files.vision), ggml)
        assert len(sizes) >= 3
        assert max(differences(ggml, onnx, sizes)) < FLOAT_DIFFERENCE


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_else_differs_than_what_ggml_rounds_to_float16(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    imitate_ggmls_rounding(monkeypatch)
    files = tiny(version)
    with both(Path(files.vision), tmp_path) as (ggml, onnx):
        assert max(differences(ggml, onnx, planned_views(Path(files.vision), ggml))) < EXACT_DIFFERENCE


@pytest.mark.parametrize("version", [4, 100045])
def test_versions_that_differ_in_number_only_are_seen_alike(tiny: Tiny, tmp_path: Path, version: int) -> None:
    files = tiny("5")
    vision = rewritten(files.vision, tmp_path / "vision.gguf", minicpmv_version=version)
    with both(vision, tmp_path) as (ggml, onnx):
        assert max(differences(ggml, onnx, planned_views(vision, ggml))) < FLOAT_DIFFERENCE


def test_four_times_as_many_tokens_of_46_are_seen_alike(tiny: Tiny, tmp_path: Path) -> None:
    files = tiny("4_6")
    vision = rewritten(files.vision, tmp_path / "vision.gguf", vision__projector__scale_factor=2)
    kept_by_mtmd = [Size(448, 448), Size(336, 616), Size(504, 392), Size(1176, 168)]  # others it moves by a patch
    with both(vision, tmp_path) as (ggml, onnx):
        assert max(differences(ggml, onnx, kept_by_mtmd)) < FLOAT_DIFFERENCE
        assert [len(onnx.encode(noise(size))) for size in kept_by_mtmd] == [256, 264, 252, 252]


def test_what_differs_for_the_pocket_model_is_ggmls_rounding(tmp_path: Path) -> None:
    files = models.embedded()
    exact = rewritten(files.vision, tmp_path / "vision.gguf")
    square = [Size(256, 256), Size(384, 128)]
    with both(Path(files.vision), tmp_path) as (ggml, onnx):
        assert FLOAT_DIFFERENCE < max(differences(ggml, onnx, square)) < tower.GREATEST_DIFFERENCE
        rounded = onnx.encode(noise(square[0]))
    with both(exact, tmp_path) as (ggml, onnx):
        assert max(differences(ggml, onnx, square)) < FLOAT_DIFFERENCE
        assert np.array_equal(onnx.encode(noise(square[0])), rounded)


def test_older_files_name_the_feed_forward_layers_the_other_way_round(tiny: Tiny, tmp_path: Path) -> None:
    files = tiny("3")
    names = {"ffn_up": "ffn_down", "ffn_down": "ffn_up"}

    def swapped(name: str) -> str:
        head, _, tail = name.rpartition("ffn_")
        word, dot, kind = f"ffn_{tail}".partition(".")
        return f"{head}{names[word]}{dot}{kind}" if head and word in names else name

    older = rewritten(files.vision, tmp_path / "vision.gguf", rename=swapped)
    with both(older, tmp_path) as (ggml, onnx):
        assert max(differences(ggml, onnx, [Size(448, 448)])) < FLOAT_DIFFERENCE


def test_a_translation_is_made_once_and_again_when_the_file_has_changed(tiny: Tiny, tmp_path: Path) -> None:
    vision = rewritten(tiny("5").vision, tmp_path / "vision.gguf")
    cache = tmp_path / "cache"

    def kept() -> dict[str, int]:
        with OnnxTower(vision, cache=cache, threads=1):
            return {path.name: path.stat().st_mtime_ns for path in cache.iterdir()}

    first = kept()
    assert sorted(Path(name).suffix for name in first) == [".onnx", ".weights"]
    assert kept() == first
    rewritten(tiny("5").vision, vision, minicpmv_version=6)
    second = kept()
    assert len(second) == 2
    assert not second.keys() & first.keys()


def test_what_a_killed_translation_left_is_removed(tiny: Tiny, tmp_path: Path) -> None:
    vision = Path(tiny("5").vision)
    with OnnxTower(vision, cache=tmp_path, threads=1):
        pass
    (graph,) = tmp_path.glob("*.onnx")
    left = graph.with_suffix(".99999999.part")
    left.write_bytes(b"half of it")
    graph.unlink()
    with OnnxTower(vision, cache=tmp_path, threads=1):
        assert not left.exists()
        assert graph.exists()


def test_a_folder_that_cannot_be_written_to_is_a_sentence(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelUnusable, match=r"random-5-mmproj\.gguf could not be translated"):
        OnnxTower(Path(tiny("5").vision), cache=tmp_path / "file", threads=1)


def test_a_translation_that_was_damaged_is_a_sentence_and_next_time_made_again(tiny: Tiny, tmp_path: Path) -> None:
    vision = Path(tiny("5").vision)
    with OnnxTower(vision, cache=tmp_path, threads=1):
        pass
    (graph,) = tmp_path.glob("*.onnx")
    graph.write_bytes(graph.read_bytes()[:1000])
    with pytest.raises(ModelUnusable, match="ONNX Runtime will not have"):
        OnnxTower(vision, cache=tmp_path, threads=1)
    with OnnxTower(vision, cache=tmp_path, threads=1):  # made again
        pass


@pytest.fixture
def choose(tiny: Tiny) -> Callable[..., str]:
    """Which runtime serves a vision file of version 5."""

    def chosen(runtime: str, cache: Path | None, vision: Path | None = None) -> str:
        vision = vision or Path(tiny("5").vision)
        size = tower_size(vision)
        with tower.opened(vision, size=size, threads=1, runtime=runtime, cache=cache) as opened:
            return opened.runtime

    return chosen


def test_both_are_tried_once_and_what_was_measured_decides(
    choose: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose("auto", tmp_path)
    (kept,) = tmp_path.glob("*.json")
    trial = json.loads(kept.read_bytes())
    assert trial["difference"] < FLOAT_DIFFERENCE
    monkeypatch.setattr(tower, "_timed", lambda *_: pytest.fail("measured again"))
    for onnx_s, favoured in ((1.0, "onnx"), (3.0, "ggml")):
        kept.write_text(json.dumps(trial | {"onnx_s": onnx_s, "ggml_s": 2.0}))
        assert choose("auto", tmp_path) == favoured


def test_a_result_that_was_cut_short_is_measured_again(choose: Callable[..., str], tmp_path: Path) -> None:
    choose("auto", tmp_path)
    (kept,) = tmp_path.glob("*.json")
    kept.write_text('{"difference":')
    choose("auto", tmp_path)
    assert json.loads(kept.read_bytes())["ggml_s"] > 0


def test_towers_that_do_not_agree_leave_it_to_ggml_and_nothing_large_behind(
    choose: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tower, "GREATEST_DIFFERENCE", 0.0)
    assert choose("auto", tmp_path) == "ggml"
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]


def test_without_a_folder_or_a_translation_it_is_ggml(tiny: Tiny, choose: Callable[..., str], tmp_path: Path) -> None:
    assert choose("auto", None) == choose("ggml", tmp_path) == "ggml"
    strange = rewritten(tiny("5").vision, tmp_path / "vision.gguf", use_gelu=False)
    assert choose("auto", tmp_path / "cache", strange) == "ggml"
    with pytest.raises(ModelUnusable, match="GELU"):
        choose("onnx", tmp_path / "cache", strange)
    with pytest.raises(ModelUnusable, match="folder"):
        choose("onnx", None)


def test_the_engine_describes_alike_with_either_and_says_which(tmp_path: Path, make_picture: MakePicture) -> None:
    described = []
    for runtime in ("onnx", "ggml"):
        setup = Setup(models.embedded(), threads=1, tower=runtime, cache=str(tmp_path))
        with closing(EngineClient(setup)) as client:
            assert client.start().tower == runtime
            described.append(client.describe(make_picture(300, 200)))
    onnx, ggml = described
    assert (onnx.kind, onnx.colour) == (ggml.kind, ggml.colour)
    assert onnx.confidence == pytest.approx(ggml.confidence, abs=0.05)


def test_ggmls_weights_are_not_loaded_where_onnx_serves(
    choose: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tower, "VisionTower", lambda *_args, **_options: pytest.fail("loaded"))
    assert choose("onnx", tmp_path) == "onnx"


def test_both_can_be_compared_from_the_command_line(tiny: Tiny, tmp_path: Path) -> None:
    found = towers.compare(Path(tiny("5").vision), tmp_path)
    assert found.difference < FLOAT_DIFFERENCE
    assert found.ratio > 0
    assert min(turn.own_bytes for turn in found.onnx + found.ggml) > 1_000_000
