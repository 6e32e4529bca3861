from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFWriter, LlamaFileType

from engine import models, seals
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
    found = models.verify(files, read.append)
    assert read == sorted(read)
    assert read[-1] == pocket.download_bytes
    assert all(seal.published for seal in found.values())


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


def test_the_pocket_models_files_are_known_by_what_they_say_of_themselves(tmp_path: Path) -> None:
    files = models.embedded()
    kept = models.import_files(Path(files.text), Path(files.vision), tmp_path)
    assert kept.name == "pocket"
    models.check(kept)


def test_files_of_another_model_do_not_pass_under_a_name_that_is_not_theirs(tiny: Tiny) -> None:
    pocket = models.embedded()
    assert refusal(ModelFiles("minicpm-v-4.5", pocket.text, pocket.vision)).endswith(
        "are those of pocket. Import them again."
    )
    five = tiny("5")
    assert "are those of minicpm-v-4." in refusal(ModelFiles("random-6", five.text, five.vision))


def test_several_quantisations_of_one_model_lie_side_by_side(tiny: Tiny, tmp_path: Path) -> None:
    usual, folder = tiny("5"), tmp_path / "models"
    other = write_tiny(tmp_path / "other", "5", file_type=LlamaFileType.MOSTLY_Q8_0)
    for files in (usual, other):
        models.import_files(Path(files.text), Path(files.vision), folder)
    assert [files.name for files in models.installed(folder)] == ["minicpm-v-4", "minicpm-v-4-q8_0"]
    for files in models.installed(folder):
        models.check(files)
    assert models.spec("minicpm-v-4-q8_0").dialect == models.spec("minicpm-v-4").dialect


def test_other_quantisations_are_known_while_they_are_here(tmp_path: Path) -> None:
    files = write_tiny(tmp_path / "other", "5", file_type=LlamaFileType.MOSTLY_Q8_0)
    assert models.known(tmp_path) == list(models.catalogue())
    models.import_files(Path(files.text), Path(files.vision), tmp_path)
    assert models.known(tmp_path) == [*models.catalogue(), models.spec("minicpm-v-4-q8_0")]
    assert [each.name for each in models.here(tmp_path)] == ["pocket", "minicpm-v-4-q8_0"]
    models.remove(tmp_path, "minicpm-v-4-q8_0")
    assert [each.name for each in models.here(tmp_path)] == ["pocket"]
    assert Path(files.text).is_file()


def test_the_two_parts_of_a_model_are_told_apart(tiny: Tiny) -> None:
    files = tiny("5")
    text, vision = Path(files.text), Path(files.vision)
    assert models.pair([vision, text]) == models.pair([text, vision]) == (text, vision)
    with pytest.raises(ModelUnusable, match="A model is two GGUF files"):
        models.pair([text])


def test_a_published_quantisation_needs_memory_by_its_size() -> None:
    usual, larger = models.spec("minicpm-v-4.6"), models.spec("minicpm-v-4.6-q8_0")
    assert larger.text.name == "MiniCPM-V-4_6-Q8_0.gguf"
    assert larger.memory_bytes - usual.memory_bytes == 811_591_616 - 529_101_504


def test_importing_reads_all_of_both_files(tiny: Tiny, tmp_path: Path) -> None:
    files = tiny("5")
    read: list[int] = []
    models.import_files(Path(files.text), Path(files.vision), tmp_path / "models", read.append)
    assert read == sorted(read)
    assert read[-1] == Path(files.text).stat().st_size + Path(files.vision).stat().st_size


def test_a_file_of_the_published_size_with_other_content_is_not_imported(tmp_path: Path) -> None:
    pocket = models.embedded()
    altered = tmp_path / "altered.gguf"
    shutil.copy(pocket.text, altered)
    flip_last_byte(altered)
    with pytest.raises(ModelUnusable, match="has the size of the published file, but not its content"):
        models.import_files(altered, Path(pocket.vision), tmp_path / "models")


def test_a_size_alone_proves_nothing_against_a_file(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, model = tiny("5"), models.spec("minicpm-v-4")
    text, vision = (models.PublishedFile("a.gguf", Path(path).stat().st_size) for path in (files.text, files.vision))
    monkeypatch.setattr(models, "_MODELS", (replace(model, text=text, vision=vision),))
    kept = models.import_files(Path(files.text), Path(files.vision), tmp_path / "models")
    models.check(kept)
    assert not any(seal.published for seal in models.verify(kept).values())


def flip_last_byte(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)[0]
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last ^ 1]))


@pytest.fixture
def imported(copied: ModelFiles, tmp_path: Path) -> ModelFiles:
    """A model whose files came from a disk that does not link: they are its own."""
    kept = models.import_files(Path(copied.text), Path(copied.vision), tmp_path / "models")
    Path(copied.text).unlink()
    Path(copied.vision).unlink()
    return kept


def test_a_bit_that_turned_is_found_before_the_model_is_used(imported: ModelFiles) -> None:
    models.check(imported)
    flip_last_byte(Path(imported.vision))
    assert refusal(imported) == "vision.gguf has changed since it was brought here. Get it again."


def test_a_bit_that_turned_unseen_is_found_by_verifying(imported: ModelFiles) -> None:
    path = Path(imported.vision)
    before = path.stat()
    flip_last_byte(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    models.check(imported)
    with pytest.raises(ModelUnusable, match="has changed since"):
        models.verify(imported)


def test_a_file_that_was_only_touched_is_read_again_once(imported: ModelFiles) -> None:
    path = Path(imported.text)
    os.utime(path, (0, 0))
    models.check(imported)
    seal = seals.get(path)
    assert seal is not None
    assert seal.mtime_ns == 0


def test_an_altered_file_is_not_the_published_one(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(b"model")
    published = models.PublishedFile("a.gguf", 5, hashlib.sha256(b"model").hexdigest())
    assert seals.verify(path, published).published
    path.write_bytes(b"medol")
    with pytest.raises(ModelUnusable, match="its hash differs"):
        seals.verify(path, published)
    path.write_bytes(b"mode")
    with pytest.raises(ModelUnusable, match="has 4 bytes instead of 5"):
        seals.verify(path, published)


def test_an_md5_is_compared_where_no_better_hash_is_known(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(b"model")
    published = models.PublishedFile("a.gguf", md5=hashlib.md5(b"model").hexdigest())
    assert seals.verify(path, published).published
    path.write_bytes(b"medol")
    with pytest.raises(ModelUnusable, match="its hash differs"):
        seals.verify(path, published)


def test_the_catalogue_is_complete() -> None:
    assert models.spec("minicpm-v-4.6").download_bytes == 529_101_504 + 1_108_746_944
    for model in models.catalogue():
        assert model.download_bytes > 0
        assert model.memory_bytes > 0
        assert model.dialect.stops
        assert model.licence
        assert model.languages


def test_every_published_quantisation_has_a_name_and_a_file() -> None:
    for model in models.catalogue():
        for name in model.published_names[1:]:
            assert models.spec(name).text in model.other_texts
            assert models.spec(name).obstacle == model.obstacle
