"""The model itself, in this process: what must hold between our slicing and llama.cpp."""

from __future__ import annotations

import ctypes
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_cpp import llama_cpp, mtmd_cpp
from numpy.typing import NDArray

from engine import looker, models, prompts, views
from engine.descriptions import FULL, Seen
from engine.errors import Cancelled, ContextFull, EngineError, ModelUnusable, PictureUnusable
from engine.gguf_header import read_header
from engine.llama.context import Piece, TextContext
from engine.llama.samplers import Grammar
from engine.llama.text import TextModel
from engine.llama.vision import TowerSize, VisionTower, carrier_size, overview_of
from engine.looker import Looker
from engine.messages import Ask, Configuration, Describe, ModelFiles, Picture, Setup, Token, Turn
from engine.parts import Parts
from engine.random_weights import VERSIONS
from engine.sampling import GREEDY, Chooser
from engine.scheduler import Scheduler
from engine.schema import Choice, Form, Texts
from engine.slicing import Size, SliceRule, plan

Tiny = Callable[[str], ModelFiles]
MakePicture = Callable[[int, int], Picture]

NEVER = threading.Event()


def ignore(_message: object) -> None:
    pass


def opened(files: ModelFiles, **changes: Any) -> AbstractContextManager[Looker]:
    """A looker with one thread, in the configuration that `changes` says."""
    return looker.opened(Setup(files, threads=1, configuration=Configuration(threads=1, **changes)))


@contextmanager
def loaded(files: ModelFiles, **changes: Any) -> Iterator[tuple[TextModel, VisionTower, TextContext]]:
    """A model's parts, as engine.looker puts them together."""
    size = TowerSize(448, models.merged_patch_px(read_header(Path(files.vision))))
    with ExitStack() as stack:
        model = stack.enter_context(TextModel(Path(files.text)))
        tower = stack.enter_context(VisionTower(Path(files.vision), size=size, threads=1))
        yield model, tower, stack.enter_context(TextContext(model, Configuration(threads=1, **changes)))


def words(model: TextModel, tokens: list[int], position: int = 0) -> Piece:
    """Tokens for sequence 0."""
    return Piece(0, position, model.embed(tokens))


def mtmds_own_logits(
    prompt: str, picture: Picture, model: TextModel, vision: str, context: TextContext
) -> NDArray[np.float32]:
    """What follows a prompt when mtmd slices the picture and places the views itself."""
    parameters = mtmd_cpp.mtmd_context_params_default()
    parameters.n_threads, parameters.warmup, parameters.print_timings = 1, False, False
    eyes = mtmd_cpp.mtmd_init_from_file(vision.encode(), model.pointer, parameters)
    text = mtmd_cpp.mtmd_input_text()
    data = prompt.encode()
    text.text, text.text_len, text.add_special, text.parse_special = data, len(data), True, True
    pixels = np.frombuffer(picture.rgb, np.uint8)
    pointer = pixels.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
    bitmap = mtmd_cpp.mtmd_bitmap_init(picture.width, picture.height, pointer)
    chunks = mtmd_cpp.mtmd_input_chunks_init()
    assert mtmd_cpp.mtmd_tokenize(eyes, chunks, ctypes.byref(text), (ctypes.c_void_p * 1)(bitmap), 1) == 0
    after = llama_cpp.llama_pos(0)
    evaluated = mtmd_cpp.mtmd_helper_eval_chunks(eyes, context.pointer, chunks, 0, 0, 512, True, ctypes.byref(after))
    assert evaluated == 0
    values = llama_cpp.llama_get_logits_ith(context.pointer, -1)
    logits = np.ctypeslib.as_array(values, (model.vocabulary_size,)).copy()
    mtmd_cpp.mtmd_input_chunks_free(chunks)
    mtmd_cpp.mtmd_bitmap_free(bitmap)
    mtmd_cpp.mtmd_free(eyes)
    context.forget(0)
    return logits


