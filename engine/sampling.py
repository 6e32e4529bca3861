"""Chooses the next token: the likeliest or a random one, and one that the grammar allows where there is a grammar."""

from __future__ import annotations

from contextlib import ExitStack

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.llama.samplers import Candidates, Grammar, Sampler
from engine.llama.text import TextModel
from engine.models import Sampling

GREEDY = Sampling(temperature=0)


class Chooser(ExitStack):
    """Chooses the tokens of one answer, in order."""

    def __init__(self, model: TextModel, sampling: Sampling, gbnf: str | None = None) -> None:
        super().__init__()
        self._ids = np.arange(model.vocabulary_size, dtype=np.int32)
        self._sampler = self.enter_context(
            Sampler(
                model,
                temperature=sampling.temperature,
                top_k=sampling.top_k,
                top_p=sampling.top_p,
                repeat_penalty=sampling.repeat_penalty,
                repeat_tokens=sampling.repeat_tokens,
                seed=sampling.seed,
            )
        )
        self._grammar = None if gbnf is None else self.enter_context(Grammar(model, gbnf))

    def choose(self, logits: NDArray[np.float32]) -> int:
        """The next token. The grammar sees only the winner, and the whole vocabulary only where it refuses that."""
        token = self._sampler.select(Candidates(self._ids, logits))
        return token if self._allows(token) else self._sampler.select(self._allowed(logits))

    def accept(self, token: int) -> None:
        """Goes on to what follows `token`."""
        self._sampler.accept(token)
        if self._grammar is not None:
            self._grammar.accept(token)

    def probability(self, token: int, logits: NDArray[np.float32]) -> float:
        """How likely `token` is next, among those that the grammar allows."""
        weights = np.exp(self._allowed(logits).logits - logits.max())
        return float(weights[token] / weights.sum())

    def _allows(self, token: int) -> bool:
        if self._grammar is None:
            return True
        candidate = Candidates(np.array([token], np.int32), np.zeros(1, np.float32))
        self._grammar.restrict(candidate)
        return bool(np.isfinite(candidate.logits[0]))

    def _allowed(self, logits: NDArray[np.float32]) -> Candidates:
        candidates = Candidates(self._ids, logits)
        if self._grammar is not None:
            self._grammar.restrict(candidates)
        if not np.isfinite(candidates.logits).any():
            raise EngineError("The model's vocabulary has no token for the answer that was asked for.")
        return candidates
