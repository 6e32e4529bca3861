"""How Tintype looks: spacing, type and colour as tokens, and the palette, style sheet and icons made from them."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from string import Template
from weakref import WeakKeyDictionary

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette, QPixmap, QTransform
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton
from shiboken6 import isValid

ICONS = Path(__file__).resolve().parents[1] / "assets" / "icons"

SPACE_XS, SPACE_S, SPACE_M, SPACE_L, SPACE_XL = 4, 8, 12, 16, 24
RADIUS_S, RADIUS_M, RADIUS_L = 5, 8, 14
ICON_PX = 18
POINTING = ("arrow-left", "chevron-left", "chevron-right")  # icons of a direction that lines run in
CONTROL_PX = 32  # the height of a button or a one-line field

SMALL, BODY, TITLE, DISPLAY = 0.88, 1.0, 1.2, 1.7  # type scale, in multiples of the system's own size


class Appearance(StrEnum):
    """What the person chose in the View menu."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True)
class Colours:
    """Colours by what they are for, as #rrggbb; text on its ground has AA contrast (tested)."""

    window: str  # bars and panels
    surface: str  # what photos lie on
    raised: str  # fields, cards, menus
    hover: str
    pressed: str
    line: str
    control: str  # the outline of a field: 3:1 on its ground
    text: str
    muted: str
    faint: str  # disabled: exempt from contrast
    accent: str
    on_accent: str
    accent_ground: str  # behind what is selected
    on_accent_ground: str
    warning: str
    danger: str


LIGHT = Colours(
    window="#f4f2ef",
    surface="#fbfaf8",
    raised="#ffffff",
    hover="#e9e5e0",
    pressed="#dfdad3",
    line="#e2ddd6",
    control="#918a81",
    text="#211e1b",
    muted="#655f58",
    faint="#a9a39b",
    accent="#9a4a1c",
    on_accent="#ffffff",
    accent_ground="#f2dfd1",
    on_accent_ground="#5c2a0d",
    warning="#7d5300",
    danger="#ad2419",
)

DARK = Colours(
    window="#1e1c1b",
    surface="#151413",
    raised="#292725",
    hover="#32302d",
    pressed="#3c3936",
    line="#383532",
    control="#7d766e",
    text="#eeebe7",
    muted="#aaa49c",
    faint="#6b665f",
    accent="#e8a677",
    on_accent="#2a1407",
    accent_ground="#47301f",
    on_accent_ground="#f8dcc7",
    warning="#e3b55c",
    danger="#f2938a",
)