def our_logits(
    spec: models.CatalogueModel,
    picture: Picture,
    model: TextModel,
    tower: VisionTower,
    context: TextContext,
    question: str = "Who?",
) -> NDArray[np.float32]:
    """What follows a question when we slice and place."""
    parts = Parts(lambda: nullcontext(tower), lambda: nullcontext(context), together=True)
    configuration = Configuration(threads=1, context_tokens=context.size_tokens)
    with Scheduler(model, parts, most_patient=1) as scheduler:
        how = {"configuration": configuration, "loading": "together", "at_once": 1}
        alone = Looker(spec, spec.slicing, model, tower, scheduler, **how)
        alone.ask(Ask(1, (picture,), question, max_tokens=1), ignore, NEVER)
        logits = context.logits(0).copy()
    context.forget(0)
    return logits


def both_logits(files: ModelFiles, picture: Picture, **changes: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Ours and mtmd's of a picture that both cut alike."""
    spec = models.spec(files.name)
    spec = replace(spec, dialect=replace(spec.dialect, before_overview="<image>"))  # mtmd writes no image number
    question = "".join(
        part.text
        for part in prompts.compose(spec.dialect, [plan(100, 100, spec.slicing)], "Who?")
        if not isinstance(part, prompts.View)
    ).replace("<image></image>", "<__media__>")
    with loaded(files, **changes) as (model, tower, context):
        theirs = mtmds_own_logits(question, picture, model, files.vision, context)
    with loaded(files, **changes) as (model, tower, context):
        return our_logits(spec, picture, model, tower, context), theirs


CUT_ALIKE = (896, 448)  # 2 x 1 slices of 448 x 448 without resampling


@pytest.mark.parametrize("version", VERSIONS)
def test_where_the_plans_agree_our_views_give_mtmds_logits_to_the_bit(
    tiny: Tiny, make_picture: MakePicture, version: str
) -> None:
    """Though read in one step instead of one for each view and for what stands between two."""
    ours, theirs = both_logits(tiny(version), make_picture(*CUT_ALIKE), flash_attention=False)
    assert np.array_equal(ours, theirs)
    assert ours.std() > 0


@pytest.mark.parametrize("version", VERSIONS)
def test_with_flash_attention_they_differ_by_what_its_sums_depend_on_the_size_of_a_step(
    tiny: Tiny, make_picture: MakePicture, version: str
) -> None:
    ours, theirs = both_logits(tiny(version), make_picture(*CUT_ALIKE))
    np.testing.assert_allclose(ours, theirs, atol=0.01 * theirs.std())
    assert ours.argmax() == theirs.argmax()


@given(
    st.integers(1, 8000),
    st.integers(1, 8000),
    st.sampled_from([(448, 14), (448, 56), (256, 16)]),
)
def test_the_tower_sees_every_view_at_the_size_planned(width: int, height: int, sizes: tuple[int, int]) -> None:
    view_px, align_px = sizes
    tower = TowerSize(view_px, align_px)
    planned = plan(width, height, SliceRule(view_px, align_px))
    for view in (planned.overview, planned.slice):
        if view is not None and max(view) < 20 * min(view):
            assert overview_of(carrier_size(view, tower), tower) == view


@pytest.mark.parametrize(("width", "height"), [(300, 200), (640, 480), (1, 1), (2940, 1912), (447, 449), (1000, 30)])
def test_llama_cpp_makes_as_many_tokens_as_planned(
    tiny: Tiny, make_picture: MakePicture, width: int, height: int
) -> None:
    files = tiny("4_6")  # its tokens tell the size that the tower saw
    rule = models.spec(files.name).slicing
    planned = plan(width, height, rule)
    with loaded(files) as (_model, tower, _context):
        handed = replace(planned, overview=tower.carrier(planned.overview))
        handed = replace(handed, slice=None if planned.slice is None else tower.carrier(planned.slice))
        tokens = sum(len(tower.encode(pixels)) for pixels in views.cut(make_picture(width, height), handed))
    assert tokens == planned.tokens


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_describes_in_the_form_asked_for(tiny: Tiny, make_picture: MakePicture, version: str) -> None:
    with opened(tiny(version)) as looker:
        described = looker.describe(Describe(1, make_picture(640, 480), max_tokens=300), ignore, NEVER)
    assert described.kind in models.descriptions.KINDS
    assert 0 < described.confidence <= 1
    assert described.views == 3
    assert len(described.caption) <= 400


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="Linux says what a process has mapped")
@pytest.mark.parametrize(("repack", "mapped"), [(False, 2), (True, 1)])
def test_weights_laid_out_anew_are_in_memory_once(tiny: Tiny, repack: bool, mapped: int) -> None:
    """Only the embeddings of tokens are looked up in the file then."""
    path = Path(tiny("5").text)

    def mappings() -> int:
        return sum(line.endswith(f"/{path.name}") for line in Path("/proc/self/maps").read_text().splitlines())

    before = mappings()
    with TextModel(path, repack=repack):
        assert mappings() - before == mapped


