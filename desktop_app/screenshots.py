"""Photographs the window on the sample photos, in light, dark and right-to-left: `make screenshots`."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path
from threading import Event

from PySide6.QtCore import QEventLoop, QLocale, QSize, Qt, QTimer
from PySide6.QtWidgets import QApplication

from desktop_app.app import App, opened
from desktop_app.theme import Appearance
from desktop_app.window import MainWindow

SAMPLES = Path(__file__).resolve().parents[1] / "assets" / "samples"
SIZE = QSize(1280, 800)
CALM_MS = 250  # as long as nothing new has begun, nothing more will
PATIENCE_MS = 20_000
SPANISH, ARABIC = "¿Dónde está el recibo de la lavadora?", "كم صورة التقطت في القاهرة؟"
SEARCH = "Lisbon"


def settle(window: MainWindow) -> None:
    """Runs the event loop until everything the window asked for is on the screen."""
    loop = QEventLoop()
    calm = QTimer(interval=CALM_MS, singleShot=True)
    calm.timeout.connect(lambda: loop.quit() if window.background.is_resting else None)
    window.background.rested.connect(calm.start)
    QTimer.singleShot(PATIENCE_MS, loop, loop.quit)
    calm.start()
    loop.exec()
    window.background.rested.disconnect(calm.start)


def photograph(window: MainWindow, path: Path) -> None:
    """Writes a picture of the window as it looks once it has come to rest; the name says the format."""
    settle(window)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not window.grab().save(str(path), quality=90):
        raise OSError(f"The picture {path} cannot be written.")


def show_answer(window: MainWindow, question: str) -> None:
    window.conversation.ask(question)


def show_search(window: MainWindow) -> None:
    window.top_bar.search.line.setText(SEARCH)


def show_viewer(window: MainWindow) -> None:
    """Opens the photo that an answer cites first."""
    settle(window)
    hits = window.conversation.exchanges[-1].photos
    window.open_photo(hits[0].photo if hits else window.photos.ids[0])


def show_settings(window: MainWindow) -> None:
    window.open_settings()


def photograph_all(
    app: App, folder: Path, name: str, appearance: Appearance, question: str, wanted: Collection[str]
) -> None:
    window = MainWindow(app.library, app.indexer, app.assistant, app.engines, home=app.home)
    window.theme.choose(appearance)
    window.resize(SIZE)
    window.show()
    steps: dict[str, Callable[[], object]] = {
        "main": lambda: None,
        "chat": lambda: show_answer(window, question),
        "viewer": lambda: show_viewer(window),
        "search": lambda: show_search(window),
        "settings": lambda: show_settings(window),
    }
    for step, do in steps.items():
        settle(window)
        do()
        if not wanted or step in wanted:
            photograph(window, folder / f"{step}-{name}.webp")
    window.close()


def main(folder: Path, wanted: Collection[str] = ()) -> None:
    """`wanted`: the steps that are photographed; all where there are none."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    qt = QApplication(sys.argv[:1])
    QLocale.setDefault(QLocale("en_GB"))
    with tempfile.TemporaryDirectory(prefix="tintype-") as temporary, opened(Path(temporary, "home")) as app:
        os.environ["HOME"] = temporary  # so that its folder is shown as anybody's
        app.indexer.add_folder(shutil.copytree(SAMPLES, Path(temporary, "Pictures")))
        app.indexer.run(stop=Event())
        photograph_all(app, folder, "light", Appearance.LIGHT, SPANISH, wanted)
        photograph_all(app, folder, "dark", Appearance.DARK, SPANISH, wanted)
        qt.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        photograph_all(app, folder, "right-to-left", Appearance.LIGHT, ARABIC, wanted)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