STYLE_SHEET = Template(
    """
    QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: ${space_xs}px ${space_s}px; }
    QMainWindow, QDialog { background: $window; }
    QMenuBar { background: $window; color: $text; padding: 2px ${space_xs}px; }
    QMenuBar::item { padding: ${space_xs}px ${space_s}px; border-radius: ${radius_s}px; background: transparent; }
    QMenuBar::item:selected { background: $hover; }
    QMenu { background: $raised; border: 1px solid $line; padding: ${space_xs}px; }
    QMenu::item { padding: 6px ${space_xl}px; border-radius: ${radius_s}px; }
    QMenu::item:selected { background: $accent_ground; color: $on_accent_ground; }
    QMenu::item:disabled { color: $faint; }
    QMenu::separator { height: 1px; background: $line; margin: ${space_xs}px ${space_s}px; }

    QSplitter::handle { background: $line; }
    QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }
    QAbstractItemView { border: none; outline: none; }
    QScrollBar { background: transparent; border: none; }
    QScrollBar:vertical { width: 12px; }
    QScrollBar:horizontal { height: 12px; }
    QScrollBar::handle { background: $pressed; border-radius: 4px; margin: 2px; min-height: 32px; min-width: 32px; }
    QScrollBar::handle:hover { background: $control; }
    QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
    QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

    QPushButton, QToolButton {
        color: $text; background: transparent; border: 1px solid transparent; border-radius: ${radius_m}px;
        padding: 0 ${space_m}px; min-height: ${control_inner}px;
    }
    QToolButton { padding: 0; min-width: ${control_inner}px; }
    QPushButton:hover, QToolButton:hover { background: $hover; }
    QPushButton:pressed, QToolButton:pressed { background: $pressed; }
    QToolButton:checked { background: $hover; }
    QPushButton:focus, QToolButton:focus { border-color: $accent; }
    QPushButton:disabled, QToolButton:disabled { color: $faint; }
    QPushButton[look="primary"] { background: $accent; color: $on_accent; font-weight: 600; padding: 0 ${space_l}px; }
    QPushButton[look="primary"]:hover { background: $accent_hover; }
    QPushButton[look="primary"]:focus { border: 2px solid $text; }
    QPushButton[look="outline"] { border-color: $control; background: $raised; }
    QPushButton[look="outline"]:hover { background: $hover; }
    QPushButton[look="outline"]:focus { border-color: $accent; }
    QPushButton[look="outline"]:disabled { border-color: $line; }
    QPushButton[look="chip"] {
        background: transparent; border: 1px solid $line; border-radius: 13px; color: $muted; min-height: 24px;
        padding: 0 ${space_xs}px 0 ${space_s}px;
    }
    QPushButton[look="chip"]:hover { background: $hover; color: $text; }
    QPushButton[look="chip"]:focus { border-color: $accent; }
    QPushButton[look="shortcut"] {
        border-color: $line; border-radius: 13px; color: $muted; min-height: 24px; padding: 0 ${space_s}px;
        font-size: ${small_pt}pt;
    }
    QPushButton[look="shortcut"]:hover { background: $hover; color: $text; }
    QPushButton[look="shortcut"]:focus { border-color: $accent; }
    QPushButton[look="small"] { min-height: 24px; padding: 0 ${space_s}px; }
    QToolButton[look="small"] { min-height: 22px; min-width: 22px; border-radius: ${radius_s}px; }
    QPushButton[look="example"] {
        background: $raised; border-color: $line; text-align: left; padding: 6px ${space_m}px;
    }
    QPushButton[look="example"]:hover { background: $hover; }
    QPushButton[look="example"]:focus { border-color: $accent; }
    QToolButton[look="thumbnail"] { padding: 0; border: 2px solid transparent; border-radius: ${radius_m}px; }
    QToolButton[look="thumbnail"]:hover, QToolButton[look="thumbnail"]:focus { border-color: $accent; }
    QToolButton[look="send"] { background: $accent; border-radius: 14px; min-width: 26px; min-height: 26px; }
    QToolButton[look="send"]:hover { background: $accent_hover; }
    QToolButton[look="send"]:disabled { background: $hover; }
    QToolButton[look="send"]:focus { border: 2px solid $text; }

    QFrame[look="field"] { background: $raised; border: 1px solid $control; border-radius: ${radius_m}px; }
    QFrame[look="field"][active="true"] { border: 1px solid $accent; }
    QFrame[look="field"] QLineEdit, QFrame[look="field"] QPlainTextEdit {
        background: transparent; border: none; color: $text; padding: 0; selection-background-color: $accent;
        selection-color: $on_accent;
    }
    QFrame[look="bar"] { background: $window; border: none; }
    QFrame[look="panel"] { background: $window; border: none; }
    QFrame[look="surface"] { background: $surface; border: none; }
    QFrame[look="card"] { background: $raised; border: 1px solid $line; border-radius: ${radius_m}px; }
    QFrame[look="line"] { background: $line; border: none; }
    QFrame[look="question"] { background: $accent_ground; border: none; border-radius: ${radius_l}px; }
    QFrame[look="question"] QLabel { color: $on_accent_ground; }
    QFrame[look="answer"] { background: $raised; border: 1px solid $line; border-radius: ${radius_l}px; }

    QLabel { color: $text; background: transparent; }
    QLabel[look="muted"] { color: $muted; }
    QLabel[look="small"] { color: $muted; font-size: ${small_pt}pt; }
    QLabel[look="heading"] { color: $muted; font-size: ${small_pt}pt; font-weight: 600; }
    QLabel[look="strong"] { font-weight: 600; }
    QLabel[look="title"] { font-size: ${title_pt}pt; font-weight: 600; }
    QLabel[look="display"] { font-size: ${display_pt}pt; font-weight: 600; }
    QLabel[look="warning"] { color: $warning; }
    QLabel[look="pill"] {
        background: $raised; color: $text; border: 1px solid $line; border-radius: 13px; padding: 3px ${space_m}px;
        font-weight: 600;
    }

    QComboBox {
        color: $text; background: $raised; border: 1px solid $control; border-radius: ${radius_m}px;
        padding: 0 ${space_m}px; min-height: ${control_inner}px;
    }
    QComboBox:hover { background: $hover; }
    QComboBox:focus { border-color: $accent; }
    QComboBox:disabled { color: $faint; border-color: $line; }
    QComboBox::drop-down { border: none; width: ${space_l}px; }
    QComboBox::down-arrow { image: none; }
    QComboBox QAbstractItemView { background: $raised; border: 1px solid $line; padding: ${space_xs}px; }
    QComboBox QAbstractItemView::item {
        min-height: 28px; padding: 0 ${space_s}px; border-radius: ${radius_s}px; color: $text;
    }
    QComboBox QAbstractItemView::item:selected { background: $accent_ground; color: $on_accent_ground; }

    QProgressBar { background: $pressed; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; }
    QProgressBar::chunk { background: $accent; border-radius: 2px; }
    QSlider { min-height: 20px; background: transparent; }
    QSlider::groove:horizontal { height: 4px; background: $pressed; border-radius: 2px; }
    QSlider::sub-page:horizontal { background: $control; border-radius: 2px; }
    QSlider::handle:horizontal { width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: $muted; }
    QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { background: $accent; }
    """
)


