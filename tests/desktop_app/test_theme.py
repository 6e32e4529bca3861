from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QPushButton

from desktop_app.theme import DARK, LIGHT, Appearance, Colours, Theme, mixed

GROUNDS = ("window", "surface", "raised", "hover")
TEXT_PAIRS = [(ink, ground) for ink in ("text", "muted", "accent", "warning", "danger") for ground in GROUNDS]
TEXT_PAIRS += [("on_accent", "accent"), ("on_accent_ground", "accent_ground")]


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = QColor(colour).getRgbF()[:3]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_text_has_aa_contrast(colours: Colours, ink: str, ground: str) -> None:
    assert contrast(getattr(colours, ink), getattr(colours, ground)) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("part", ["control", "accent"])
def test_outlines_of_controls_and_of_focus_can_be_made_out(colours: Colours, part: str) -> None:
    assert contrast(getattr(colours, part), colours.window) >= 3


def test_a_choice_of_light_or_dark_overrules_the_system(theme: Theme, qapp: QApplication) -> None:
    theme.choose(Appearance.DARK)
    assert qapp.palette().window().color().name() == DARK.window
    theme.choose(Appearance.LIGHT)
    assert qapp.palette().window().color().name() == LIGHT.window


def test_icons_change_with_the_colours(theme: Theme, qtbot: object) -> None:
    button = QPushButton("Add")
    theme.choose(Appearance.LIGHT)
    theme.dress(button, "folder-plus")
    light = button.icon().pixmap(18).toImage()
    theme.choose(Appearance.DARK)
    assert button.icon().pixmap(18).toImage() != light


def test_arrows_point_the_other_way_where_lines_run_from_right_to_left(theme: Theme, qapp: QApplication) -> None:
    def drawn(name: str) -> QImage:
        return theme.icon(name).pixmap(18).toImage()

    back, plus = drawn("arrow-left"), drawn("folder-plus")
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        assert drawn("arrow-left") != back
        assert drawn("folder-plus") == plus
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def test_a_colour_mixed_half_and_half_lies_in_the_middle() -> None:
    assert mixed("#000000", "#ffffff", 0.5) == "#808080"
