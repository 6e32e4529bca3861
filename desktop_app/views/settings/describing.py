"""How photos are described: how closely, in which language, again, and whether it is written beside them."""

from __future__ import annotations

from PySide6.QtCore import Signal

from desktop_app import i18n
from desktop_app.i18n import plural, tr
from desktop_app.theme import Theme
from desktop_app.views.pieces import button
from desktop_app.views.settings.pieces import Picker, Section, Setting, Switch
from engine.budget import Closeness
from indexer.captions import WORDINGS


class DescribingSection(Section):
    """How closely to look, whether to ask again, and describing again."""

    again_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(tr("Describing"))
        name = tr("How closely to look")
        self.closeness = Picker(theme, name, (Closeness.QUICK, Closeness.CLOSE), closeness_in_words)
        self.again = button(tr("Describe again…"), "outline", self.again_asked.emit)
        more = tr("Closely: also at fine detail, which takes longer. Any one photo can be looked at closely by itself.")
        self._outdated = Setting(tr("Describe again"), "", self.again)
        asking = tr("Ask again whether it is true")
        self.verifying = Switch(theme, asking)
        why = tr("A model is asked of each thing it said; what it does not stand by is left out. That takes longer.")
        self.place(Setting(name, more, self.closeness), Setting(asking, why, self.verifying), self._outdated)

    def show_outdated(self, count: int) -> None:
        """How many photos would be described otherwise today."""
        sentence = plural(
            "One photo was described by another model, in another language or by an earlier version.",
            "{count} photos were described by another model, in another language or by an earlier version.",
            count,
        )
        self._outdated.tell(sentence if count else tr("All photos are described as you chose."))
        self.again.setEnabled(count > 0)


class LanguagesSection(Section):
    """In which language photos are described."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(tr("Languages"))
        name = tr("Captions")
        self.captions = Picker(theme, name, tuple(WORDINGS), i18n.name_of_language)
        more = tr("Searching finds a photo in any language, whichever its caption is in.")
        self.place(Setting(name, more, self.captions))


class WritingSection(Section):
    """Whether other programs are told."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(tr("Other programs"))
        name = tr("Write captions and tags into XMP files")
        self.writing = Switch(theme, name)
        more = tr("Other programs read them there. The photos stay as they are, and so does what others wrote.")
        self.place(Setting(name, more, self.writing))


def closeness_in_words(closeness: Closeness) -> str:
    return {Closeness.QUICK: tr("Quickly"), Closeness.CLOSE: tr("Closely")}.get(closeness, closeness)