def style_sheet(colours: Colours, base_pt: float) -> str:
    return STYLE_SHEET.substitute(
        asdict(colours),
        space_xs=SPACE_XS,
        space_s=SPACE_S,
        space_m=SPACE_M,
        space_l=SPACE_L,
        space_xl=SPACE_XL,
        radius_s=RADIUS_S,
        radius_m=RADIUS_M,
        radius_l=RADIUS_L,
        control_inner=CONTROL_PX - 2,
        small_pt=f"{base_pt * SMALL:.1f}",
        title_pt=f"{base_pt * TITLE:.1f}",
        display_pt=f"{base_pt * DISPLAY:.1f}",
        accent_hover=mixed(colours.accent, colours.text, 0.12),
    )


def mixed(first: str, second: str, share: float) -> str:
    """The colour `share` of the way from the first to the second, in sRGB."""
    a, b = QColor(first), QColor(second)
    pairs = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(x + (y - x) * share) for x, y in pairs)).name()


def palette(colours: Colours) -> QPalette:
    role = QPalette.ColorRole
    roles = {
        role.Window: colours.window,
        role.WindowText: colours.text,
        role.Base: colours.surface,
        role.AlternateBase: colours.window,
        role.Text: colours.text,
        role.PlaceholderText: colours.muted,
        role.Button: colours.raised,
        role.ButtonText: colours.text,
        role.ToolTipBase: colours.raised,
        role.ToolTipText: colours.text,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.Accent: colours.accent,
        role.Link: colours.accent,
        role.LinkVisited: colours.accent,
        role.Light: colours.raised,
        role.Midlight: colours.hover,
        role.Mid: colours.line,
        role.Dark: colours.control,
        role.Shadow: colours.control,
    }
    made = QPalette()
    for which, colour in roles.items():
        made.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(colours.faint))
    return made


