"""One photo, large, beside everything that is known about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta, timezone
from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from desktop_app import i18n
from desktop_app.i18n import plural, tr
from desktop_app.models.kinds import ICONS, name_of
from desktop_app.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XS, Theme
from desktop_app.views.flow import clear
from desktop_app.views.pieces import (
    button,
    frame,
    icon_button,
    label,
    prose,
    rename,
    rule,
    selectable,
    small_icon_button,
)
from desktop_app.views.words import WordsEditor
from engine.models import embedded
from indexer.agreement import doubts
from indexer.checks import Fault
from indexer.library.types import VIDEO_FORMATS, Description, Facts, Kind, Photo, PhotoId, Written

FACTS_PX = 300
NARROW_PX = 580  # the width below which photo and facts do not fit beside each other
QWIDGETSIZE_MAX = (1 << 24) - 1  # Qt's, which PySide does not export
COPIED_MS = 1500


class Canvas(QWidget):
    """A picture as large as fits, never larger than it is, on the ground photos lie on."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.picture = QPixmap()
        self._shown_as = QSize()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)

    def show_picture(self, picture: QPixmap, size: QSize) -> None:
        """`size` is the photo's own: a thumbnail of it is drawn in the place that the photo will take."""
        self.picture, self._shown_as = picture, size
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("surface"))
        if not self.picture.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(self._place(), self.picture)

    def _place(self) -> QRect:
        room = self.rect().adjusted(SPACE_L, SPACE_L, -SPACE_L, -SPACE_L)
        size = self._shown_as if self._shown_as.isValid() else self.picture.size()
        if size.width() > room.width() or size.height() > room.height():
            size = size.scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(room.topLeft(), size)
        place.moveCenter(room.center())
        return place


@dataclass(frozen=True)
class Fact:
    """One line of the facts panel."""

    icon: str
    text: str
    note: str = ""


def facts_of(photo: Photo) -> list[Fact]:
    """What the file says of itself, in the order a person asks: when, where, with what, which file."""
    facts = photo.facts
    lines = []
    if facts.taken_at:
        lines.append(Fact("calendar", i18n.moment(facts.taken_at), source_of(facts)))
    if facts.place:
        lines.append(Fact("map-pin", place_of(facts)))
    if facts.camera:
        lines.append(Fact("camera", facts.camera, facts.lens))
    size = tr("{width} × {height}", width=i18n.number(facts.width), height=i18n.number(facts.height))
    lines.append(Fact("image", f"{size} · {facts.format.upper()}" if facts.format else size))
    return lines


def source_of(facts: Facts) -> str:
    """Where the date comes from if not from the camera, and the camera's time zone where it is not the one here."""
    sources = {"name": tr("from the file's name"), "mtime": tr("when the file was last changed")}
    if facts.taken_at is None or facts.utc_offset is None:
        return sources.get(facts.taken_at_source, "")
    there = facts.taken_at.replace(tzinfo=timezone(timedelta(minutes=facts.utc_offset)))
    return "" if there.utcoffset() == facts.taken_at.astimezone().utcoffset() else i18n.time_zone(there)


def place_of(facts: Facts) -> str:
    place = facts.place
    assert place is not None
    country = i18n.country(place.country_code)
    return tr(", ").join(part for part in dict.fromkeys((place.city, place.region, country)) if part)


def provenance(description: Description) -> str:
    """As in: pocket model, 22 Nov 2026."""
    return tr("{model} model, {day}", model=description.model, day=i18n.day(description.created_at))


def views_of(description: Description) -> str:
    """As in: Looked at in 5 of 10 views: enough to read its text."""
    if description.views >= description.all_views:
        return plural("Looked at as a whole", "Looked at in all its {count} views", description.views)
    reasons = {
        "plain": tr("there is nothing small in it"),
        "detail": tr("enough for its fine detail"),
        "text": tr("enough to read its text"),
    }
    return tr(
        "Looked at in {views} of {all_views} views: {reason}",
        views=i18n.number(description.views),
        all_views=i18n.number(description.all_views),
        reason=reasons.get(description.views_reason, tr("there was no room for more")),
    )


def unsure_of(photo: Photo) -> str:
    """As in: Read in two ways: 160.29 or 180.29. Nothing where the text reader and the model agree."""
    found = doubts(photo.text, photo.description.text) if photo.description else ()
    pairs = [tr("{read} or {other}", read=doubt.read, other=doubt.other) for doubt in found]
    return tr("Read in two ways: {pairs}", pairs=tr(", ").join(pairs)) if pairs else ""


def unread_of(photo: Photo) -> str:
    """As in: 2 lines could not be read. Nothing where a model has read them."""
    if not photo.unread or (photo.description and photo.description.text):
        return ""
    return plural(
        "One line could not be read. A MiniCPM-V model reads more languages.",
        "{count} lines could not be read. A MiniCPM-V model reads more languages.",
        len(photo.unread),
    )


