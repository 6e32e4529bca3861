"""The models Tintype knows, those that are here, and whether their files are whole and belong together."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gguf.constants import LlamaFileType

from engine import descriptions, prompts, seals
from engine.descriptions import Task
from engine.errors import ModelUnusable
from engine.gguf_header import GgufHeader, read_header
from engine.messages import ModelFiles
from engine.prompts import Dialect
from engine.seals import PublishedFile as PublishedFile
from engine.seals import Seal
from engine.slicing import SliceRule

_ASSETS = Path(__file__).resolve().parent.parent / "assets" / "models"
_TEXT, _VISION = "text.gguf", "vision.gguf"
_QUANTISATIONS = {kind.value: kind.name.removeprefix("MOSTLY_").lower() for kind in LlamaFileType}
_USUAL = "q4_k_m"

_APACHE = "Apache-2.0"
_OPENBMB = "MiniCPM Model License"
_MANY_LANGUAGES = "English, Chinese and some 30 more"


@dataclass(frozen=True)
class Sampling:
    """How freely an answer's words are chosen. The defaults are those the authors document for every GGUF of MiniCPM-V.

    The seed is fixed: the same question about the same picture is answered the same, also after a crash.
    """

    temperature: float = 0.7
    top_k: int = 100
    top_p: float = 0.8
    repeat_penalty: float = 1.05
    repeat_tokens: int = 64
    seed: int = 0


@dataclass(frozen=True)
class CatalogueModel:
    """A model that can be used here.

    `talks`: it can hold a conversation; `memory_bytes`: what its process takes, measured on one photo with a context of
    4,096 tokens and random weights of its dimensions; `cores`: how many make it bearable without an accelerator;
    `obstacle`: why it cannot be downloaded, empty where it can; `other_texts`: the other quantisations of its language
    part. Template, stop tokens and how it is kept from thinking aloud are its `dialect`.
    """

    name: str
    title: str
    licence: str
    languages: str
    memory_bytes: int
    repository: str
    text: PublishedFile
    vision: PublishedFile
    dialect: Dialect
    task: Task
    slicing: SliceRule
    talks: bool = True
    revision: str = "main"
    other_texts: tuple[PublishedFile, ...] = ()
    cores: int = 1
    sampling: Sampling = field(default=Sampling())
    obstacle: str = ""

    @property
    def short_title(self) -> str:
        return self.title.partition(",")[0]

    @property
    def published_names(self) -> tuple[str, ...]:
        """The names under which spec() knows its published quantisations."""
        others = (file.name.removesuffix(".gguf").rpartition("-")[2].lower() for file in self.other_texts)
        return (self.name, *(f"{self.name}-{quantisation}" for quantisation in others))

    @property
    def download_bytes(self) -> int:
        """How large its files are together; rounded where the authors round."""
        return self.text.about_bytes + self.vision.about_bytes


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
    obstacle="It comes with Tintype.",
)

_MODELS = (
    CatalogueModel(
        name="minicpm-v-4.6",
        title="MiniCPM-V 4.6, 1.3B: for laptops with little memory",
        licence=_APACHE,
        languages="English, Chinese",
        memory_bytes=2_440_000_000,
        repository="openbmb/MiniCPM-V-4.6-gguf",
        revision="afe9accb78d2995d214cd912920c9c92f4015faa",
        text=PublishedFile(
            "MiniCPM-V-4_6-Q4_K_M.gguf",
            529_101_504,
            "6b0c74962c44bc6bf4b655b9b02c13eda9d5a0491543ae976d1ac18e4b7892e2",
        ),
        other_texts=(
            PublishedFile(
                "MiniCPM-V-4_6-Q5_K_M.gguf",
                577_802_944,
                "513be695adfbf81ab0e6c18835eba887b74d13ed1ecb6931b85ac65ab5726e32",
            ),
            PublishedFile(
                "MiniCPM-V-4_6-Q8_0.gguf",
                811_591_616,
                "5cc8be0b5fb0c5bd3ad4e017000a9055a4e7dd09ca41a068dfb245e43d7422e4",
            ),
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
        memory_bytes=10_300_000_000,
        repository="openbmb/MiniCPM-V-4_5-gguf",
        text=PublishedFile("MiniCPM-V-4_5-Q4_K_M.gguf", 5_026_714_304),
        vision=PublishedFile("mmproj-model-f16.gguf", 1_095_113_184),
        dialect=prompts.QWEN3,
        task=descriptions.FULL,
        slicing=SliceRule(),
        cores=8,
    ),
    CatalogueModel(
        name="minicpm-v-4",
        title="MiniCPM-V 4.0, 4.1B: between the two",
        licence=_APACHE,
        languages="English, Chinese",
        memory_bytes=5_000_000_000,
        repository="openbmb/MiniCPM-V-4-gguf",
        text=PublishedFile("ggml-model-Q4_K_M.gguf", rounded_bytes=2_190_000_000),
        other_texts=(
            PublishedFile("ggml-model-Q4_0.gguf", rounded_bytes=2_080_000_000, md5="8fc4cc88e5ea73472ae795b57a0e7fdd"),
        ),
        vision=PublishedFile(
            "mmproj-model-f16.gguf", rounded_bytes=959_000_000, md5="fe15375bb4c579858df6054d2a8b639d"
        ),
        dialect=prompts.CHATML_4,
        task=descriptions.FULL,
        slicing=SliceRule(),
        cores=4,
    ),
    CatalogueModel(
        name="minicpm-v-2.6",
        title="MiniCPM-V 2.6, 8.1B",
        licence=_OPENBMB,
        languages=_MANY_LANGUAGES,
        memory_bytes=10_300_000_000,
        repository="openbmb/MiniCPM-V-2_6-gguf",
        text=PublishedFile(
            "ggml-model-Q4_K_M.gguf",
            sha256="3a4078d53b46f22989adbf998ce5a3fd090b6541f112d7e936eb4204a04100b1",
            rounded_bytes=4_680_000_000,
        ),
        vision=PublishedFile(
            "mmproj-model-f16.gguf",
            sha256="4485f68a0f1aa404c391e788ea88ea653c100d8e98fe572698f701e5809711fd",
            rounded_bytes=1_040_000_000,
        ),
        dialect=prompts.CHATML,
        task=descriptions.FULL,
        slicing=SliceRule(),
        cores=8,
    ),
    CatalogueModel(
        name="minicpm-o-2.6",
        title="MiniCPM-o 2.6, 8.7B; of what it can, seeing and talking are used",
        licence=_OPENBMB,
        languages=_MANY_LANGUAGES,
        memory_bytes=10_300_000_000,
        repository="openbmb/MiniCPM-o-2_6-gguf",
        text=PublishedFile("Model-7.6B-Q4_K_M.gguf", rounded_bytes=4_680_000_000),
        other_texts=(
            PublishedFile("Model-7.6B-Q4_0.gguf", rounded_bytes=4_430_000_000),
            PublishedFile("Model-7.6B-Q5_K_M.gguf", rounded_bytes=5_440_000_000),
            PublishedFile("Model-7.6B-Q6_K.gguf", rounded_bytes=6_250_000_000),
            PublishedFile("Model-7.6B-Q8_0.gguf", rounded_bytes=8_100_000_000),
        ),
        vision=PublishedFile("mmproj-model-f16.gguf", rounded_bytes=1_040_000_000),
        dialect=prompts.CHATML,
        task=descriptions.FULL,
        slicing=SliceRule(),
        cores=8,
    ),
    CatalogueModel(
        name="minicpm-llama3-v-2.5",
        title="MiniCPM-Llama3-V 2.5, 8.5B",
        licence=_OPENBMB,
        languages=_MANY_LANGUAGES,
        memory_bytes=10_300_000_000,
        repository="openbmb/MiniCPM-Llama3-V-2_5-gguf",
        text=PublishedFile("ggml-model-Q4_K_M.gguf", rounded_bytes=4_920_000_000),
        other_texts=(PublishedFile("ggml-model-Q2_K.gguf", rounded_bytes=3_180_000_000),),
        vision=PublishedFile("mmproj-model-f16.gguf", rounded_bytes=1_030_000_000),
        dialect=prompts.LLAMA3,
        task=descriptions.FULL,
        slicing=SliceRule(queries=96),
        cores=8,
        obstacle="llama.cpp's authors report the published file to be corrupted; import files from elsewhere instead.",
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
_OWN = PublishedFile("")  # a file that nobody published
_POCKET_VISION = "pocket-mmproj"  # the vision file's name for itself; its version is that of MiniCPM-V 4.5
_RANDOM = "random-"  # names of engine.random_weights: "random-5" has the architecture of version 5


def catalogue() -> tuple[CatalogueModel, ...]:
    """Every model that can be used: ours first, then the others from the newest."""
    return (_POCKET, *_MODELS)


def spec(name: str) -> CatalogueModel:
    """The model of that name, also of another quantisation or of random weights. Raises ModelUnusable."""
    if name.startswith(_RANDOM) and (version := name.removeprefix(_RANDOM)) in _BY_VERSION:
        imitated = spec(_BY_VERSION[version])
        title = f"Random weights of the architecture of {imitated.short_title}: words are noise"
        return replace(imitated, name=name, title=title, licence=_APACHE, text=_OWN, vision=_OWN, talks=False)
    for model in catalogue():
        if model.name == name:
            return model
        quantisation = name.removeprefix(f"{model.name}-")
        if quantisation != name and quantisation in _QUANTISATIONS.values():
            return _quantised(model, quantisation)
    raise ModelUnusable(f"There is no model called {name}. There are: {', '.join(m.name for m in catalogue())}.")


def of_version(version: str) -> CatalogueModel:
    """The model of a version as vision files count them, one of "2", "3", "4", "5", "6", "4_6"."""
    return spec(_BY_VERSION[version])


def _quantised(model: CatalogueModel, quantisation: str) -> CatalogueModel:
    """The model with another language part: a published one, or one that a person made."""
    ending = f"-{quantisation}.gguf"
    text = next((text for text in model.other_texts if text.name.lower().endswith(ending)), _OWN)
    grown_bytes = text.about_bytes - model.text.about_bytes if text is not _OWN else 0
    return replace(
        model,
        name=f"{model.name}-{quantisation}",
        title=f"{model.short_title}, {quantisation.upper()}",
        memory_bytes=model.memory_bytes + grown_bytes,
        text=text,
        other_texts=(),
        obstacle=model.obstacle if text is not _OWN else "Its authors do not publish this quantisation.",
    )


def embedded() -> ModelFiles:
    """The pocket model, which comes with Tintype."""
    folder = _ASSETS / _POCKET.name
    return ModelFiles(_POCKET.name, str(folder / _POCKET.text.name), str(folder / _POCKET.vision.name))


def installed(models_folder: Path) -> list[ModelFiles]:
    """The models that were put into `models_folder`, in the catalogue's order, each in all its quantisations."""
    kept = [files_of(models_folder, name) for model in catalogue() for name in _names(model)]
    return [files for files in kept if Path(files.text).is_file() and Path(files.vision).is_file()]


