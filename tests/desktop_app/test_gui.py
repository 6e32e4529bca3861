"""The window as a process: it opens on a library, and a signal closes it like a person would."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_closes_the_window_and_its_children(tmp_path: Path, number: signal.Signals) -> None:
    environment = os.environ | {"TINTYPE_HOME": str(tmp_path / "home"), "QT_QPA_PLATFORM": "offscreen"}
    window = subprocess.Popen([sys.executable, "-m", "desktop_app"], env=environment, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "home" / "library.sqlite.lock").exists():  # made when the indexer starts, before the show
        assert window.poll() is None
    window.send_signal(number)
    _, errors = window.communicate(timeout=60)
    assert window.returncode == 0
    assert "Traceback" not in errors
