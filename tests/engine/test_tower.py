"""The vision tower on ONNX Runtime: the same embeddings as ggml makes, in stages, and the choice between all ways."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGUFReader, GGUFWriter
from gguf.quants import dequantize
from llama_cpp import mtmd_cpp
from numpy.typing import NDArray

from engine import hardware, models, tower
from engine.client import EngineClient
from engine.errors import ModelUnusable
from engine.evaluation import towers
from engine.gguf_header import read_header
from engine.llama.vision import TowerSize, VisionTower
from engine.messages import ModelFiles, Picture, Setup
from engine.onnx import providers, translation
from engine.onnx.graph import FLOAT, Graph
from engine.onnx.providers import REFERENCE, Way
from engine.onnx.tower import OnnxTower
from engine.onnx.translation import Precision, VisionFile
from engine.random_weights import VERSIONS
from engine.slicing import Size, plan

Tiny = Callable[[str], ModelFiles]
MakePicture = Callable[[int, int], Picture]

FLOAT_DIFFERENCE = 1e-3  # half of it is measured, and nearly all of it is what ggml rounds to float16
EXACT_DIFFERENCE = 1e-4  # where that is rounded here too; half of it is measured
FLOAT16 = 10  # TensorProto.DataType
BITS: tuple[Precision, ...] = ("int8", "uint8") if providers.int8_is_exact() else ("uint8",)
PICTURES = ((448, 448), (640, 480), (480, 900), (2000, 300))


def unchanged(_name: str, weights: NDArray[np.float32]) -> NDArray[np.float32]:
    return weights


def rewritten(
    source: str,
    target: Path,
    rename: Callable[[str], str] = str,
    change: Callable[[str, NDArray[np.float32]], NDArray[np.float32]] = unchanged,
    **values: Any,
) -> Path:
    """A vision file with all weights as float32, some values (of `clip.`, "__" for "."), names and weights changed."""
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
        writer.add_tensor(rename(tensor.name), change(tensor.name, weights))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target


def tower_size(vision: Path) -> TowerSize:
    header = read_header(vision)
    return TowerSize(header.values["clip.vision.image_size"], models.merged_patch_px(header))


@pytest.fixture(scope="session")
def present(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the ways whose device is there."""
    found = set()
    for way in providers.ways():
        with suppress(ModelUnusable):
            OnnxTower(Path(tiny("5").vision), cache=tmp_path_factory.mktemp("present"), threads=1, way=way).close()
            found.add(way.name)
    return found


@contextmanager
def both(vision: Path, cache: Path, way: Way = REFERENCE) -> Iterator[tuple[VisionTower, OnnxTower]]:
    with ExitStack() as stack:
        ggml = stack.enter_context(VisionTower(vision, size=tower_size(vision), threads=1))
        yield ggml, stack.enter_context(OnnxTower(vision, cache=cache, threads=1, way=way))


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


@pytest.mark.parametrize("way", providers.ways()[1:], ids=lambda way: way.name)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_way_to_round_stays_within_the_bound_at_every_size(
    tiny: Tiny, tmp_path: Path, present: set[str], version: str, way: Way
) -> None:
    if way.name not in present:
        pytest.skip("its device is not here")
    files = tiny(version)
    with both(Path(files.vision), tmp_path, way) as (ggml, onnx):
        assert onnx.runtime == way.name
        assert max(differences(ggml, onnx, planned_views(Path(files.vision), ggml))) < tower.GREATEST_DIFFERENCE


def embedded(vision: Path, cache: Path, precision: Precision, size: Size) -> NDArray[np.float32]:
    way = Way(f"ONNX Runtime, {precision}", REFERENCE.provider, precision)
    with OnnxTower(vision, cache=cache, threads=1, way=way) as onnx:
        return onnx.encode(noise(size))


def rounded_away(vision: Path, cache: Path, precision: Precision, size: Size) -> float:
    """How far embeddings are from those of float32, as a part of their length."""
    right = embedded(vision, cache, "float32", size)
    return float(np.linalg.norm(embedded(vision, cache, precision, size) - right) / np.linalg.norm(right))