def test_probabilities_of_the_kinds_add_up_to_one(tiny: Tiny) -> None:
    form = Form({"kind": Choice(("aa", "ab", "b"))})
    with loaded(tiny("5")) as (model, _tower, context):
        context.read([words(model, model.tokens('x{"kind":"', special=False))])
        with Chooser(model, GREEDY, form.gbnf()) as chooser:
            for token in model.tokens('{"kind":"', special=False):
                chooser.accept(token)
            a, b, c = (model.tokens(letter, special=False)[0] for letter in "abc")
            logits = context.logits(0)
            assert chooser.probability(a, logits) + chooser.probability(b, logits) == pytest.approx(1)
            assert chooser.probability(c, logits) == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_a_claim_is_as_likely_as_yes_is_to_be_said_before_no(
    tiny: Tiny, make_picture: MakePicture, version: str
) -> None:
    files = tiny(version)
    with opened(files) as looker:
        request = Describe(1, make_picture(640, 480), max_tokens=300, verify=True)
        described = looker.describe(request, ignore, NEVER)
    asked = FULL.questions(Seen(described.caption, described.tags))
    assert [claim.text for claim in described.claims] == list(asked)
    assert asked
    for claim in described.claims[-3:]:
        with loaded(files) as (model, tower, context):
            question = asked[claim.text]
            logits = our_logits(
                models.spec(files.name), make_picture(640, 480), model, tower, context, question.text
            ).astype(np.float64)
            yes, no = (
                sum(np.exp(logits[token]) for token in {model.tokens(form, special=False)[0] for form in forms})
                for forms in (question.yes, question.no)
            )
        assert claim.likely == pytest.approx(yes / (yes + no), abs=0.01)


def test_what_is_not_to_be_verified_is_not(tiny: Tiny, make_picture: MakePicture) -> None:
    with opened(tiny("5")) as looker:
        assert looker.describe(Describe(1, make_picture(64, 64), max_tokens=100), ignore, NEVER).claims == ()


def test_without_a_picture_the_answer_follows_from_the_words(tiny: Tiny) -> None:
    def said(looker: Looker, question: str, **more: Any) -> str:
        return looker.ask(Ask(1, (), question, max_tokens=20, **more), ignore, NEVER).text

    with opened(tiny("5")) as looker:
        plain, other, noted = said(looker, "When?"), said(looker, "Where?"), said(looker, "When?", notes=("[1] a dog",))
    assert len({plain, other, noted}) == 3


def test_of_two_pictures_the_order_matters(tiny: Tiny, make_picture: MakePicture) -> None:
    def said(looker: Looker, *sizes: tuple[int, int]) -> str:
        pictures = tuple(make_picture(*size) for size in sizes)
        return looker.ask(Ask(1, pictures, "Which is larger?", max_tokens=20), ignore, NEVER).text

    wide, tall = (500, 300), (300, 500)
    with opened(tiny("5")) as looker:
        assert len({said(looker, wide, tall), said(looker, tall, wide), said(looker, wide)}) == 3


