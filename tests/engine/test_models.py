from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFWriter

from engine import models
from engine.errors import ModelUnusable
from engine.gguf_header import read_header
from engine.messages import ModelFiles
from engine.random_weights import VERSIONS, write_tiny

Tiny = Callable[[str], ModelFiles]


@pytest.fixture
def copied(tiny: Tiny, tmp_path: Path) -> ModelFiles:
    """A model of which a test may break the files."""
    files = tiny("5")
    text, vision = tmp_path / "text.gguf", tmp_path / "vision.gguf"
    shutil.copy(files.text, text)
    shutil.copy(files.vision, vision)
    return ModelFiles(files.name, str(text), str(vision))


def refusal(files: ModelFiles) -> str:
    with pytest.raises(ModelUnusable) as caught:
        models.check(files)
    return str(caught.value)


@pytest.mark.parametrize("version", VERSIONS)
def test_whole_models_of_every_version_pass(tiny: Tiny, version: str) -> None:
    models.check(tiny(version))


def test_the_embedded_model_is_the_one_published() -> None:
    files, pocket = models.embedded(), models.spec("pocket")
    models.check(files)
    read: list[int] = []
    models.verify(Path(files.text), pocket.text, read.append)
    models.verify(Path(files.vision), pocket.vision)
    assert read[-1] == pocket.text.size_bytes


@pytest.mark.parametrize("side", ["text", "vision"])
def test_a_file_without_its_last_bytes_is_refused(copied: ModelFiles, side: str) -> None:
    path = Path(getattr(copied, side))
    os.truncate(path, path.stat().st_size - 1000)
    assert refusal(copied) == f"{path.name} is cut short: 1,000 bytes are missing. Get it again."


@pytest.mark.parametrize("side", ["text", "vision"])
@pytest.mark.parametrize("kept_bytes", [3, 20, 1000])
def test_a_file_without_its_header_is_refused(copied: ModelFiles, side: str, kept_bytes: int) -> None:
    path = Path(getattr(copied, side))
    os.truncate(path, kept_bytes)
    assert refusal(copied) == f"{path.name} is not a whole GGUF model file. Get it again."


def test_an_empty_file_is_refused(copied: ModelFiles) -> None:
    os.truncate(copied.vision, 0)
    assert refusal(copied) == "vision.gguf is empty. Get it again."


def test_a_missing_file_is_refused(copied: ModelFiles) -> None:
    Path(copied.text).unlink()
    assert refusal(copied) == "The model file text.gguf is not there any more."


def test_a_folder_in_place_of_a_file_is_refused(copied: ModelFiles) -> None:
    Path(copied.text).unlink()
    Path(copied.text).mkdir()
    assert refusal(copied).startswith("The model file text.gguf cannot be read")


def test_noise_is_refused(copied: ModelFiles) -> None:
    Path(copied.text).write_bytes(np.random.default_rng(0).bytes(100_000))
    assert refusal(copied) == "text.gguf is not a whole GGUF model file. Get it again."


def test_swapped_files_are_recognised(copied: ModelFiles) -> None:
    swapped = ModelFiles(copied.name, copied.vision, copied.text)
    assert refusal(swapped) == "vision.gguf is the vision part and text.gguf the language part: swap them."


def test_twice_the_same_part_is_refused(copied: ModelFiles) -> None:
    assert "not the vision part" in refusal(ModelFiles(copied.name, copied.text, copied.text))
    assert "not the language part" in refusal(ModelFiles(copied.name, copied.vision, copied.vision))


def test_parts_of_different_models_are_refused(copied: ModelFiles, tmp_path: Path) -> None:
    wider = write_tiny(tmp_path / "wider", "5", width=384)
    mixed = ModelFiles(copied.name, copied.text, wider.vision)
    assert refusal(mixed).endswith("belong to different models: one is 256 wide, the other 384.")


def test_another_familys_vision_part_is_refused(copied: ModelFiles) -> None:
    writer = GGUFWriter(copied.vision, "clip")
    writer.add_string("clip.projector_type", "mlp")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    assert refusal(copied) == "vision.gguf is not of a MiniCPM-V that is known here."


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ModelUnusable, match=r"no model called gpt\. There are: pocket, minicpm-v-4\.6"):
        models.spec("gpt")


@pytest.mark.parametrize("version", VERSIONS)
def test_the_rule_in_the_file_is_the_rule_in_the_catalogue(tiny: Tiny, version: str) -> None:
    files = tiny(version)
    slicing = models.spec(files.name).slicing
    rule = models.slice_rule(read_header(Path(files.vision)), slicing.most_slices)
    assert (rule.view_px, rule.align_px, rule.queries) == (slicing.view_px, slicing.align_px, slicing.queries)
    assert models.spec(files.name).talks is False


def test_the_pocket_models_rule_is_in_its_file() -> None:
    slicing = models.spec("pocket").slicing
    rule = models.slice_rule(read_header(Path(models.embedded().vision)), slicing.most_slices)
    assert (rule.view_px, rule.align_px, rule.queries) == (256, 16, 128)
    assert rule == models.SliceRule(slicing.view_px, slicing.align_px, 1, slicing.queries)


def test_imported_files_are_installed_under_the_models_name(tiny: Tiny, tmp_path: Path) -> None:
    files = tiny("4_6")
    folder = tmp_path / "models"
    kept = models.import_files(Path(files.text), Path(files.vision), folder)
    assert kept.name == "minicpm-v-4.6"
    assert models.installed(folder) == [kept]
    assert Path(kept.text).read_bytes() == Path(files.text).read_bytes()
    models.check(kept)


def test_what_is_refused_is_not_imported(copied: ModelFiles, tmp_path: Path) -> None:
    os.truncate(copied.vision, 100_000)
    with pytest.raises(ModelUnusable, match="cut short"):
        models.import_files(Path(copied.text), Path(copied.vision), tmp_path / "models")
    assert models.installed(tmp_path / "models") == []


def test_an_altered_file_is_not_the_published_one(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(b"model")
    published = models.PublishedFile("a.gguf", 5, hashlib.sha256(b"model").hexdigest())
    models.verify(path, published)
    path.write_bytes(b"medol")
    with pytest.raises(ModelUnusable, match="SHA-256 differs"):
        models.verify(path, published)
    path.write_bytes(b"mode")
    with pytest.raises(ModelUnusable, match="has 4 bytes instead of 5"):
        models.verify(path, published)


def test_the_catalogue_tells_what_a_download_is_only_where_both_sizes_are_known() -> None:
    sizes = {model.name: model.download_bytes for model in models.catalogue()}
    assert sizes["minicpm-v-4.6"] == 529_101_504 + 1_108_746_944
    assert sizes["minicpm-v-2.6"] is None
