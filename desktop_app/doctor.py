"""Examines this installation: what the machine has, and what is wrong, each finding with its remedy."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from desktop_app import paths
from desktop_app.app import opened
from engine import configuration
from engine.client import EngineClient
from engine.errors import EngineError
from engine.hardware import Hardware, survey
from engine.messages import Configuration
from indexer.library.database import LibraryError

PACKAGES = ("tintype", "llama-cpp-python", "onnxruntime", "rapidocr", "PySide6-Essentials", "Pillow", "pi-heif")


@dataclass(frozen=True)
class Check:
    """One thing looked at; `remedy` is what a person can do about it, empty when all is well."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """What was found."""

    machine: Hardware
    versions: dict[str, str]
    model: dict[str, str]
    checks: tuple[Check, ...]

    @property
    def healthy(self) -> bool:
        return all(check.ok for check in self.checks)

    def lines(self) -> Iterator[str]:
        for name, value in asdict(self.machine).items():
            yield f"{name:<22} {', '.join(value) if isinstance(value, tuple) else value}"
        yield ""
        yield "   ".join(f"{name} {version}" for name, version in self.versions.items())
        yield ""
        for check in self.checks:
            yield f"{'ok ' if check.ok else 'NOT'} {check.name:<18} {check.detail}"
            if check.remedy:
                yield f"    -> {check.remedy}"


def examine(home: Path) -> Diagnosis:
    """Tries everything once: opens the library, starts both children, loads the model.

    Takes a few seconds, or minutes where a large model is new on this machine and is measured first.
    """
    checks = [check_home(home), check_full_text(), check_window()]
    model: dict[str, str] = {}
    try:
        with opened(home) as app:
            chosen, looker = app.engines.model, app.engines.looker
            model = {"name": chosen.name, "text": chosen.text, "vision": chosen.vision}
            checks.append(check_library(app.library.connect()))
            checks += check_child("model", looker)
            checks += check_speed(looker, configuration.kept(chosen, cache=paths.cache_folder(home)))
            checks += check_child("text reader", app.engines.reader)
    except (LibraryError, EngineError, OSError) as error:
        remedy = "Follow the sentence above; `tintype models list` shows which models are here."
        checks.append(Check("library and model", False, str(error), remedy))
    if sys.platform.startswith("linux"):
        checks.append(check_watches())
    versions = {"python": sys.version.split()[0], "sqlite": sqlite3.sqlite_version}
    versions |= {name: importlib.metadata.version(name) for name in PACKAGES}
    return Diagnosis(survey(), versions, model, tuple(checks))


def check_home(home: Path) -> Check:
    try:
        home.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(home).free
    except OSError as error:
        return Check("folder", False, f"{home}: {error.strerror}", "Set TINTYPE_HOME to a folder of yours.")
    if not os.access(home, os.W_OK):
        return Check("folder", False, f"{home} cannot be written", f"Make it yours: chown $USER '{home}'")
    roomy = free > 2**30
    remedy = "" if roomy else "Free some space, or set TINTYPE_HOME to a folder on another disk."
    return Check("folder", roomy, f"{home}, {free / 1e9:.0f} GB free", remedy)


def check_full_text() -> Check:
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("create virtual table words using fts5(text)")
        except sqlite3.OperationalError as error:
            return Check("full-text search", False, str(error), "Use a Python whose SQLite has FTS5.")
    return Check("full-text search", True, "SQLite has FTS5")


def check_window() -> Check:
    """Loads the window's libraries in a process of its own, since a missing one can end the process."""
    command = [sys.executable, "-c", "from PySide6.QtWidgets import QApplication; QApplication([])"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"QT_QPA_PLATFORM": "offscreen"})
    if done.returncode == 0:
        return Check("window", True, "Qt loads")
    detail = (done.stderr.strip().splitlines() or ["Qt does not load"])[-1]
    return Check("window", False, detail, "Run `make setup` again: it names the missing system package.")


def check_library(connection: sqlite3.Connection) -> Check:
    found = connection.execute("pragma quick_check(1)").fetchone()[0]
    remedy = "" if found == "ok" else "Move the library file away and index again; your photos are untouched."
    return Check("library", found == "ok", str(found), remedy)


def check_child(name: str, child: EngineClient) -> Iterator[Check]:
    try:
        ready = child.start()
    except EngineError as error:
        yield Check(name, False, str(error), "Run `make setup` again, or choose another model.")
        return
    yield Check(name, True, f"{ready.model or ready.reader}, loaded in {ready.load_s:.1f} s")
    # Where a kernel can refuse sockets, a child that still had one would not have become ready.
    detail = "the kernel refuses it sockets" if ready.sandboxed else "this system only lets Python refuse it sockets"
    yield Check(f"{name} offline", True, detail)


def check_speed(looker: EngineClient, search: configuration.Search | None) -> Iterator[Check]:
    """How the model's two parts are run here, and what was measured for that; nothing where it did not start."""
    try:
        ready = looker.start()
    except EngineError:
        return
    if ready.tower:
        yield Check("vision tower", True, ready.tower)
    if ready.configuration:
        yield Check("language model", True, f"{_in_words(ready.configuration)}; {_measured(search)}")


def _in_words(how: Configuration) -> str:
    weights = "laid out for this processor" if how.repack else "as in the file"
    attention = "flash attention" if how.flash_attention else "plain attention"
    return (
        f"{how.threads} threads, up to {how.sequences} photos and {how.batch_rows} rows a step, weights {weights}, "
        f"{attention}, keys and values {how.kv}, room for {how.context_tokens:,} tokens"
    )


def _measured(search: configuration.Search | None) -> str:
    best = search.best() if search else None
    if best is None:
        return "not measured"
    step_ms = 1000 * best.step_s[best.sequences]
    return f"measured {best.prefill_tokens_s:.0f} tokens read a second, {step_ms:.0f} ms a step"


def check_watches() -> Check:
    """Each watched folder takes one inotify watch, and the system allows a user only so many."""
    allowed = int(Path("/proc/sys/fs/inotify/max_user_watches").read_text())
    enough = allowed >= 8192
    remedy = "" if enough else "sudo sysctl fs.inotify.max_user_watches=524288"
    return Check("watching folders", enough, f"{allowed:,} folders can be watched", remedy)