class Theme(QObject):
    """The one look of the program: follows the system until told otherwise; `changed` when colours did."""

    changed = Signal()

    def __init__(self, app: QApplication, appearance: Appearance = Appearance.SYSTEM) -> None:
        super().__init__()
        self._app = app
        app.setStyle("Fusion")
        app.setFont(interface_font(app.font()))
        self.appearance = appearance
        self.colours = LIGHT
        self._dressed: WeakKeyDictionary[QAbstractButton | QLabel, tuple[str, str, int]] = WeakKeyDictionary()
        self._apply()
        app.styleHints().colorSchemeChanged.connect(self._apply)

    def choose(self, appearance: Appearance) -> None:
        self.appearance = appearance
        self._apply()

    @property
    def is_dark(self) -> bool:
        return self.colours is DARK

    def colour(self, role: str) -> QColor:
        return QColor(getattr(self.colours, role))

    def font(self, scale: float = BODY, *, bold: bool = False) -> QFont:
        font = QFont(self._app.font())
        font.setPointSizeF(font.pointSizeF() * scale)
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font

    def icon(self, name: str, role: str = "text", size_px: int = ICON_PX, *, margin_px: int = 0) -> QIcon:
        """`margin_px` is left free on either side of it."""
        icon = QIcon()
        mirrored = name in POINTING and self._app.layoutDirection() is Qt.LayoutDirection.RightToLeft
        for ratio in (1, 2, 3):
            for colour, mode in (
                (getattr(self.colours, role), QIcon.Mode.Normal),
                (self.colours.faint, QIcon.Mode.Disabled),
            ):
                icon.addPixmap(tinted(name, colour, size_px, ratio, margin_px, mirrored=mirrored), mode)
        return icon

    def dress(self, widget: QAbstractButton | QLabel, name: str, role: str = "text", size_px: int = ICON_PX) -> None:
        """Gives a button or label its icon, now and whenever the colours change; dressing again replaces it."""
        self._dressed[widget] = (name, role, size_px)
        self._draw(widget)

    def _draw(self, widget: QAbstractButton | QLabel) -> None:
        name, role, size_px = self._dressed[widget]
        if isinstance(widget, QLabel):
            widget.setPixmap(self.icon(name, role, size_px).pixmap(size_px))
            return
        # Qt leaves little room between an icon and words, on whichever side they are.
        margin_px = SPACE_XS if isinstance(widget, QPushButton) else 0
        widget.setIcon(self.icon(name, role, size_px, margin_px=margin_px))
        widget.setIconSize(QSize(size_px + 2 * margin_px, size_px))

    def _apply(self) -> None:
        dark = self.appearance is Appearance.DARK or (
            self.appearance is Appearance.SYSTEM and self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark
        )
        self.colours = DARK if dark else LIGHT
        self._app.setPalette(palette(self.colours))
        self._app.setStyleSheet(style_sheet(self.colours, self._app.font().pointSizeF()))
        for widget in list(self._dressed):
            if isValid(widget):
                self._draw(widget)
        self.changed.emit()


def interface_font(system: QFont) -> QFont:
    """The system's own font, save where that is only the last resort of a bare Linux."""
    if sys.platform == "linux" and system.family() in ("", "Sans Serif", "DejaVu Sans", "Sans"):
        chosen = next((name for name in ("Inter", "Noto Sans", "Cantarell") if name in QFontDatabase.families()), None)
        if chosen:
            system.setFamily(chosen)
            system.setPointSizeF(10)
    return system


@lru_cache(maxsize=512)
def tinted(name: str, colour: str, size_px: int, ratio: int, margin_px: int = 0, *, mirrored: bool = False) -> QPixmap:
    """A Lucide icon drawn in one colour, for a screen of `ratio` device pixels a pixel."""
    source = (ICONS / f"{name}.svg").read_text("utf-8").replace("currentColor", colour)
    pixmap = QPixmap((size_px + 2 * margin_px) * ratio, size_px * ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    if mirrored:
        painter.setTransform(QTransform(-1, 0, 0, 1, pixmap.width(), 0))
    QSvgRenderer(QByteArray(source.encode())).render(
        painter, QRectF(margin_px * ratio, 0, size_px * ratio, size_px * ratio)
    )
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
