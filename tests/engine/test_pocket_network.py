"""The pocket model computes in PyTorch what llama.cpp and our own vision runtime make of its GGUF files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="PyTorch is needed for training only")
pytest.importorskip("tokenizers")

from engine import models  # noqa: E402
from engine.gguf_header import read_header  # noqa: E402
from engine.llama.context import Piece, TextContext  # noqa: E402
from engine.llama.text import TextModel  # noqa: E402
from engine.llama.vision import TowerSize  # noqa: E402
from engine.messages import Configuration  # noqa: E402
from engine.pocket import encoding, export, language, preference, things, training  # noqa: E402
from engine.pocket.language import DESCRIBE, Exchange  # noqa: E402
from engine.pocket.material import Material  # noqa: E402
from engine.pocket.network import Dimensions, Pocket, normalised  # noqa: E402
from engine.pocket.palette import NAMES as COLOUR_NAMES  # noqa: E402
from engine.pocket.pictures import picture  # noqa: E402
from engine.pocket.scripts import Face  # noqa: E402
from engine.pocket.training import Phase, Trainer  # noqa: E402
from engine.pocket.truth import Example, Thing, Truth  # noqa: E402
from engine.pocket.vocabulary import END_TURN, build  # noqa: E402
from engine.prompts import POCKET, Markup, View, compose  # noqa: E402
from engine.slicing import plan  # noqa: E402
from engine.tower import Towers  # noqa: E402

MATERIAL = Material((Face("any.ttf"),))
BEACH = Truth("beach", "yellow", (Thing("umbrella", 3, "red", "left"),))
TALK = (Exchange(DESCRIBE, language.description(BEACH)), Exchange("What is this?", "Beach."))


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return build()


@pytest.fixture(scope="module")
def model(tokenizer: Any) -> Pocket:
    """Small, with random weights that are large enough for every part to matter."""
    torch.manual_seed(0)
    of = Dimensions(tokenizer.get_vocab_size(), tower_layers=2, layers=2)
    made = Pocket(of).eval()
    with torch.no_grad():
        for weights in made.parameters():
            weights.add_(0.05 * torch.randn_like(weights))
    return made


@pytest.fixture(scope="module")
def written(model: Pocket, tokenizer: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return export.write(model, tokenizer, tmp_path_factory.mktemp("pocket"), "f32")


@pytest.fixture(params=["onnx", "ggml"])
def eyes(request: pytest.FixtureRequest, written: tuple[Path, Path], tmp_path: Path) -> Iterator[Any]:
    _, vision = written
    size = TowerSize(160, models.merged_patch_px(read_header(vision)))
    towers = Towers(vision, size=size, threads=1, cache=tmp_path)
    with ExitStack() as stack:
        yield stack.enter_context(towers.chosen(request.param))


@pytest.mark.parametrize("size", [(480, 360), (270, 480), (480, 480)])
@pytest.mark.parametrize("slices", [1, 4, 9])
def test_tower_and_resampler_see_the_same(model: Pocket, eyes: Any, size: tuple[int, int], slices: int) -> None:
    slicing = plan(*size, encoding.RULE, slices)
    for shape in {slicing.overview, slicing.slice or slicing.overview}:
        carrier = eyes.carrier(shape)
        pixels = np.random.default_rng(0).integers(0, 256, (carrier.height, carrier.width, 3), np.uint8)
        if carrier != shape:
            continue  # mtmd would resample it: the sizes are tested elsewhere
        with torch.no_grad():
            ours = model.see(normalised(torch.from_numpy(pixels[None])))[0].numpy()
        theirs = eyes.encode(pixels)
        assert theirs.shape == ours.shape
        assert np.linalg.norm(theirs - ours) < 0.03 * np.linalg.norm(ours)


def test_decoder_says_the_same(model: Pocket, tokenizer: Any, written: tuple[Path, Path]) -> None:
    text, _ = written
    slicing = plan(480, 360, encoding.RULE, 2)
    tokens, _ = encoding.encoded(slicing, TALK, tokenizer)
    seen = torch.randn(1, tokens.count(encoding.VIEW_ROW), model.of.width)
    with torch.no_grad():
        rows = model.rows(torch.tensor([tokens]), seen)
        ours = model.decoder.logits(model.decoder(rows))[0, -1].numpy()
    configuration = Configuration(threads=1, flash_attention=False, context_tokens=1024)
    with TextModel(text) as loaded, TextContext(loaded, configuration) as context:
        context.read([Piece(0, 0, rows[0].numpy())])
        theirs = context.logits(0)
        assert np.abs(theirs - ours).max() < 0.02 * ours.std()


def test_llama_cpp_splits_text_as_the_tokenizer_does(tokenizer: Any, written: tuple[Path, Path]) -> None:
    slicing = plan(480, 360, encoding.RULE, 9)
    history = [*encoding.turns(TALK[0])]
    with TextModel(written[0], vocabulary_only=True) as words:
        for number, part in enumerate(compose(POCKET, slicing, "¿Qué se ve? 能看到什么？", history)):
            if not isinstance(part, View):
                expected = words.tokens(part.text, special=isinstance(part, Markup), first=number == 0)
                assert tokenizer.encode(part.text).ids == expected


def test_only_the_answers_are_learnt(tokenizer: Any) -> None:
    tokens, learnt = encoding.encoded(plan(480, 360, encoding.RULE, 1), TALK, tokenizer)
    said = [token for token, mark in zip(tokens, learnt, strict=True) if mark]
    assert tokenizer.decode(said, skip_special_tokens=False) == "".join(each.answer + END_TURN for each in TALK)
    assert tokens.count(encoding.VIEW_ROW) == encoding.RULE.queries


def test_answers_are_the_likeliest_tokens_one_by_one(model: Pocket, tokenizer: Any) -> None:
    tokens, learnt = encoding.encoded(plan(480, 360, encoding.RULE, 1), TALK[:1], tokenizer)
    prompt = torch.tensor([tokens[: learnt.index(True)]])
    seen = torch.randn(1, encoding.RULE.queries, model.of.width)
    (said,) = model.answers(prompt, seen, end=-5, most=6)
    for count in range(6):
        with torch.no_grad():
            logits = model(torch.cat([prompt, torch.tensor([said[:count]], dtype=torch.long)], dim=1), seen)
        assert int(logits[0, -1].argmax()) == said[count]


def test_a_patch_is_of_the_thing_that_covers_enough_of_it() -> None:
    places = np.zeros((320, 480), np.uint8)
    places[:, :240] = 1
    places[100:110, 300:310] = 2  # too little of a patch
    truth = Truth("beach", "yellow", (Thing("umbrella", 1, "red"), Thing("dog", 1, "brown")))
    overview = plan(480, 320, encoding.RULE, 1).overview
    columns = overview.width // encoding.RULE.align_px
    labels = encoding.labels([Example(Image.new("RGB", (480, 320)), truth, places)], overview)
    names, colours = (each.view(-1, columns) for each in (labels.places, labels.place_colours))
    assert (names[:, : columns // 2] == things.NAMES.index("umbrella") + 1).all()
    assert (colours[:, : columns // 2] == COLOUR_NAMES.index("red")).all()
    assert (names[:, (columns + 1) // 2 :] == 0).all() and (colours[:, (columns + 1) // 2 :] == -1).all()


# ---- learning

TINY = (
    Phase("labels", 24, 12, 1e-3),
    Phase("decoder", 12, 12, 1e-3, eyes=False, decoder=True, labels=0.0),
    Phase("instructions", 8, 4, 1e-3, slices=(1, 2), decoder=True, labels=0.2, questions=2),
)


@pytest.fixture
def tiny_training(any_font: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "PHASES", TINY)
    monkeypatch.setattr(training, "Dimensions", lambda vocabulary: Dimensions(vocabulary, tower_layers=1, layers=1))


def weights(trainer: Trainer) -> list[Any]:
    return [each.detach().clone() for each in trainer.model.parameters()]


@pytest.mark.usefixtures("tiny_training")
def test_training_that_was_stopped_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    whole = Trainer(tmp_path / "whole", MATERIAL, lambda _line: None, workers=0, phases=TINY)
    assert whole.train()
    steps = 0

    def after_each() -> bool:
        nonlocal steps
        steps += 1
        return True

    while not Trainer(tmp_path / "parts", MATERIAL, lambda _line: None, workers=0, phases=TINY).train(after_each):
        pass
    assert steps == 5
    parts = Trainer(tmp_path / "parts", MATERIAL, lambda _line: None, workers=0, phases=TINY)
    for one, other in zip(weights(whole), weights(parts), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


@pytest.mark.usefixtures("any_font")
def test_it_learns_what_it_is_shown_again_and_again(tokenizer: Any) -> None:
    torch.manual_seed(0)
    small = Pocket(Dimensions(tokenizer.get_vocab_size(), tower_layers=1, layers=1))
    examples = [
        picture([3, number], MATERIAL, (480, 480), kind) for number, kind in enumerate(("sea", "receipt", "sky"))
    ]
    talks = [[Exchange(DESCRIBE, language.description(example.truth))] for example in examples]
    shown = encoding.batch(examples, 1, talks, tokenizer)
    optimiser = torch.optim.AdamW(small.parameters(), lr=2e-3)
    right = 0.0
    for _ in range(60):
        rows = encoding.seen(small, shown.views)
        loss, right = training.said_loss(small, rows, shown.tokens, shown.learnt)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert right > 0.95


def test_pairs_are_of_answers_that_differ_in_what_is_wrong() -> None:
    true = language.description(BEACH)
    false = language.description(replace(BEACH, kind="sea"))
    shorter = language.description(replace(BEACH, things=()))
    assert preference.best_and_worst([false, true, false], BEACH) == preference.Pair(true, false)
    assert preference.best_and_worst([true, shorter], BEACH) == preference.Pair(true, shorter)
    assert preference.best_and_worst([true, true], BEACH) is None


@pytest.mark.usefixtures("any_font")
def test_alignment_moves_only_the_decoder(model: Pocket, tokenizer: Any) -> None:
    told: list[str] = []
    before = {name: each.clone() for name, each in model.state_dict().items()}
    aligned = preference.align(model, tokenizer, MATERIAL, rounds=1, seed=1, told=told.append)
    moved = {name for name, each in aligned.state_dict().items() if not torch.equal(each, before[name])}
    assert all(name.startswith("decoder.") for name in moved)
    model.load_state_dict(before)


@pytest.mark.usefixtures("any_font")
def test_files_of_a_training_can_be_measured(written: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Random weights say nothing right, and that is what is found."""
    from engine.evaluation import pocket

    monkeypatch.setattr(pocket, "DOCUMENTS", ("receipt",))
    monkeypatch.setattr(pocket, "SCENES", ("sea",))
    monkeypatch.setattr(pocket, "VIEWS", (1, 5))
    monkeypatch.setattr(pocket, "_NOISES", 2)
    monkeypatch.setattr(pocket, "unseen_material", lambda: MATERIAL)
    result = pocket.measure(written[0].parent, each=1)
    assert result.pictures == 2
    assert [way.most_views for way in result.by_views] == [1, 5]
    assert all(way.wrong == 1 and way.seconds > 0 for way in result.by_views)
    assert result.unknown == {"drawn": 0, "noise": 0} and result.known == 0
    assert set(result.questions) == set(language.WORDS)
    assert any(line.startswith("| 5 views |") for line in pocket.table(result))


def test_precisions_differ_in_size_and_open_as_the_pocket_model(
    model: Pocket, tokenizer: Any, written: tuple[Path, Path], tmp_path: Path
) -> None:
    sizes = []
    for precision in ("q4_0", "q8_0"):
        text, vision = export.write(model, tokenizer, tmp_path / precision, precision)
        sizes.append(text.stat().st_size + vision.stat().st_size)
        rule = models.slice_rule(read_header(vision), 9)
        assert rule == encoding.RULE
    sizes.append(sum(path.stat().st_size for path in written))
    assert sizes == sorted(sizes)
