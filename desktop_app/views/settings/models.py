"""The models that can look at the photos: what each can do and needs, which one does, getting others."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app import i18n
from desktop_app.engines import Offer
from desktop_app.i18n import tr
from desktop_app.theme import SPACE_XS, Theme
from desktop_app.views.pieces import button, label, rename
from desktop_app.views.settings.pieces import Section, Setting, Work
from engine.models import CatalogueModel, embedded
from engine.recognisers import Recogniser

Asked = Callable[[], object]


class ModelSetting(Setting):
    """One model: its controls are those that make sense right now."""

    def __init__(self, theme: Theme, model: CatalogueModel, *, use: Asked, download: Asked, remove: Asked) -> None:
        name, what = named(model)
        self.in_use = in_use(theme)
        self.use = button(tr("Use"), "outline", use)
        self.download = button(tr("Download…"), "outline", download)
        self.remove = button(tr("Remove…"), "outline", remove)
        for control, sentence in (
            (self.use, tr("Let {model} look at the photos", model=name)),
            (self.download, tr("Download {model}", model=name)),
            (self.remove, tr("Remove {model} from this machine", model=name)),
        ):
            rename(control, sentence)
        super().__init__(name, "", self.remove, self.download, self.use, self.in_use)
        self._what = what

    def show_offer(self, offer: Offer) -> None:
        model = offer.model
        does = tr("Describes photos, reads what is in them and answers questions about them.") if model.talks else ""
        self.tell("\n".join(filter(None, (self._what, does, needs_of(offer)))))
        self.warn(obstacle_of(offer))
        mine = model.name != embedded().name
        self.in_use.setVisible(offer.chosen)
        self.use.setVisible(offer.here and not offer.chosen)
        self.download.setVisible(not offer.here and not model.obstacle)
        self.remove.setVisible(mine and bool(offer.bytes_here) and not offer.chosen)


class ModelsSection(Section):
    """A line for each model, and the way to bring files of one's own."""

    use_asked = Signal(str)  # a model's name
    download_asked = Signal(object)  # CatalogueModel
    removal_asked = Signal(object)  # CatalogueModel
    import_asked = Signal()
    stop_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(
            tr("Model"),
            tr("One model looks at your photos. Another one takes over at once; what was described stays as it is."),
        )
        self._theme = theme
        self.models: dict[str, ModelSetting] = {}
        self.import_button = button(tr("Import…"), "outline", self.import_asked.emit)
        rename(self.import_button, tr("Import files of a model"))
        self.files = Setting(tr("Files of your own"), "", self.import_button)
        self.work = Work()
        self.work.stopped.connect(self.stop_asked)
        self.files.below.addWidget(self.work)
        self.show_readers(())
        self.place(self.files)

    def show_offers(self, offers: Sequence[Offer]) -> None:
        self.models = {
            offer.model.name: self.models.get(offer.model.name) or self._row(offer.model) for offer in offers
        }
        for offer in offers:
            self.models[offer.model.name].show_offer(offer)
        self.place(*self.models.values(), self.files)

    def show_readers(self, readers: Sequence[Recogniser]) -> None:
        """The further models of the text reader that are here."""
        sentences = [
            tr("A model is two GGUF files: the language part and the vision part (mmproj)."),
            tr("One ONNX file of PP-OCR has the text reader read further scripts."),
        ]
        if readers:
            scripts = tr(", ").join(reader.title.partition(": ")[2] for reader in readers)
            sentences.append(tr("It reads these as well: {scripts}.", scripts=scripts))
        self.files.tell(" ".join(sentences))

    def begin_work(self, row: Setting, sentence: str) -> None:
        """Shows at a setting how far a download or an import is: one at a time."""
        row.below.addWidget(self.work)
        self.work.begin(sentence)
        self._allow(False)

    def end_work(self) -> None:
        self.work.hide()
        self._allow(True)

    def _allow(self, allowed: bool) -> None:
        self.import_button.setEnabled(allowed)
        for row in self.models.values():
            row.download.setEnabled(allowed)
            row.remove.setEnabled(allowed)

    def _row(self, model: CatalogueModel) -> ModelSetting:
        return ModelSetting(
            self._theme,
            model,
            use=lambda: self.use_asked.emit(model.name),
            download=lambda: self.download_asked.emit(model),
            remove=lambda: self.removal_asked.emit(model),
        )


def named(model: CatalogueModel) -> tuple[str, str]:
    """The model's name, and what its title says beyond that as a sentence."""
    name, *more = re.split(r"[:;] ", model.title, maxsplit=1)
    what = "".join(more)
    return name, f"{what[:1].upper()}{what[1:]}." if what else ""


def needs_of(offer: Offer) -> str:
    """As in: 2.4 GB of memory · 1.6 GB to download · English, Chinese · Apache-2.0."""
    model = offer.model
    parts = [tr("{size} of memory", size=i18n.size(model.memory_bytes))]
    if offer.bytes_here and not offer.here:
        parts.append(
            tr("{size} of {whole} here", size=i18n.size(offer.bytes_here), whole=i18n.size(model.download_bytes))
        )
    elif offer.bytes_here:
        parts.append(tr("{size} on disk", size=i18n.size(offer.bytes_here)))
    elif not offer.here and not model.obstacle:
        parts.append(tr("{size} to download", size=i18n.size(model.download_bytes)))
    if model.talks:
        parts.append(model.languages)
    return " · ".join([*parts, model.licence])


def obstacle_of(offer: Offer) -> str:
    """Why it cannot be had, or would not run well; nothing where nothing speaks against it."""
    if not offer.here and offer.model.obstacle:
        return tr("Cannot be downloaded. {why}", why=offer.model.obstacle)
    return "" if offer.fits else tr("This machine has too little memory for it.")


def in_use(theme: Theme) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACE_XS)
    tick = label()
    theme.dress(tick, "check", "accent", 16)
    row.addWidget(tick)
    row.addWidget(label(tr("In use"), "muted"))
    return made
