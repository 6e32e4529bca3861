"""The chat: questions to all photos or to one, answers whose citations lead to the photos they stand on."""

from __future__ import annotations

import html
import re

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPlainTextEdit,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop_app.assistant.types import Chip
from desktop_app.i18n import number, plural, tr
from desktop_app.models.conversation import Conversation, Exchange, State
from desktop_app.models.thumbnails import Thumbnails
from desktop_app.theme import CONTROL_PX, RADIUS_S, SMALL, SPACE_L, SPACE_M, SPACE_S, SPACE_XL, SPACE_XS, Theme
from desktop_app.views.chips import Chips
from desktop_app.views.flow import FlowLayout, clear
from desktop_app.views.grid import ON_SCRIM, SCRIM, middle_square
from desktop_app.views.history import HistoryView
from desktop_app.views.pieces import Field, button, frame, icon_button, label, rename, small_icon_button, turn
from indexer.library.types import Hit, PhotoId

THUMBNAIL_PX = 64
THUMBNAILS_SHOWN = 12
QUESTION_PX = 250  # the widest a question's bubble gets before it wraps
LINES_AT_MOST = 5
EXAMPLES = ("¿Qué carteles hay en mis fotos?", "照片里有哪些标志？")  # any language will do, and these show it
CITATION = re.compile(r"\[(\d+)\]")


def linked(text: str, cited: int) -> str:
    """An answer as rich text, its citations of 1 to `cited` made links `photo:N`."""

    def link(match: re.Match[str]) -> str:
        place = int(match[1])
        if not 1 <= place <= cited:
            return match[0]
        return f'<a href="photo:{place}" style="text-decoration: none; font-weight: 600">[{place}]</a>'

    return CITATION.sub(link, html.escape(text)).replace("\n", "<br>")


