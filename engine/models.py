"""The models Tintype knows, those that are here, and whether their files are whole and belong together."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from engine import descriptions, prompts
from engine.descriptions import Task
from engine.errors import ModelUnusable
from engine.gguf_header import GgufHeader, read_header
from engine.messages import ModelFiles
from engine.prompts import Dialect
from engine.slicing import SliceRule

_ASSETS = Path(__file__).resolve().parent.parent / "assets" / "models"
_TEXT, _VISION = "text.gguf", "vision.gguf"
_CHUNK_BYTES = 1 << 22

_APACHE = "Apache-2.0"
_OPENBMB = "MiniCPM Model License"
_MANY_LANGUAGES = "English, Chinese and some 30 more"


@dataclass(frozen=True)
class PublishedFile:
    """A GGUF as its authors publish it. None: the figure is not known to us."""

    name: str
    size_bytes: int | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class CatalogueModel:
    """A model that can be used here. `talks`: it can hold a conversation; `memory_bytes`: about what it needs."""

    name: str
    title: str
    licence: str
    languages: str
    memory_bytes: int | None
    repository: str
    text: PublishedFile
    vision: PublishedFile
    dialect: Dialect
    task: Task
    slicing: SliceRule
    talks: bool = True

    @property
    def download_bytes(self) -> int | None:
        if self.text.size_bytes is None or self.vision.size_bytes is None:
            return None
        return self.text.size_bytes + self.vision.size_bytes


_POCKET = CatalogueModel(
    name="pocket",
    title="Pocket, ours: tells the kind and colour of a picture; cannot read or talk",
    licence=_APACHE,
    languages="none",
    memory_bytes=120_000_000,
    repository="",
    text=PublishedFile(
        "pocket-text.gguf", 3_517_952, "570a7d852c2278033a6d465ba3a33d84bdc7bdc3fffd2f1ff9b3bb9fe4cc7515"
    ),
    vision=PublishedFile(
        "pocket-mmproj.gguf", 4_245_120, "d8823e601fc5a91f4b3de74851da1b71d646b8ccb45f35cf2dba951061e3ba6c"
    ),
    dialect=prompts.POCKET,
    task=descriptions.POCKET,
    slicing=SliceRule(view_px=256, align_px=16, most_slices=1, queries=128),  # it never saw slices
    talks=False,
)

_MODELS = (
    CatalogueModel(
        name="minicpm-v-4.6",
        title="MiniCPM-V 4.6, 1.3B: for laptops with little memory",
        licence=_APACHE,
        languages="English, Chinese",
        memory_bytes=2_440_000_000,
        repository="openbmb/MiniCPM-V-4.6-gguf",
        text=PublishedFile(
            "MiniCPM-V-4_6-Q4_K_M.gguf",
            529_101_504,
            "6b0c74962c44bc6bf4b655b9b02c13eda9d5a0491543ae976d1ac18e4b7892e2",
        ),
        vision=PublishedFile(
            "mmproj-model-f16.gguf",
            1_108_746_944,
            "ca931d861d0801d9003e50697cd764721a334107c0e0415a51168ee1938462de",
        ),
        dialect=prompts.QWEN35,
        task=descriptions.FULL,
        slicing=SliceRule(align_px=56, most_slices=36, queries=None, token_px=56),
    ),
    CatalogueModel(
        name="minicpm-v-4.5",
        title="MiniCPM-V 4.5, 8.7B: the best, and slow without a GPU",
        licence=_APACHE,
        languages=_MANY_LANGUAGES,
        memory_bytes=8_000_000_000,
        repository="openbmb/MiniCPM-V-4_5-gguf",
        text=PublishedFile("MiniCPM-V-4_5-Q4_K_M.gguf", 5_026_714_304),
        vision=PublishedFile("mmproj-model-f16.gguf", 1_095_113_184),
        dialect=prompts.QWEN3,
        task=descriptions.FULL,
        slicing=SliceRule(),
    ),
    CatalogueModel(
        name="minicpm-v-4",
        title="MiniCPM-V 4.0, 4.1B: between the two",
        licence=_APACHE,
        languages="English, Chinese",
        memory_bytes=4_800_000_000,
        repository="openbmb/MiniCPM-V-4-gguf",
        text=PublishedFile("ggml-model-Q4_K_M.gguf"),
        vision=PublishedFile("mmproj-model-f16.gguf"),
        dialect=prompts.CHATML,
        task=descriptions.FULL,
        slicing=SliceRule(),
    ),
    CatalogueModel(
        name="minicpm-v-2.6",
        title="MiniCPM-V 2.6, 8.1B",
        licence=_OPENBMB,
        languages=_MANY_LANGUAGES,
        memory_bytes=8_000_000_000,
        repository="openbmb/MiniCPM-V-2_6-gguf",
        text=PublishedFile(
            "ggml-model-Q4_K_M.gguf", sha256="3a4078d53b46f22989adbf998ce5a3fd090b6541f112d7e936eb4204a04100b1"
        ),
        vision=PublishedFile(
            "mmproj-model-f16.gguf", sha256="4485f68a0f1aa404c391e788ea88ea653c100d8e98fe572698f701e5809711fd"
        ),
        dialect=prompts.CHATML,
        task=descriptions.FULL,
        slicing=SliceRule(),
    ),
    CatalogueModel(
        name="minicpm-o-2.6",
        title="MiniCPM-o 2.6, 8.7B; of what it can, seeing and talking are used",
        licence=_OPENBMB,
        languages=_MANY_LANGUAGES,
        memory_bytes=8_000_000_000,
        repository="openbmb/MiniCPM-o-2_6-gguf",
        text=PublishedFile("Model-7.6B-Q4_K_M.gguf"),
        vision=PublishedFile("mmproj-model-f16.gguf"),
        dialect=prompts.CHATML,
        task=descriptions.FULL,
        slicing=SliceRule(),
    ),
    CatalogueModel(
        name="minicpm-llama3-v-2.5",
        title="MiniCPM-Llama3-V 2.5, 8.5B",
        licence=_OPENBMB,
        languages=_MANY_LANGUAGES,
        memory_bytes=8_000_000_000,
        repository="openbmb/MiniCPM-Llama3-V-2_5-gguf",
        text=PublishedFile("ggml-model-Q4_K_M.gguf"),
        vision=PublishedFile("mmproj-model-f16.gguf"),
        dialect=prompts.LLAMA3,
        task=descriptions.FULL,
        slicing=SliceRule(queries=96),
    ),
)

_BY_VERSION = {
    "2": "minicpm-llama3-v-2.5",
    "3": "minicpm-v-2.6",
    "4": "minicpm-o-2.6",
    "5": "minicpm-v-4",
    "6": "minicpm-v-4.5",
    "4_6": "minicpm-v-4.6",
}
_RANDOM = "random-"  # names of engine.random_weights: "random-5" has the architecture of version 5


def catalogue() -> tuple[CatalogueModel, ...]:
    """Every model that can be used: ours first, then the others from the newest."""
    return (_POCKET, *_MODELS)


def spec(name: str) -> CatalogueModel:
    """The model of that name, also of random weights. Raises ModelUnusable."""
    if name.startswith(_RANDOM) and (version := name.removeprefix(_RANDOM)) in _BY_VERSION:
        imitated = spec(_BY_VERSION[version])
        nothing = PublishedFile("")
        title = f"Random weights of the architecture of {imitated.title.partition(',')[0]}: words are noise"
        return replace(imitated, name=name, title=title, licence=_APACHE, text=nothing, vision=nothing, talks=False)
    for model in catalogue():
        if model.name == name:
            return model
    raise ModelUnusable(f"There is no model called {name}. There are: {', '.join(m.name for m in catalogue())}.")


def embedded() -> ModelFiles:
    """The pocket model, which comes with Tintype."""
    folder = _ASSETS / _POCKET.name
    return ModelFiles(_POCKET.name, str(folder / _POCKET.text.name), str(folder / _POCKET.vision.name))


def installed(models_folder: Path) -> list[ModelFiles]:
    """The models that were put into `models_folder`, in the catalogue's order."""
    kept = [_files(models_folder, model.name) for model in catalogue()]
    return [files for files in kept if Path(files.text).is_file() and Path(files.vision).is_file()]