def here(models_folder: Path) -> list[ModelFiles]:
    """The models that can be used now: the embedded one and those installed."""
    return [embedded(), *installed(models_folder)]


def known(models_folder: Path) -> list[CatalogueModel]:
    """The catalogue, and beyond it other quantisations that are installed."""
    published = {model.name for model in catalogue()}
    return [*catalogue(), *(spec(files.name) for files in installed(models_folder) if files.name not in published)]


def pair(files: Sequence[Path]) -> tuple[Path, Path]:
    """The language part and the vision part among two files, in whichever order they come. Raises ModelUnusable."""
    if len(files) != 2:
        raise ModelUnusable("A model is two GGUF files: the language part and the vision part (mmproj).")
    text, vision = sorted(files, key=lambda path: read_header(path).architecture == "clip")
    return text, vision


def remove(models_folder: Path, name: str) -> None:
    """Takes an installed model off the disk, and what came of it so far where it was not whole."""
    shutil.rmtree(Path(files_of(models_folder, name).text).parent, ignore_errors=True)


def files_of(models_folder: Path, name: str) -> ModelFiles:
    """Where a model's files lie once it is installed."""
    return ModelFiles(name, str(models_folder / name / _TEXT), str(models_folder / name / _VISION))


def import_files(
    text: Path, vision: Path, models_folder: Path, on_progress: Callable[[int], None] = lambda _bytes: None
) -> ModelFiles:
    """Checks two GGUF files of the person's, reading all of both, and keeps them: linked where the disk allows it.

    `on_progress` is told how many bytes were read. Raises ModelUnusable; then nothing has changed.
    """
    name = _check_pair(text, vision)
    known = spec(name)
    try:
        found = _sealed(text, (known.text, *known.other_texts), on_progress)
        seen = _sealed(vision, (known.vision,), _after(found.size_bytes, on_progress))
        kept = files_of(models_folder, name)
        Path(kept.text).parent.mkdir(parents=True, exist_ok=True)
        seals.keep(text, Path(kept.text), found)
        seals.keep(vision, Path(kept.vision), seen)
    except OSError as error:
        raise ModelUnusable(f"The model could not be kept in {models_folder}: {error.strerror}.") from error
    return kept


