"""Says when the machine should be left alone: by the clock, a battery that runs low, heat, or the person's own work."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum

import psutil

from indexer.library import settings

CHECK_S = 5.0
# How far it must have got better before work goes on, so that it does not begin and end all the time.
_BATTERY_MARGIN, _HEAT_MARGIN, _BUSY_MARGIN = 5, 10, 20
_SENSORS = ("coretemp", "k10temp", "zenpower", "cpu_thermal", "cpu-thermal", "acpitz")


class Reason(StrEnum):
    """What keeps Tintype from working."""

    BATTERY = "battery"
    HEAT = "heat"
    BUSY = "busy"
    HOURS = "hours"


@dataclass(frozen=True)
class Limits:
    """Where it rests; 0 in each: never for that reason.

    `battery_percent`: below that, where there is no mains. `heat_c`: from that temperature on. `busy_percent`: where
    other programs take as much of all processors. It works from the hour `from_h` until `to_h`, maybe over midnight;
    always where they are the same.
    """

    battery_percent: int = 40
    heat_c: int = 95
    busy_percent: int = 60
    from_h: int = 0
    to_h: int = 0

    def allow(self, hour: int) -> bool:
        """Whether it may work at that hour of the day."""
        return (hour - self.from_h) % 24 < ((self.to_h - self.from_h) % 24 or 24)


@dataclass(frozen=True)
class Condition:
    """How the machine is. None: it does not say; `battery_percent` is None on mains, too."""

    battery_percent: float | None = None
    hottest_c: float | None = None
    busy_percent: float = 0.0
    hour: int | None = None  # of the day, by the machine's clock


def reason(now: Condition, limits: Limits, before: Reason | None = None) -> Reason | None:
    """What it should rest for, having rested for `before` until now; None: it may work."""
    battery = limits.battery_percent + (_BATTERY_MARGIN if before is Reason.BATTERY else 0)
    heat = limits.heat_c - (_HEAT_MARGIN if before is Reason.HEAT else 0)
    busy = limits.busy_percent - (_BUSY_MARGIN if before is Reason.BUSY else 0)
    if limits.battery_percent and now.battery_percent is not None and now.battery_percent < battery:
        return Reason.BATTERY
    if limits.heat_c and now.hottest_c is not None and now.hottest_c >= heat:
        return Reason.HEAT
    if limits.busy_percent and now.busy_percent >= busy:
        return Reason.BUSY
    return Reason.HOURS if now.hour is not None and not limits.allow(now.hour) else None


def limits(conn: sqlite3.Connection) -> Limits:
    """Those that the person chose."""
    usual = Limits()
    return Limits(
        **{name: int(settings.get(conn, f"rest.{name}", str(value))) for name, value in asdict(usual).items()}
    )


def choose(conn: sqlite3.Connection, chosen: Limits) -> None:
    for field in fields(chosen):
        settings.set(conn, f"rest.{field.name}", str(getattr(chosen, field.name)))


class Meter:
    """Asks the system how the machine is; how busy it is, since the last time it was asked."""

    def __init__(self) -> None:
        self._busy_s, self._all_s = _processor_seconds()

    def __call__(self) -> Condition:
        busy_s, all_s = _processor_seconds()
        passed_s = all_s - self._all_s
        share = (busy_s - self._busy_s) / passed_s if passed_s > 0 else 0.0
        self._busy_s, self._all_s = busy_s, all_s
        busy_percent = 100 * min(1.0, max(0.0, share))
        return Condition(_battery_percent(), _hottest_c(), busy_percent, datetime.now().hour)


class Rest:
    """Whether to rest right now, by the limits the library holds; one thread asks."""

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        meter: Callable[[], Condition] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = connect
        self._meter = meter
        self._now = now
        self._reason: Reason | None = None
        self._asked_at = now()

    def __call__(self) -> Reason | None:
        """Looks at the machine every CHECK_S; in between it is what it was."""
        if self._now() - self._asked_at >= CHECK_S:
            self._asked_at = self._now()
            self._meter = self._meter or Meter()  # goes through all processes, which most commands need not wait for
            self._reason = reason(self._meter(), limits(self._connect()), self._reason)
        return self._reason


def _battery_percent() -> float | None:
    found = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    return None if found is None or found.power_plugged is not False else float(found.percent)


def _hottest_c() -> float | None:
    found = psutil.sensors_temperatures() if hasattr(psutil, "sensors_temperatures") else {}
    return max((each.current for name in _SENSORS for each in found.get(name, ())), default=None)


def _processor_seconds() -> tuple[float, float]:
    """What other programs took of all processors, and what there was of them, since the machine started."""
    times = psutil.cpu_times()
    idle_s = times.idle + getattr(times, "iowait", 0.0)
    all_s = sum(times[: times._fields.index("guest")] if hasattr(times, "guest") else times)
    return all_s - idle_s - _own_seconds(), all_s


def _own_seconds() -> float:
    """What we and our children took, those that have ended included."""
    seconds = 0.0
    us = psutil.Process()
    for process in (us, *us.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            seconds += sum(process.cpu_times()[:4])
    return seconds