def import_files(text: Path, vision: Path, models_folder: Path) -> ModelFiles:
    """Checks two GGUF files of the person's and keeps them: linked where the disk allows it, copied where not.

    Raises ModelUnusable; then nothing has changed.
    """
    name = _check_pair(text, vision)
    kept = _files(models_folder, name)
    try:
        Path(kept.text).parent.mkdir(parents=True, exist_ok=True)
        _keep(text, Path(kept.text))
        _keep(vision, Path(kept.vision))
    except OSError as error:
        raise ModelUnusable(f"The model could not be kept in {models_folder}: {error.strerror}.") from error
    return kept


def check(files: ModelFiles) -> None:
    """Raises ModelUnusable unless both files are whole and belong together; reads no weights."""
    spec(files.name)
    _check_pair(Path(files.text), Path(files.vision))


def verify(path: Path, published: PublishedFile, on_progress: Callable[[int], None] = lambda _bytes: None) -> None:
    """Compares a file with what was published, by size and SHA-256 as far as known; reads all of it.

    `on_progress` is told how many bytes were read so far. Raises ModelUnusable.
    """
    size = path.stat().st_size
    if published.size_bytes is not None and size != published.size_bytes:
        raise ModelUnusable(f"{path.name} has {size:,} bytes instead of {published.size_bytes:,}. Get it again.")
    if published.sha256 is None:
        return
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            on_progress(done := done + len(chunk))
    if digest.hexdigest() != published.sha256:
        raise ModelUnusable(f"{path.name} is not the file that was published: its SHA-256 differs. Get it again.")