@pytest.mark.parametrize("precision", BITS)
def test_sums_of_two_products_that_exceed_16_bits_come_out_right(
    tiny: Tiny, tmp_path: Path, precision: Precision
) -> None:
    def greatest(name: str, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """All as large as each other, and of the sign of their neighbour."""
        if ".blk." not in name or weights.ndim < 2:
            return weights
        return np.repeat(np.copysign(np.abs(weights).mean(), weights[:, ::2]), 2, axis=1)

    vision = rewritten(tiny("5").vision, tmp_path / "vision.gguf", change=greatest)
    assert rounded_away(vision, tmp_path, precision, Size(448, 448)) < tower.GREATEST_DIFFERENCE


@pytest.mark.parametrize("precision", BITS)
def test_the_pocket_model_which_is_trained_is_rounded_within_the_bound(tmp_path: Path, precision: Precision) -> None:
    vision = Path(models.embedded().vision)
    assert rounded_away(vision, tmp_path, precision, Size(256, 256)) < tower.GREATEST_DIFFERENCE


@pytest.mark.skipif("int8" not in BITS, reason="weights of int8 saturate here")
def test_weights_of_int8_and_uint8_make_the_same(tiny: Tiny, tmp_path: Path) -> None:
    vision, size = Path(tiny("5").vision), Size(448, 448)
    assert np.array_equal(embedded(vision, tmp_path, "int8", size), embedded(vision, tmp_path, "uint8", size))


@pytest.mark.parametrize("version", VERSIONS)
def test_stages_make_what_the_whole_makes(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    vision = Path(tiny(version).vision)
    view = noise(Size(448, 448))
    with OnnxTower(vision, cache=tmp_path / "whole", threads=1) as whole:
        *merged, expected = whole.steps(view)
    assert merged == [None] * (version == "4_6")  # whose window merger begins a stage
    monkeypatch.setattr(translation, "_STAGE_BLOCKS", 1)
    with OnnxTower(vision, cache=tmp_path / "stages", threads=1) as stages:
        *others, last = stages.steps(view)
        assert others == [None] * (1 + len(merged))
        assert np.array_equal(last, expected)
        assert np.array_equal(stages.encode(view), expected)


def test_two_views_can_be_on_their_way_at_once(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "_STAGE_BLOCKS", 1)
    with OnnxTower(Path(tiny("5").vision), cache=tmp_path, threads=1) as onnx:
        waiting, urgent = noise(Size(448, 448)), noise(Size(336, 602))
        steps = onnx.steps(waiting)
        assert next(steps) is None
        assert len(onnx.encode(urgent)) == 64
        assert np.array_equal(list(steps)[-1], onnx.encode(waiting))


def test_a_stage_that_is_left_is_computed_again(tiny: Tiny, tmp_path: Path) -> None:
    view = noise(Size(448, 448))
    with OnnxTower(Path(tiny("5").vision), cache=tmp_path, threads=1) as onnx:
        *before, expected = onnx.steps(view)
        steps = onnx.steps(view)
        onnx.leave()
        *left, again = steps
        assert left == [None, *before]
        assert np.array_equal(again, expected)


def test_ggml_makes_a_view_in_one_stage(tiny: Tiny, tmp_path: Path) -> None:
    files = tiny("5")
    with both(Path(files.vision), tmp_path) as (ggml, _onnx):
        (only,) = ggml.steps(noise(Size(448, 448)))
        assert np.array_equal(only, ggml.encode(noise(Size(448, 448))))


def test_what_embeddings_depend_on_is_told(tiny: Tiny, tmp_path: Path, present: set[str]) -> None:
    files = tiny("5")
    vision = rewritten(files.vision, tmp_path / "vision.gguf")

    def identities() -> set[str]:
        every = tower.Towers(vision, size=tower_size(vision), threads=1, cache=tmp_path).openers()
        found = set()
        for name in present | {tower.GGML}:
            with every[name]() as opened:
                found.add(opened.identity)
        assert len(found) == len(present) + 1
        return found

    before = identities()
    assert identities() == before
    rewritten(files.vision, vision, minicpmv_version=6)
    assert not identities() & before


def test_a_way_without_its_device_is_a_sentence(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = Way("ONNX Runtime, elsewhere", "CUDAExecutionProvider")
    with pytest.warns(UserWarning), pytest.raises(ModelUnusable, match="elsewhere"):
        OnnxTower(Path(tiny("5").vision), cache=tmp_path, threads=1, way=absent)
    assert len(list(tmp_path.iterdir())) == 1  # the translation is still good


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
            return {str(path): path.stat().st_mtime_ns for path in cache.glob("*/*")}

    first = kept()
    assert sorted(Path(path).name for path in first) == ["00.onnx", "weights"]
    assert kept() == first
    rewritten(tiny("5").vision, vision, minicpmv_version=6)
    second = kept()
    assert len(second) == 2
    assert not second.keys() & first.keys()
    assert len(list(cache.iterdir())) == 1


def test_what_a_killed_translation_left_is_removed(tiny: Tiny, tmp_path: Path) -> None:
    vision = Path(tiny("5").vision)
    with OnnxTower(vision, cache=tmp_path, threads=1):
        pass
    (translation,) = tmp_path.iterdir()
    left = translation.with_suffix(".99999999.part")
    translation.rename(left)
    with OnnxTower(vision, cache=tmp_path, threads=1):
        assert list(tmp_path.iterdir()) == [translation]


def test_a_folder_that_cannot_be_written_to_is_a_sentence(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelUnusable, match=r"random-5-mmproj\.gguf could not be translated"):
        OnnxTower(Path(tiny("5").vision), cache=tmp_path / "file", threads=1)


def test_a_translation_that_was_damaged_is_a_sentence_and_next_time_made_again(tiny: Tiny, tmp_path: Path) -> None:
    vision = Path(tiny("5").vision)
    with OnnxTower(vision, cache=tmp_path, threads=1):
        pass
    (graph,) = tmp_path.glob("*/*.onnx")
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


def test_every_way_is_tried_once_and_what_was_measured_decides(
    choose: Callable[..., str], tmp_path: Path, present: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    choose("auto", tmp_path)
    (kept,) = (path for path in tmp_path.iterdir() if path.is_file())
    outcomes = {each["runtime"]: each for each in json.loads(kept.read_bytes())["outcomes"]}
    assert outcomes.keys() == {*(way.name for way in providers.ways()), tower.GGML}
    assert {name for name, each in outcomes.items() if each["failure"] is None} == present | {tower.GGML}
    assert outcomes["ggml"]["difference"] < FLOAT_DIFFERENCE
    assert FLOAT_DIFFERENCE < outcomes["ONNX Runtime, 8 bits"]["difference"] < tower.GREATEST_DIFFERENCE
    monkeypatch.setattr(tower, "_timed", lambda *_: pytest.fail("measured again"))
    for fastest in present | {tower.GGML}:
        timed = [each | {"seconds": 1.0 if name == fastest else 2.0} for name, each in outcomes.items()]
        kept.write_text(json.dumps({"outcomes": timed}))
        assert choose("auto", tmp_path) == fastest


def trial(**outcomes: tuple[float | None, float]) -> tower.Trial:
    """Of runtimes that each differed so much and took so long; None: could not be tried."""
    names = {"reference": tower.REFERENCE, "ggml": tower.GGML}
    return tower.Trial(
        tuple(
            tower.Outcome(runtime=names.get(name, name), difference=difference, seconds=seconds)
            for name, (difference, seconds) in outcomes.items()
        )
    )


def test_the_fastest_within_the_bound_wins() -> None:
    others = {"reference": (0.0, 3.0), "ggml": (0.001, 4.0)}
    assert trial(**others).winner == tower.REFERENCE
    assert trial(**others, bits=(0.02, 1.0)).winner == "bits"
    assert trial(**others, bits=(0.03, 1.0)).winner == tower.REFERENCE
    assert trial(**others, bits=(float("nan"), 1.0)).winner == tower.REFERENCE
    assert trial(**others, absent=(None, 0.0)).winner == tower.REFERENCE
    assert trial(reference=(0.0, 5.0), ggml=(0.029, 4.0)).winner == tower.GGML


def test_where_ggml_sees_otherwise_the_translation_is_not_trusted() -> None:
    assert trial(reference=(0.0, 1.0), bits=(0.01, 0.5), ggml=(0.9, 4.0)).winner == tower.GGML


def test_only_the_translation_that_is_used_stays(
    choose: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tower, "GREATEST_DISAGREEMENT", 0.0)
    assert choose("auto", tmp_path) == "ggml"
    assert [path.is_dir() for path in tmp_path.iterdir()] == [False]


def test_another_machine_measures_for_itself(
    choose: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose("auto", tmp_path)
    monkeypatch.setattr(hardware, "processor", lambda: "Another")
    choose("auto", tmp_path)
    assert len([path for path in tmp_path.iterdir() if path.is_file()]) == 2


def test_a_result_that_was_cut_short_is_measured_again(choose: Callable[..., str], tmp_path: Path) -> None:
    choose("auto", tmp_path)
    (kept,) = (path for path in tmp_path.iterdir() if path.is_file())
    kept.write_text('{"outcomes":')
    choose("auto", tmp_path)
    assert len(json.loads(kept.read_bytes())["outcomes"]) >= 3


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
    for runtime, name in (("onnx", tower.REFERENCE), ("ggml", tower.GGML)):
        setup = Setup(models.embedded(), threads=1, tower=runtime, cache=str(tmp_path))
        with closing(EngineClient(setup)) as client:
            assert client.start().tower == name
            described.append(client.describe(make_picture(300, 200)))
    onnx, ggml = described
    assert (onnx.kind, onnx.colour) == (ggml.kind, ggml.colour)
    assert onnx.confidence == pytest.approx(ggml.confidence, abs=0.05)


def test_ggmls_weights_are_not_loaded_where_onnx_serves(
    choose: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tower, "VisionTower", lambda *_args, **_options: pytest.fail("loaded"))
    assert choose("onnx", tmp_path) == tower.REFERENCE


def test_all_can_be_compared_from_the_command_line(tiny: Tiny, tmp_path: Path, present: set[str]) -> None:
    files = tiny("5")
    found = towers.compare(Path(files.vision), tmp_path)
    assert set(found) == present | {tower.GGML}
    assert found[tower.GGML].difference < FLOAT_DIFFERENCE
    assert found[tower.REFERENCE].difference == 0
    for compared in found.values():
        assert compared.median_s > 0
        assert min(turn.own_bytes for turn in compared.turns) > 1_000_000