def check(files: ModelFiles) -> None:
    """Raises ModelUnusable unless both files are whole, belong together and are what they were when last verified.

    Reads all of a file only where it was touched since then.
    """
    known = spec(files.name)
    name = _check_pair(Path(files.text), Path(files.vision))
    expected = _BY_VERSION.get(files.name.removeprefix(_RANDOM), known.name)
    if _family(name) != _family(expected):
        raise ModelUnusable(f"The files of {files.name} are those of {name}. Import them again.")
    for path, published in _parts(files):
        seals.check(path, published)


def verify(files: ModelFiles, on_progress: Callable[[int], None] = lambda _bytes: None) -> dict[str, Seal]:
    """Reads all of both files and compares them with what was published, or else with what they were on arrival.

    Returns what was found by file name; `on_progress` is told how many bytes were read. Raises ModelUnusable.
    """
    _check_pair(Path(files.text), Path(files.vision))
    found: dict[str, Seal] = {}
    for path, published in _parts(files):
        read_before = sum(seal.size_bytes for seal in found.values())
        found[path.name] = seals.verify(path, published, _after(read_before, on_progress))
    return found


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


def embedding_size(vision: GgufHeader) -> int | None:
    """How wide the embeddings are that the vision part makes; None where the tensor that says so is not there."""
    tensor, dimension = ("mm.down.weight", 1) if _version(vision) == "4_6" else ("resampler.query", 0)
    dimensions = vision.tensors.get(tensor, ())
    return dimensions[dimension] if len(dimensions) > dimension else None


