"""Opens the window on a library: on a screen until it is closed, or drawn offscreen into a picture."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from desktop_app.app import opened
from desktop_app.stop import stopping
from desktop_app.window import MainWindow

SIGNAL_POLL_MS = 200  # how long Ctrl+C in the terminal may wait: Python sees it only between two events of Qt


def has_screen() -> bool:
    """Whether a window can be shown to somebody."""
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def application() -> QApplication:
    """The process's one QApplication; without a screen it draws offscreen."""
    if not has_screen():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("Tintype")
    app.setDesktopFileName("tintype")
    return app


def run(home: Path) -> int:
    """Shows the window and indexes in the background until it is closed; returns the exit status.

    Raises:
        LibraryError: the library cannot be opened, or another Tintype is indexing it.
        ModelUnusable: the chosen model is gone or damaged.
    """
    app = application()
    with opened(home) as parts, stopping() as stop:
        window = MainWindow(parts.library, parts.indexer, parts.assistant, parts.engines, home=home)
        heed = QTimer(window, interval=SIGNAL_POLL_MS)
        heed.timeout.connect(lambda: stop.is_set() and window.close())
        heed.start()
        parts.indexer.start()
        window.show()
        return app.exec()