def fault_of(description: Description) -> str:
    """As in: Unsure: the model repeated itself. Nothing where its words are sound."""
    faults = {
        Fault.WORDLESS: tr("Unsure: the model wrote no words."),
        Fault.LOOPING: tr("Unsure: the model repeated itself."),
        Fault.LANGUAGE: tr("Unsure: the model wrote in another language than asked for."),
        Fault.REPEATED: tr("Unsure: the model wrote the same about several photos."),
        Fault.DOUBTED: tr("Unsure: asked again, the model did not stand by it."),
    }
    return faults[Fault(description.fault)] if description.fault else ""


def doubted_of(description: Description) -> str:
    """As in: Left out, since the model did not stand by it: a cat."""
    if not description.doubted or description.fault:
        return ""
    return tr(
        "Left out, since the model did not stand by it: {claims}",
        claims=" · ".join(claim.rstrip(".。।") for claim in description.doubted),
    )


def limits_of(description: Description) -> str:
    """What a larger model would add to what the embedded one saw; nothing where one of those described the photo."""
    if description.model != embedded().name:
        return ""
    return tr(
        "The built-in model only sorts photos. A MiniCPM-V model describes them and answers questions about them."
    )


def stars_of(rating: int) -> str:
    """As in: ★★★☆☆. Nothing where nobody rated it."""
    return "★" * rating + "☆" * (5 - rating) if rating > 0 else tr("Rejected") if rating < 0 else ""


def rating_of(rating: int) -> str:
    """The same for a screen reader."""
    return plural("One star of five", "{count} stars of five", rating) if rating > 0 else tr("Rejected")