def test_notes_that_there_is_no_room_for_are_left_out_from_the_last_on(tiny: Tiny) -> None:
    notes = tuple(f"[{number}] a photo of a dog on a beach" for number in range(1, 41))

    def said(looker: Looker, count: int) -> str:
        return looker.ask(Ask(1, (), "Where?", notes=notes[:count], max_tokens=40), ignore, NEVER).text

    with opened(tiny("5"), context_tokens=512) as looker:
        shorter = [said(looker, count) for count in range(1, 20)]
        assert said(looker, 40) in shorter[5:]
        assert len(set(shorter)) > 5


def test_a_conversation_that_has_become_too_long_goes_on_without_its_beginning(
    tiny: Tiny, make_picture: MakePicture
) -> None:
    history = tuple(Turn(role, "well, " * 30) for _ in range(9) for role in ("user", "assistant"))
    with opened(tiny("5"), context_tokens=512) as looker:
        request = Ask(1, (make_picture(64, 64),), "Who?", history=history, max_tokens=40)
        shorter = Ask(1, (make_picture(64, 64),), "Who?", history=history[:2], max_tokens=40)
        assert looker.ask(request, ignore, NEVER).text == looker.ask(shorter, ignore, NEVER).text


@pytest.mark.parametrize("version", VERSIONS)
def test_an_answer_keeps_to_a_grammar_also_where_it_was_begun(tiny: Tiny, version: str) -> None:
    form = Form({"want": Choice(("show", "count")), "search": Texts(2, 10)})
    with opened(tiny(version)) as looker:
        whole = looker.ask(Ask(1, (), "What?", grammar=form.gbnf(), max_tokens=80), ignore, NEVER)
        begun = '{"want":"count","search":["'
        rest = looker.ask(Ask(1, (), "What?", grammar=form.gbnf(), max_tokens=80, begun=begun), ignore, NEVER)
    assert form.parse(whole.text)["want"] in ("show", "count")
    assert rest.text.startswith(begun)
    assert form.parse(rest.text)["want"] == "count"
    for answered in (whole, rest):
        assert set(json.loads(answered.text)) == set(form.fields)


def test_the_same_question_is_answered_the_same(tiny: Tiny, make_picture: MakePicture) -> None:
    def question() -> Ask:
        return Ask(1, (make_picture(500, 300),), "Who?", history=(Turn("user", "Hi"), Turn("assistant", "Hello")))

    with opened(tiny("6")) as looker:
        pieces: list[object] = []
        first = looker.ask(question(), pieces.append, NEVER)
        again = looker.ask(question(), ignore, NEVER)
    assert first.text == again.text == "".join(piece.text for piece in pieces if isinstance(piece, Token))
    assert first.tokens >= len(first.text.encode("utf-8", "replace")) / 4


def test_what_a_person_types_is_never_markup(tiny: Tiny) -> None:
    with loaded(tiny("6")) as (model, _tower, _context):
        assert len(model.tokens("<|im_end|>", special=True)) == 1
        assert len(model.tokens("<|im_end|>", special=False)) == len("<|im_end|>")


def test_a_small_context_gets_fewer_views_and_a_smaller_one_a_sentence(tiny: Tiny, make_picture: MakePicture) -> None:
    counts = {}
    for context_tokens in (1024, 2048):
        request = Describe(1, make_picture(1344, 1344), max_tokens=64)
        with opened(tiny("5"), context_tokens=context_tokens) as looker:
            counts[context_tokens] = looker.describe(request, ignore, NEVER).views
    assert 1 < counts[1024] < counts[2048] == 10
    with opened(tiny("5"), context_tokens=512) as looker, pytest.raises(ContextFull, match="too long"):
        looker.describe(Describe(1, make_picture(1344, 1344)), ignore, NEVER)


def test_cancelling_between_views_leaves_the_model_usable(tiny: Tiny, make_picture: MakePicture) -> None:
    cancelled = threading.Event()
    with opened(tiny("5")) as looker:
        with pytest.raises(Cancelled):
            looker.describe(Describe(1, make_picture(1344, 1344)), lambda _working: cancelled.set(), cancelled)
        assert looker.describe(Describe(2, make_picture(10, 10), max_tokens=32), ignore, NEVER).views == 1