class Strip(QWidget):
    """The photos an answer stands on, numbered as it cites them."""

    opened = Signal(int)  # PhotoId

    def __init__(self, theme: Theme, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._theme = theme
        self._thumbnails = thumbnails
        self.buttons: dict[PhotoId, tuple[int, QToolButton]] = {}
        self._flow = FlowLayout(self)
        thumbnails.loaded.connect(self._show)
        self.hide()

    def show_photos(self, photos: tuple[Hit, ...]) -> None:
        clear(self._flow)
        self.buttons.clear()
        for place, hit in enumerate(photos[:THUMBNAILS_SHOWN], 1):
            made = QToolButton()
            made.setProperty("look", "thumbnail")
            made.setFixedSize(THUMBNAIL_PX + 6, THUMBNAIL_PX + 6)
            made.setIconSize(QSize(THUMBNAIL_PX, THUMBNAIL_PX))
            made.setCursor(Qt.CursorShape.PointingHandCursor)
            made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            rename(made, tr("Photo {place}: {caption}", place=place, caption=hit.caption or hit.kind))
            made.clicked.connect(lambda _=False, photo=hit.photo: self.opened.emit(photo))
            self.buttons[hit.photo] = (place, made)
            self._flow.addWidget(made)
            self._show(hit.photo)
        self.setVisible(bool(photos))

    def _show(self, photo: PhotoId) -> None:
        if photo in self.buttons:
            place, made = self.buttons[photo]
            made.setIcon(QIcon(self._drawn(place, self._thumbnails.get(photo))))

    def _drawn(self, place: int, picture: QPixmap | None) -> QPixmap:
        """A rounded crop with the citation's number in its corner, sharp at twice the size."""
        drawn = QPixmap(THUMBNAIL_PX * 2, THUMBNAIL_PX * 2)
        drawn.setDevicePixelRatio(2)
        drawn.fill(Qt.GlobalColor.transparent)
        area = QRectF(0, 0, THUMBNAIL_PX, THUMBNAIL_PX)
        shape = QPainterPath()
        shape.addRoundedRect(area, RADIUS_S, RADIUS_S)
        painter = QPainter(drawn)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setClipPath(shape)
        if picture is None:
            painter.fillRect(area, self._theme.colour("hover"))
        else:
            painter.drawPixmap(area, picture, middle_square(picture))
        painter.setFont(self._theme.font(SMALL, bold=True))
        mark = QRectF(4, 4, max(18, painter.fontMetrics().horizontalAdvance(str(place)) + 8), 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(SCRIM)
        painter.drawRoundedRect(mark, 9, 9)
        painter.setPen(ON_SCRIM)
        painter.drawText(mark, Qt.AlignmentFlag.AlignCenter, number(place))
        painter.end()
        return drawn


class ExchangeView(QWidget):
    """A question in a bubble, its answer beneath: text, photos, and how the question was read."""

    opened = Signal(int)  # PhotoId
    left_out = Signal(object)  # Chip
    all_asked = Signal(object)  # a list of PhotoId

    def __init__(self, theme: Theme, thumbnails: Thumbnails, exchange: Exchange) -> None:
        super().__init__()
        self._photos: tuple[Hit, ...] = ()
        self._chips: tuple[Chip, ...] = ()
        self.answer = label("", wrap=True)
        self.answer.setTextFormat(Qt.TextFormat.RichText)
        self.answer.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.answer.linkActivated.connect(self._follow)
        self.waiting = label(tr("Asking the model…"), "muted")
        self.strip = Strip(theme, thumbnails)
        self.strip.opened.connect(self.opened)
        self.chips = Chips(theme)
        self.chips.removed.connect(self.left_out)
        self._all = button("", "small", self._ask_all)
        theme.dress(self._all, "layout-grid", "text", 14)
        self._all.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, SPACE_M)
        column.setSpacing(SPACE_S)
        column.addLayout(self._bubble(exchange.question))
        column.addWidget(self.chips)
        column.addWidget(self.answer)
        column.addWidget(self.waiting)
        column.addWidget(self.strip)
        column.addWidget(self._all, 0, Qt.AlignmentFlag.AlignLeading)
        self.show_exchange(exchange)

    def show_exchange(self, exchange: Exchange) -> None:
        self._show_answer(exchange)
        self.waiting.setVisible(exchange.state is State.STREAMING and exchange.reading is not None)
        if exchange.chips != self._chips:
            self._chips = exchange.chips
            self.chips.show_chips(exchange.chips)
        if exchange.photos != self._photos:
            self._photos = exchange.photos
            self.strip.show_photos(exchange.photos)
            self._all.setText(
                plural("Show {count} photo in the grid", "Show {count} photos in the grid", len(exchange.photos))
            )
            self._all.setVisible(len(exchange.photos) > 1)

    def _show_answer(self, exchange: Exchange) -> None:
        looks = {State.AWAITED: "muted", State.STOPPED: "muted", State.FAILED: "warning"}
        texts = {
            State.AWAITED: tr("Looking at the photo…") if exchange.about else tr("Looking through your photos…"),
            State.STOPPED: exchange.answer or tr("Stopped."),
        }
        text = texts.get(exchange.state, exchange.answer)
        self.answer.setProperty("look", looks.get(exchange.state, ""))
        self.answer.style().unpolish(self.answer)
        self.answer.style().polish(self.answer)
        self.answer.setText(linked(text, len(exchange.photos)))
        turn(self.answer, text)

    def _bubble(self, question: str) -> QHBoxLayout:
        words = label(question, wrap=True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        turn(words, question)
        words.setMinimumWidth(min(QUESTION_PX, words.fontMetrics().horizontalAdvance(question) + 2))
        bubble = frame("question")
        inside = QVBoxLayout(bubble)
        inside.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        inside.addWidget(words)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(bubble)
        return row

    def _follow(self, link: str) -> None:
        self.opened.emit(self._photos[int(link.removeprefix("photo:")) - 1].photo)

    def _ask_all(self) -> None:
        self.all_asked.emit([hit.photo for hit in self._photos])


class QuestionEdit(QPlainTextEdit):
    """Grows with the question; Enter asks, Shift+Enter makes a new line."""

    entered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.document().setDocumentMargin(2)
        self.textChanged.connect(self._grow)
        self._grow()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        plain = not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._grow()

    def _grow(self) -> None:
        lines = min(max(int(self.document().size().height()), 1), LINES_AT_MOST)
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 8)


class ChatPane(QWidget):
    """Where questions are asked and answers read."""

    opened = Signal(int)  # PhotoId
    all_asked = Signal(object)  # a list of PhotoId
    history_asked = Signal(str)  # what is searched for in it

    def __init__(self, theme: Theme, thumbnails: Thumbnails, conversation: Conversation) -> None:
        super().__init__()
        self.history = HistoryView(theme)
        self.history.searched.connect(self.history_asked)
        self._theme = theme
        self._thumbnails = thumbnails
        self._conversation = conversation
        self._about: PhotoId | None = None
        self.views: list[ExchangeView] = []
        self.edit = QuestionEdit()
        self.edit.setPlaceholderText(tr("Ask in any language"))
        self.edit.setAccessibleName(tr("Your question"))
        self.edit.entered.connect(self._send)
        self.edit.textChanged.connect(self._show_send)
        self.send = icon_button(theme, "arrow-up", tr("Ask"), self._press)
        self.send.setProperty("look", "send")
        self.send.setFixedSize(28, 28)
        self._lay_out()
        conversation.begun.connect(self._begin)
        conversation.changed.connect(self._change)
        conversation.cleared.connect(self._clear)
        thumbnails.loaded.connect(self._show_about_picture)
        self._show_send()

    def ask_about(self, photo: PhotoId) -> None:
        """Questions are about this one photo from now on, until that is taken back."""
        self._about = photo
        self._about_bar.show()
        self._show_about_picture(photo)
        self.edit.setPlaceholderText(tr("Ask about this photo"))
        self.edit.setFocus()

    def ask_all(self) -> None:
        """Questions are about all photos again."""
        self._about = None
        self._about_bar.hide()
        self.edit.setPlaceholderText(tr("Ask in any language"))

    def show_history(self, shown: bool) -> None:
        """What was asked before, or the conversation again."""
        self.history_button.setChecked(shown)
        self._middle.setCurrentIndex(int(shown))
        if shown:
            self.history_asked.emit(self.history.search.text)

    # ---- asking

    def _press(self) -> None:
        if self._conversation.is_answering:
            self._conversation.stop()
        else:
            self._send()

    def _send(self) -> None:
        question = self.edit.toPlainText().strip()
        if question:
            self.edit.clear()
            self._conversation.ask(question, self._about)

    def _ask_example(self, question: str) -> None:
        self.ask_all()
        self._conversation.ask(question)

    def _show_send(self) -> None:
        answering = self._conversation.is_answering
        self.send.setEnabled(answering or bool(self.edit.toPlainText().strip()))
        self._theme.dress(self.send, "square" if answering else "arrow-up", "on_accent", 14 if answering else 18)
        rename(self.send, tr("Stop") if answering else tr("Ask"))

    # ---- showing

    def _begin(self, place: int) -> None:
        view = ExchangeView(self._theme, self._thumbnails, self._conversation.exchanges[place])
        view.opened.connect(self.opened)
        view.all_asked.connect(self.all_asked)
        view.left_out.connect(lambda chip: self._leave_out(view, chip))
        self.views.append(view)
        self._column.addWidget(view)
        self._welcome.hide()
        self.new_button.show()
        self.show_history(False)
        self._show_send()
        QTimer.singleShot(0, self._area, self._scroll_down)

    def _change(self, place: int) -> None:
        self.views[place].show_exchange(self._conversation.exchanges[place])
        self._show_send()
        if place == len(self.views) - 1:
            QTimer.singleShot(0, self._area, self._scroll_down)

    def _clear(self) -> None:
        clear(self._column)
        self.views.clear()
        self._welcome.show()
        self.new_button.hide()
        self._show_send()

    def _leave_out(self, view: ExchangeView, chip: Chip) -> None:
        self._conversation.leave_out(self.views.index(view), chip)

    def _scroll_down(self) -> None:
        bar = self._area.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _show_about_picture(self, photo: PhotoId) -> None:
        if photo == self._about:
            picture = self._thumbnails.get(photo)
            self._about_picture.setPixmap(_small(picture) if picture else QPixmap())

    # ---- layout

    def _lay_out(self) -> None:
        self.new_button = icon_button(self._theme, "plus", tr("New conversation"), self._conversation.clear)
        self.new_button.hide()
        self.history_button = icon_button(self._theme, "history", tr("What you asked before"))
        self.history_button.setCheckable(True)
        self.history_button.toggled.connect(self.show_history)
        head = QHBoxLayout()
        head.setContentsMargins(SPACE_L, SPACE_S, SPACE_L, SPACE_S)
        head.addWidget(label(tr("Ask your photos"), "title"), 1)
        head.addWidget(self.new_button)
        head.addWidget(self.history_button)
        head.addStrut(CONTROL_PX)
        panel = frame("panel")
        column = QVBoxLayout(panel)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        self._middle = QStackedWidget()
        self._middle.addWidget(self._made_area())
        self._middle.addWidget(self.history)
        column.addWidget(self._middle, 1)
        column.addLayout(self._made_composer())
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(panel)

    def _made_area(self) -> QScrollArea:
        self._welcome = self._made_welcome()
        self._column = QVBoxLayout()
        self._column.setSpacing(SPACE_M)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE_L, SPACE_S, SPACE_L, SPACE_S)
        column.addWidget(self._welcome)
        column.addLayout(self._column)
        column.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(inside)
        return self._area

    def _made_welcome(self) -> QWidget:
        welcome = QWidget()
        column = QVBoxLayout(welcome)
        column.setContentsMargins(0, SPACE_S, 0, SPACE_XL)
        column.setSpacing(SPACE_S)
        promise = tr("Answers come from what is seen and read in your photos, on this machine only.")
        column.addWidget(label(promise, "muted", wrap=True))
        column.addSpacing(SPACE_S)
        for example in (tr("How many receipts are there?"), tr("Where were my latest photos taken?"), *EXAMPLES):
            row = button(example, "example", lambda example=example: self._ask_example(example))  # type: ignore[misc]
            turn(row, example)
            column.addWidget(row)
        return welcome

    def _made_composer(self) -> QVBoxLayout:
        field = Field(self.edit)
        field.row.addWidget(self.send, 0, Qt.AlignmentFlag.AlignBottom)
        composer = QVBoxLayout()
        composer.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_M)
        composer.setSpacing(SPACE_S)
        composer.addWidget(self._made_about_bar())
        composer.addWidget(field)
        return composer

    def _made_about_bar(self) -> QWidget:
        self._about_bar = frame("card")
        self._about_picture = label()
        self._about_picture.setFixedSize(28, 28)
        close = small_icon_button(self._theme, "x", tr("Ask about all photos again"), self.ask_all)
        row = QHBoxLayout(self._about_bar)
        row.setContentsMargins(SPACE_XS, SPACE_XS, SPACE_XS, SPACE_XS)
        row.addWidget(self._about_picture)
        row.addWidget(label(tr("About this photo")), 1)
        row.addWidget(close)
        self._about_bar.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._about_bar.hide()
        return self._about_bar


def _small(picture: QPixmap) -> QPixmap:
    cut = picture.copy(middle_square(picture).toRect())
    small = cut.scaled(56, 56, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
    small.setDevicePixelRatio(2)
    return small