def slice_rule(vision: GgufHeader, most_slices: int) -> SliceRule:
    """The rule by what the vision file says of itself; only how many slices it was trained for is not in it."""
    view_px, patch_px = vision.values["clip.vision.image_size"], vision.values["clip.vision.patch_size"]
    if _version(vision) == "4_6":
        merged = vision.values.get("clip.vision.projector.scale_factor", 4)
        return SliceRule(view_px, patch_px * 4, most_slices, queries=None, token_px=patch_px * merged)
    return SliceRule(view_px, patch_px, most_slices, queries=vision.tensors["resampler.query"][1])


def merged_patch_px(vision: GgufHeader) -> int:
    """What llama.cpp aligns the sides of a view to: a patch, or as many as become one token."""
    patch_px: int = vision.values["clip.vision.patch_size"]
    return patch_px * (vision.values.get("clip.vision.projector.scale_factor", 4) if _version(vision) == "4_6" else 1)


def _files(models_folder: Path, name: str) -> ModelFiles:
    return ModelFiles(name, str(models_folder / name / _TEXT), str(models_folder / name / _VISION))


def _keep(source: Path, target: Path) -> None:
    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    try:
        os.link(source, part)
    except OSError:
        shutil.copyfile(source, part)
    part.replace(target)


def _check_pair(text: Path, vision: Path) -> str:
    """The catalogue's name of what the two files are."""
    text_header, vision_header = read_header(text), read_header(vision)
    if text_header.architecture == "clip" and vision_header.architecture not in ("clip", ""):
        raise ModelUnusable(f"{text.name} is the vision part and {vision.name} the language part: swap them.")
    if text_header.architecture in ("clip", ""):
        raise ModelUnusable(f"{text.name} is not the language part of a model.")
    if vision_header.architecture != "clip":
        raise ModelUnusable(f"{vision.name} is not the vision part (mmproj) of a model.")
    for path, header in ((text, text_header), (vision, vision_header)):
        if header.missing_bytes:
            raise ModelUnusable(f"{path.name} is cut short: {header.missing_bytes:,} bytes are missing. Get it again.")
    version = _version(vision_header)
    if version not in _BY_VERSION:
        raise ModelUnusable(f"{vision.name} is not of a MiniCPM-V that is known here.")
    sees_in, reads_in = (
        _vision_width(vision_header),
        text_header.values.get(f"{text_header.architecture}.embedding_length"),
    )
    if sees_in != reads_in:
        raise ModelUnusable(
            f"{text.name} and {vision.name} belong to different models: one is {reads_in} wide, the other {sees_in}."
        )
    return _BY_VERSION[version]


def _version(vision: GgufHeader) -> str:
    if vision.values.get("clip.projector_type") == "minicpmv4_6":
        return "4_6"
    return str(vision.values.get("clip.minicpmv_version", ""))


def _vision_width(vision: GgufHeader) -> int | None:
    """How wide the embeddings are that the vision part makes; None where the tensor that says so is not there."""
    tensor, dimension = ("mm.down.weight", 1) if _version(vision) == "4_6" else ("resampler.query", 0)
    dimensions = vision.tensors.get(tensor, ())
    return dimensions[dimension] if len(dimensions) > dimension else None
