"""What is kept on this machine: how much of the disk it takes, copies of it, and what nobody else gets to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from desktop_app import i18n
from desktop_app.i18n import plural, tr
from desktop_app.storage import Part
from desktop_app.views.pieces import button, label, rename
from desktop_app.views.settings.pieces import Section, Setting
from engine.client import EngineStatus


class StorageSection(Section):
    """A line for each part of Tintype's folder."""

    clearing_asked = Signal(object)  # Part
    backup_asked = Signal()
    folder_asked = Signal()

    def __init__(self) -> None:
        super().__init__(tr("Storage"))
        said = parts_in_words()
        self.sizes = {part: label("…", "muted") for part in said}
        self.clear_buttons = {
            part: self._clear(part, said[part][0]) for part in (Part.THUMBNAILS, Part.SEEN, Part.PREPARED)
        }
        self.back_up = button(tr("Back up"), "outline", self.backup_asked.emit)
        rename(self.back_up, tr("Back up the library"))
        self.show_folder = button(tr("Show"), "outline", self.folder_asked.emit)
        rename(self.show_folder, tr("Show the folder of the backups"))
        beside = {Part.LIBRARY: self.back_up, Part.BACKUPS: self.show_folder, **self.clear_buttons}
        width_px = max(each.sizeHint().width() for each in beside.values())
        rows = []
        for part, (name, more) in said.items():
            column = beside.get(part) or QWidget()  # so that all sizes stand below each other
            column.setFixedWidth(width_px)
            rows.append(Setting(name, more, self.sizes[part], column))
        self.place(*rows)

    def show_sizes(self, sizes: Mapping[Part, int]) -> None:
        for part, size_bytes in sizes.items():
            self.sizes[part].setText(i18n.size(size_bytes) if size_bytes else tr("Empty"))
            if part in self.clear_buttons:
                self.clear_buttons[part].setEnabled(size_bytes > 0)
        self.show_folder.setEnabled(sizes[Part.BACKUPS] > 0)

    def _clear(self, part: Part, name: str) -> QPushButton:
        made = button(tr("Clear"), "outline", lambda: self.clearing_asked.emit(part))
        rename(made, tr("Clear: {part}", part=name))
        return made


class PrivacySection(Section):
    """That nothing leaves the machine, how that is held, and what was asked."""

    forgetting_asked = Signal()

    def __init__(self) -> None:
        super().__init__(tr("Privacy"))
        self.engine = Setting(tr("The model and the text reader have no network"))
        self.forget = button(tr("Forget all…"), "outline", self.forgetting_asked.emit)
        rename(self.forget, tr("Forget all that you asked"))
        self._asked = Setting(tr("What you asked"), "", self.forget)
        self.place(
            Setting(
                tr("Nothing leaves this machine"),
                tr("Photos are looked at here. The network is used only to download a model, once you agree to it."),
            ),
            self.engine,
            self._asked,
        )

    def show_engines(self, statuses: Sequence[EngineStatus]) -> None:
        self.engine.tell(sandbox_in_words(statuses))

    def show_asked(self, count: int) -> None:
        kept = plural(
            "One question is kept, on this machine only.", "{count} questions are kept, on this machine only.", count
        )
        self._asked.tell(kept if count else tr("Nothing is kept."))
        self.forget.setEnabled(count > 0)


def parts_in_words() -> dict[Part, tuple[str, str]]:
    """The name of each part, and what it is."""
    return {
        Part.LIBRARY: (tr("Library"), tr("All that is known of your photos: one file.")),
        Part.BACKUPS: (tr("Backups"), tr("Copies of the library.")),
        Part.THUMBNAILS: (tr("Small pictures"), tr("For the grid. They are made anew from the photos.")),
        Part.SEEN: (tr("What the model saw"), tr("For quicker answers about a photo. It is made anew by looking.")),
        Part.PREPARED: (
            tr("Models made ready"),
            tr("For this machine's processor. They are made ready anew when the model starts."),
        ),
        Part.MODELS: (tr("Models"), tr("Those that you downloaded or imported. They are removed above.")),
    }


def sandbox_in_words(statuses: Sequence[EngineStatus]) -> str:
    running = [status for status in statuses if status.running and (status.model or status.reader)]
    if not running:
        return tr(
            "Neither is running now. Each tries to open a connection when it starts, and works only if it cannot."
        )
    if all(status.sandboxed for status in running):
        return tr("The system's kernel refuses them connections: each tried when it started.")
    return tr("On this system only Python refuses them connections, not the kernel.")
