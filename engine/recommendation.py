"""Chooses the model for a machine: the best that fits its memory and that its processor can carry, and says why."""

from __future__ import annotations

from dataclasses import dataclass

from engine import models
from engine.hardware import Hardware
from engine.models import CatalogueModel

_REST_BYTES = 2_000_000_000  # for the system, the window and the text reader
_BEST_FIRST = ("minicpm-v-4.5", "minicpm-v-4", "minicpm-v-4.6", "pocket")  # older ones are as large and see less


@dataclass(frozen=True)
class Recommendation:
    """The model's name, and a sentence for the person."""

    name: str
    why: str


def recommend(machine: Hardware) -> Recommendation:
    """The best model for a machine. Pure."""
    candidates = [models.spec(name) for name in _BEST_FIRST]
    best = next((model for model in candidates if not _objection(model, machine)), candidates[-1])
    better = candidates[: candidates.index(best)]
    here = f"{best.short_title} needs {_gigabytes(best.memory_bytes)} of the {_gigabytes(machine.memory_bytes)} here"
    objections = [f"{model.short_title} {_objection(model, machine)}" for model in better]
    return Recommendation(best.name, f"{'; '.join([here, *objections])}.")


def fits(model: CatalogueModel, memory_bytes: int) -> bool:
    """Whether a machine of so much memory can hold a model beside everything else."""
    return model.memory_bytes + _REST_BYTES <= memory_bytes


def _objection(model: CatalogueModel, machine: Hardware) -> str:
    """Why a model is too much for a machine; empty where it is not."""
    if not fits(model, machine.memory_bytes):
        return f"would need {_gigabytes(model.memory_bytes)}, with {_gigabytes(_REST_BYTES)} left for the rest"
    if not machine.accelerators and machine.usable_cores < model.cores:
        return f"would need a graphics card or {model.cores} cores, and here are {machine.usable_cores}"
    return ""


def _gigabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB"
