"""`python -m engine.pocket FOLDER`: trains the pocket model into FOLDER, aligns it, and writes its GGUF files there.

What is there already is gone on from; Ctrl+C or SIGTERM stops after the step at hand. Needs packaging/requirements/
train.in and the fonts that its message names.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import torch

from engine.hardware import usable_cores
from engine.pocket import export, preference
from engine.pocket.material import Material, training_material
from engine.pocket.network import Pocket
from engine.pocket.training import PHASES, Trainer

if TYPE_CHECKING:
    from tokenizers import Tokenizer

ALIGNED = "aligned.pt"


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0))
@click.option(
    "--share", default=1.0, show_default=True, type=click.FloatRange(0.0001, 10), help="Of each phase's pictures."
)
@click.option("--rounds", default=60, show_default=True, type=click.IntRange(0), help="Batches of pairs to align with.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(0), help="Processes that draw pictures.")
def main(folder: Path, seed: int, share: float, rounds: int, workers: int) -> None:
    """Train the pocket model into FOLDER."""
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    torch.set_num_threads(usable_cores())
    phases = [replace(phase, samples=max(phase.batch, round(phase.samples * share))) for phase in PHASES]
    material = training_material()
    trainer = Trainer(folder, material, say, seed=seed, workers=workers, phases=phases)
    if not trainer.train(stop.is_set):
        click.echo("Stopped; the same command goes on from here.")
        return
    trained = trainer.model.cpu().eval()
    export.write(trained, trainer.tokenizer, folder / "before")
    model = _aligned(trained, trainer.tokenizer, material, folder / ALIGNED, rounds, seed, stop.is_set)
    if model is None:
        click.echo("Stopped; the same command aligns from the beginning.")
        return
    for precision in ("q8_0", "q4_0", "f32"):
        text, vision = export.write(model, trainer.tokenizer, folder / precision, precision)
        click.echo(f"{text} and {vision}: {(text.stat().st_size + vision.stat().st_size) / 1e6:.1f} MB")


def _aligned(
    model: Pocket,
    tokenizer: Tokenizer,
    material: Material,
    kept: Path,
    rounds: int,
    seed: int,
    stop: Callable[[], bool],
) -> Pocket | None:
    """The model aligned: as it is `kept`, or else now; None where `stop` ended it."""
    if kept.exists():
        model.load_state_dict(torch.load(kept, weights_only=True))
        return model
    aligned = preference.align(model, tokenizer, material, rounds=rounds, seed=seed, told=click.echo, stop=stop)
    if aligned is not None:
        torch.save(aligned.state_dict(), kept)
    return aligned


_TOLD = ("phase", "samples", "of", "left_s", "phases_left")  # in words


def say(line: dict[str, Any]) -> None:
    measured = " ".join(f"{name} {value}" for name, value in line.items() if name not in _TOLD)
    click.echo(
        f"{line['phase']}: {line['samples']:,} of {line['of']:,}, about {line['left_s'] / 60:.0f} min left, then "
        f"{line['phases_left']} phases; {measured}"
    )


if __name__ == "__main__":
    main()