class FactsPanel(QScrollArea):
    """Caption with its provenance, the text in the picture, and what the file says."""

    folder_asked = Signal(str)  # the path of the file to show
    play_asked = Signal(str)  # the path of the video
    close_look_asked = Signal(int)  # PhotoId
    noted = Signal(int, object)  # PhotoId, and as Written what the person wrote about it

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._photo: Photo | None = None
        self.editor: WordsEditor | None = None
        self.pencil: QAbstractButton | None = None
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(tr("About this photo"))
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(SPACE_L, SPACE_L, SPACE_L, SPACE_L)
        self._column.setSpacing(SPACE_S)
        self.setWidget(inside)

    def show_photo(self, photo: Photo) -> None:
        """Waits with that for as long as the person writes."""
        self._photo = photo
        if self.editor is None:
            self._fill(photo)

    def write(self, own: Written) -> None:
        """Has the person write about the photo, going on from there."""
        assert self._photo is not None
        self.editor = WordsEditor(own)
        self.editor.ended.connect(self.end_writing)
        self._fill(self._photo)
        self.editor.setFocus()

    def end_writing(self, keep: bool = True) -> None:
        """Keeps what the person wrote, if they were writing, or leaves it as it was."""
        editor, self.editor = self.editor, None
        if editor is None or self._photo is None:
            return
        if keep and editor.own != self._photo.own:
            self.noted.emit(self._photo.id, editor.own)
        self._fill(self._photo)
        self.setFocus()

    def _fill(self, photo: Photo) -> None:
        clear(self._column)
        self._add_written(photo)
        self._add_caption(photo)
        self._add_text(photo.text, [*filter(None, (unsure_of(photo), unread_of(photo)))])
        self._add_facts(photo)
        self._add_files(photo)
        self._add_failures(photo)
        filler = QWidget()
        filler.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Expanding)
        self._column.addWidget(filler)

    def _add_written(self, photo: Photo) -> None:
        written = photo.written
        if self.editor is not None:
            self._column.addWidget(self.editor)
            self._separate()
            return
        if written == Written():
            self.pencil = button(tr("Write about it"), "outline", lambda: self.write(photo.own))
            self._theme.dress(self.pencil, "pencil")
            self._column.addWidget(self.pencil)
            self._separate()
            return
        self.pencil = small_icon_button(self._theme, "pencil", tr("Write about it"), lambda: self.write(photo.own))
        self._add_heading(tr("What people wrote"), self.pencil)
        for text in filter(None, (written.title, written.caption)):
            self._column.addWidget(prose(text))
        if stars := stars_of(written.rating):
            line = label(stars)
            rename(line, rating_of(written.rating))
            self._column.addWidget(line)
        if written.people:
            self._column.addWidget(prose(tr("People: {names}", names=tr(", ").join(written.people)), "small"))
        if written.keywords:
            self._column.addWidget(prose(" · ".join(written.keywords), "small"))
        self._separate()

    def _add_caption(self, photo: Photo) -> None:
        description = photo.description
        self._column.addWidget(label(tr("What is seen"), "heading"))
        if description is None:
            self._column.addWidget(label(tr("Nobody has looked at this photo yet."), "muted", wrap=True))
        else:
            self._column.addWidget(prose(description.caption or name_of(description.kind)))
            if description.tags:
                self._column.addWidget(prose(" · ".join(description.tags), "small"))
            self._column.addWidget(self._provenance(description))
            if fault := fault_of(description):
                self._column.addWidget(self._line(Fact("triangle-alert", fault), "warning"))
            if doubted := doubted_of(description):
                self._column.addWidget(label(doubted, "small", wrap=True))
            if limits := limits_of(description):
                self._column.addWidget(label(limits, "small", wrap=True))
            self._add_close_look(photo, description)
        self._separate()

    def _add_close_look(self, photo: Photo, description: Description) -> None:
        """In how many views it was looked at, and the way to all of them."""
        self._column.addWidget(label(views_of(description), "small", wrap=True))
        if description.views >= description.all_views:
            return
        self.close_look = button(tr("Look closely"), "outline", lambda: self._ask_close_look(photo.id))
        self.close_look.setToolTip(tr("Looks at it again in all its views, which takes longer"))
        self._theme.dress(self.close_look, "zoom-in")
        self._column.addWidget(self.close_look)
        if photo.awaits_close_look:
            self._await_close_look()

    def _ask_close_look(self, photo: PhotoId) -> None:
        self._await_close_look()
        self.close_look_asked.emit(photo)

    def _await_close_look(self) -> None:
        self.close_look.setEnabled(False)
        self.close_look.setText(tr("Looking closely…"))

    def _provenance(self, description: Description) -> QWidget:
        line = label(provenance(description), "small", wrap=True)
        line.setToolTip(tr("Which model wrote this, and when"))
        if description.kind is Kind.UNKNOWN:
            return line
        row = QWidget()
        parts = QHBoxLayout(row)
        parts.setContentsMargins(0, 0, 0, 0)
        parts.setSpacing(SPACE_S)
        emblem = label()
        self._theme.dress(emblem, ICONS[description.kind], "muted", 14)
        rename(emblem, name_of(description.kind))
        parts.addWidget(emblem, 0, Qt.AlignmentFlag.AlignTop)
        parts.addWidget(line, 1)
        return row

    def _add_text(self, text: str, warnings: Sequence[str]) -> None:
        if not text and not warnings:
            return
        if text:
            self.copy_button = small_icon_button(self._theme, "copy", tr("Copy the text"), lambda: self._copy(text))
            self._add_heading(tr("Text in the picture"), self.copy_button)
            self._column.addWidget(prose(text))
        else:
            self._column.addWidget(label(tr("Text in the picture"), "heading"))
        for warning in warnings:
            self._column.addWidget(self._line(Fact("triangle-alert", warning), "warning"))
        self._separate()

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._theme.dress(self.copy_button, "check", "accent", 14)
        QTimer.singleShot(COPIED_MS, self.copy_button, lambda: self._theme.dress(self.copy_button, "copy", "muted", 14))

    def _add_facts(self, photo: Photo) -> None:
        self._column.addWidget(label(tr("Facts"), "heading"))
        for fact in facts_of(photo):
            self._column.addWidget(self._line(fact))

    def _add_files(self, photo: Photo) -> None:
        for path in photo.paths:
            self._column.addWidget(self._line(Fact("folder", Path(path).name, str(Path(path).parent))))
        if photo.paths and photo.facts.format in VIDEO_FORMATS:
            play = button(tr("Play"), "outline", lambda: self.play_asked.emit(photo.paths[0]))
            self._theme.dress(play, "play")
            self._column.addSpacing(SPACE_XS)
            self._column.addWidget(play)
        if photo.paths:
            show = button(tr("Show in folder"), "outline", lambda: self.folder_asked.emit(photo.paths[0]))
            self._theme.dress(show, "folder-open")
            self._column.addSpacing(SPACE_XS)
            self._column.addWidget(show)

    def _add_failures(self, photo: Photo) -> None:
        for sentence in photo.failures:
            self._column.addWidget(self._line(Fact("triangle-alert", sentence), "warning"))

    def _add_heading(self, text: str, tool: QWidget) -> None:
        """A heading with a button at its end."""
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label(text, "heading"), 1)
        row.addWidget(tool)
        self._column.addWidget(head)

    def _line(self, fact: Fact, role: str = "muted") -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, SPACE_XS, 0, 0)
        row.setSpacing(SPACE_M)
        emblem = label()
        self._theme.dress(emblem, fact.icon, role, 16)
        row.addWidget(emblem, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(selectable(label(fact.text, wrap=True)))
        if fact.note:
            words.addWidget(selectable(label(fact.note, "small", wrap=True)))
        row.addLayout(words, 1)
        return line

    def _separate(self) -> None:
        self._column.addSpacing(SPACE_XS)
        self._column.addWidget(rule())
        self._column.addSpacing(SPACE_XS)


class Viewer(QWidget):
    """Shows a photo at once as its thumbnail, then sharp; steps through the photos it was opened among."""

    closed = Signal()
    stepped = Signal(int)  # 1 for the next photo, -1 for the previous
    asked_about = Signal(int)  # PhotoId
    close_look_asked = Signal(int)  # PhotoId
    like_asked = Signal(int)  # PhotoId
    folder_asked = Signal(str)
    play_asked = Signal(str)
    noted = Signal(int, object)  # PhotoId, Written

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.photo: PhotoId | None = None
        self._shown: Photo | None = None
        self.canvas = Canvas(theme)
        self.facts = FactsPanel(theme)
        self.facts.folder_asked.connect(self.folder_asked)
        self.facts.play_asked.connect(self.play_asked)
        self.facts.close_look_asked.connect(self.close_look_asked)
        self.facts.noted.connect(self.noted)
        self._title = label("", "title")
        self._place = label("", "muted")
        self.notice = label("", "pill")
        self.notice.setParent(self.canvas)
        self.notice.move(SPACE_L, SPACE_L)
        self._previous = icon_button(theme, "chevron-left", tr("Previous photo"), lambda: self.stepped.emit(-1))
        self._next = icon_button(theme, "chevron-right", tr("Next photo"), lambda: self.stepped.emit(1))
        self._seam = frame("line")
        self.setAccessibleName(tr("Photo"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._lay_out(theme)

    def begin(self, photo: PhotoId, place: int, among: int) -> None:
        """A photo was opened: the `place`-th, counted from 0, of `among`."""
        self.end_writing()
        self.photo = photo
        self._place.setText(tr("{place} of {among}", place=i18n.number(place + 1), among=i18n.number(among)))
        self._previous.setEnabled(place > 0)
        self._next.setEnabled(place + 1 < among)
        self.notice.hide()

    def show_facts(self, photo: Photo) -> None:
        """Shows them unless another photo was opened since, or they are shown already."""
        if photo.id != self.photo or photo == self._shown:
            return
        self._shown = photo
        when = photo.facts.taken_at
        self._title.setText(i18n.day(when) if when else name_of(Kind.UNKNOWN))
        description = photo.description
        seen = description.caption if description else ""
        self.canvas.setAccessibleName(seen or self._title.text())
        self.facts.show_photo(photo)

    def end_writing(self) -> None:
        """Keeps what the person is writing about the photo, if anything: it is about to be left."""
        self.facts.end_writing()

    def show_picture(self, picture: QPixmap, size: QSize) -> None:
        self.canvas.show_picture(picture, size)

    def show_notice(self, sentence: str) -> None:
        """Says why only a thumbnail can be seen."""
        self.notice.setText(sentence)
        self.notice.adjustSize()
        self.notice.show()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        forward, backward = Qt.Key.Key_Right, Qt.Key.Key_Left
        if self.isRightToLeft():
            forward, backward = backward, forward
        steps = {forward: 1, backward: -1, Qt.Key.Key_Space: 1, Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1}
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        elif event.key() in steps:
            self.stepped.emit(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _lay_out(self, theme: Theme) -> None:
        back = icon_button(theme, "arrow-left", tr("Back to the photos"), self.closed.emit)
        ask = button(tr("Ask about it"), "outline", self._ask)
        theme.dress(ask, "message-circle")
        rename(ask, tr("Ask about this photo"))
        bar = QHBoxLayout()
        bar.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        bar.setSpacing(SPACE_S)
        bar.addWidget(back)
        bar.addWidget(self._title)
        bar.addWidget(self._place)
        bar.addStretch(1)
        bar.addWidget(ask)
        bar.addWidget(icon_button(theme, "images", tr("Photos like this one"), self._ask_like))
        bar.addWidget(self._previous)
        bar.addWidget(self._next)
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._body.setSpacing(0)
        self._body.addWidget(self.canvas, 3)
        self._body.addWidget(self._seam)
        self._body.addWidget(self.facts, 2)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(bar)
        whole.addWidget(rule())
        whole.addLayout(self._body, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Where the window is narrow, the facts are below the photo instead of beside it."""
        super().resizeEvent(event)
        beside = self.width() >= NARROW_PX
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        self._body.setDirection(way)
        self._place.setVisible(beside)
        self.facts.setMaximumWidth(FACTS_PX if beside else QWIDGETSIZE_MAX)
        self._seam.setFixedSize(*((1, QWIDGETSIZE_MAX) if beside else (QWIDGETSIZE_MAX, 1)))

    def _ask(self) -> None:
        if self.photo is not None:
            self.asked_about.emit(self.photo)

    def _ask_like(self) -> None:
        if self.photo is not None:
            self.like_asked.emit(self.photo)