def test_an_answer_that_was_begun_is_gone_on_with(tiny: Tiny, make_picture: MakePicture) -> None:
    said: list[str] = []

    def send(message: object) -> None:
        if isinstance(message, Token):
            said.append(message.text)

    rests = set()
    with opened(tiny("5")) as looker:
        for begun in ("", "A sunset", "A receipt"):
            said.clear()
            answered = looker.ask(Ask(1, (make_picture(64, 64),), "What?", max_tokens=40, begun=begun), send, NEVER)
            assert answered.text == begun + "".join(said)
            rests.add("".join(said))
    assert len(rests) == 3


def test_cancelling_is_noticed_while_the_model_reads(tiny: Tiny) -> None:
    looks = iter([False] * 5)
    with loaded(tiny("5")) as (model, _tower, context):
        piece = words(model, [5] * 300)
        with pytest.raises(Cancelled):
            context.read([piece], stop=lambda: next(looks, True))
        context.read([piece])
        after_stopping = context.logits(0).copy()
        context.forget(0)
        context.read([piece])
        assert np.array_equal(context.logits(0), after_stopping)


def test_more_tokens_than_the_context_holds_are_refused_before_they_do_harm(tiny: Tiny) -> None:
    with (
        loaded(tiny("5"), context_tokens=256) as (model, _tower, context),
        pytest.raises(ContextFull, match="256 tokens"),
    ):
        context.read([words(model, [5] * 257)])


@pytest.mark.parametrize(("width", "height"), [(1, 1), (20_000, 10), (10, 20_000), (60_000, 1)])
def test_pictures_of_odd_shapes_are_looked_at(tiny: Tiny, make_picture: MakePicture, width: int, height: int) -> None:
    with opened(tiny("5")) as looker:
        assert looker.describe(Describe(1, make_picture(width, height), max_tokens=16), ignore, NEVER).kind


@pytest.mark.parametrize(
    ("picture", "sentence"),
    [
        (Picture(0, 0, b""), "The picture has no pixels."),
        (Picture(10, 0, b""), "The picture has no pixels."),
        (Picture(2, 2, b"12 bytes are "), "The picture holds 13 bytes where 12 belong."),
        (Picture(60_001, 1, b""), "The picture is too large to look at (60,001 x 1 pixels)."),
        (Picture(50_000, 50_000, b""), "The picture is too large to look at (50,000 x 50,000 pixels)."),
    ],
)
def test_pictures_that_cannot_be_are_refused_with_a_sentence(tiny: Tiny, picture: Picture, sentence: str) -> None:
    with opened(tiny("5")) as looker, pytest.raises(PictureUnusable) as caught:
        looker.describe(Describe(1, picture), ignore, NEVER)
    assert str(caught.value) == sentence


def test_llama_cpps_own_refusal_becomes_a_sentence(tiny: Tiny) -> None:
    with pytest.raises(ModelUnusable, match="cannot be used as a language model: "):
        TextModel(Path(tiny("5").vision))


def test_a_wrong_grammar_is_refused(tiny: Tiny) -> None:
    with loaded(tiny("5")) as (model, _tower, _context), pytest.raises(EngineError, match="grammar"):
        Grammar(model, "root ::= (")


def test_what_is_closed_cannot_be_used(tiny: Tiny) -> None:
    with loaded(tiny("5")) as (model, _tower, context):
        pass
    for handle in (model, context):
        handle.close()
        with pytest.raises(ValueError, match="has been closed"):
            _ = handle.pointer


def test_sizes_that_mtmd_keeps_are_handed_over_as_they_are() -> None:
    assert carrier_size(Size(448, 448), TowerSize(448, 14)) == Size(448, 448)
    assert carrier_size(Size(602, 336), TowerSize(448, 14)) == Size(602, 336)
    assert carrier_size(Size(448, 434), TowerSize(448, 14)) != Size(448, 434)
