"""When the machine is left alone: on a battery that runs low, when it is hot or busy, and by the clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import Signal

from desktop_app import i18n
from desktop_app.i18n import tr
from desktop_app.theme import Theme
from desktop_app.views.settings.pieces import Picker, Section, Setting, Switch
from indexer.rest import Condition, Limits

NIGHT = 22, 7  # what is offered to who wants only some hours


class RestingSection(Section):
    """A line for each limit, with how the machine is now."""

    chosen = Signal(object)  # Limits

    def __init__(self, theme: Theme) -> None:
        super().__init__(
            tr("When to work"),
            tr("Within these limits Tintype works. What you open or ask about is worked on all the same."),
        )
        self._limits = Limits()
        self.battery, self._battery = self._limit(
            theme, tr("Rest on battery"), "battery_percent", (0, 20, 30, 40, 50, 60, 80), lambda at: below(percent(at))
        )
        self.heat, self._heat = self._limit(
            theme, tr("Rest when it is hot"), "heat_c", (0, 70, 75, 80, 85, 90, 95, 100), lambda at: since(degrees(at))
        )
        self.busy, self._busy = self._limit(
            theme,
            tr("Rest while other programs work"),
            "busy_percent",
            (0, 30, 40, 50, 60, 70, 80, 90),
            lambda at: since(percent(at)),
        )
        self.by_hours = Switch(theme, tr("Work only at some hours"))
        self.by_hours.clicked.connect(self._choose_hours)
        self.from_h, self._from_h = self._hour(theme, tr("Begin at"), "", "from_h")
        self.to_h, self._to_h = self._hour(theme, tr("End at"), tr("It may be the next day."), "to_h")
        some_hours = Setting(self.by_hours.accessibleName(), tr("Otherwise it works at any hour."), self.by_hours)
        self.place(self._battery, self._heat, self._busy, some_hours, self._from_h, self._to_h)
        self.show_condition(Condition())

    def show_limits(self, limits: Limits) -> None:
        self._limits = limits
        self.battery.show_choice(limits.battery_percent)
        self.heat.show_choice(limits.heat_c)
        self.busy.show_choice(limits.busy_percent)
        by_hours = limits.from_h != limits.to_h
        self.by_hours.setChecked(by_hours)
        self.from_h.show_choice(limits.from_h)
        self.to_h.show_choice(limits.to_h)
        for setting in (self._from_h, self._to_h):
            setting.setEnabled(by_hours)

    def show_condition(self, now: Condition) -> None:
        self._battery.tell(
            tr("Below this charge, unless it is plugged in. It is plugged in now.")
            if now.battery_percent is None
            else tr("Below this charge, unless it is plugged in. Now {now}.", now=percent(now.battery_percent))
        )
        self._heat.tell(
            tr("From this temperature on. This machine does not tell its own.")
            if now.hottest_c is None
            else tr("From this temperature on. Now {now}.", now=degrees(now.hottest_c))
        )
        self._busy.tell(tr("Where they take so much of all processors. Now {now}.", now=percent(now.busy_percent)))

    def _limit(
        self, theme: Theme, name: str, field: str, values: Sequence[int], words: Callable[[int], str]
    ) -> tuple[Picker[int], Setting]:
        picker = Picker(theme, name, values, lambda value: words(value) if value else tr("Never"))
        picker.chosen.connect(lambda value: self._choose(**{field: value}))
        return picker, Setting(name, "", picker)

    def _hour(self, theme: Theme, name: str, more: str, field: str) -> tuple[Picker[int], Setting]:
        picker = Picker(theme, name, range(24), i18n.hour)
        picker.chosen.connect(lambda value: self._choose(**{field: value}))
        return picker, Setting(name, more, picker)

    def _choose_hours(self, on: bool) -> None:
        from_h, to_h = NIGHT if on else (0, 0)
        self._choose(from_h=from_h, to_h=to_h)

    def _choose(self, **changed: int) -> None:
        self.show_limits(replace(self._limits, **changed))
        self.chosen.emit(self._limits)


def percent(value: float) -> str:
    return tr("{number} %", number=i18n.number(round(value)))


def degrees(value: float) -> str:
    return tr("{number} °C", number=i18n.number(round(value)))


def below(limit: str) -> str:
    return tr("Below {limit}", limit=limit)


def since(limit: str) -> str:
    return tr("From {limit}", limit=limit)