def _names(model: CatalogueModel) -> Iterator[str]:
    yield model.name
    yield from (f"{model.name}-{quantisation}" for quantisation in _QUANTISATIONS.values() if quantisation != _USUAL)


def _family(name: str) -> str:
    """The catalogue's name without the quantisation."""
    return next(model.name for model in catalogue() if name == model.name or name in _names(model))


def _parts(files: ModelFiles) -> Iterator[tuple[Path, PublishedFile]]:
    known = spec(files.name)
    yield Path(files.text), known.text
    yield Path(files.vision), known.vision


def _after(read_before: int, on_progress: Callable[[int], None]) -> Callable[[int], None]:
    return lambda done_bytes: on_progress(read_before + done_bytes)


def _sealed(path: Path, published: tuple[PublishedFile, ...], on_progress: Callable[[int], None]) -> Seal:
    """What the person's file is. Raises ModelUnusable where it has a published file's size but not its hash."""
    found = seals.seal(path, published, on_progress)
    proof = [file for file in published if file.size_bytes == found.size_bytes and (file.sha256 or file.md5)]
    if proof and not found.published:
        raise ModelUnusable(f"{path.name} has the size of the published file, but not its content. Get it again.")
    return found


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
    pocket = vision_header.values.get("general.name") == _POCKET_VISION
    if version not in _BY_VERSION:
        raise ModelUnusable(f"{vision.name} is not of a MiniCPM-V that is known here.")
    sees_in, reads_in = (
        embedding_size(vision_header),
        text_header.values.get(f"{text_header.architecture}.embedding_length"),
    )
    if sees_in != reads_in:
        raise ModelUnusable(
            f"{text.name} and {vision.name} belong to different models: one is {reads_in} wide, the other {sees_in}."
        )
    return _POCKET.name if pocket else _named(_BY_VERSION[version], text_header)


def _named(model: str, text: GgufHeader) -> str:
    """The model's name, with its quantisation where that is not the usual one."""
    quantisation = _QUANTISATIONS.get(text.values.get("general.file_type", -1), _USUAL)
    return model if quantisation == _USUAL else f"{model}-{quantisation}"


def _version(vision: GgufHeader) -> str:
    if vision.values.get("clip.projector_type") == "minicpmv4_6":
        return "4_6"
    return str(vision.values.get("clip.minicpmv_version", ""))
