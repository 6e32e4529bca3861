"""What the person chose about describing, and what goes where they did not choose."""

from __future__ import annotations

import sqlite3

from engine.budget import Closeness
from engine.models import embedded
from indexer.library import settings


def closeness(conn: sqlite3.Connection) -> Closeness:
    """How closely photos are looked at."""
    return Closeness(settings.get(conn, "closeness", Closeness.QUICK))


def choose_closeness(conn: sqlite3.Connection, chosen: Closeness) -> None:
    settings.set(conn, "closeness", chosen)


def caption_language(conn: sqlite3.Connection) -> str:
    """The language that photos are described in (BCP 47)."""
    return settings.get(conn, "caption_language", "en")


def choose_caption_language(conn: sqlite3.Connection, code: str) -> None:
    settings.set(conn, "caption_language", code)


def writes_back(conn: sqlite3.Connection) -> bool:
    """Whether what is known of photos is written into files beside them as soon as it is known."""
    return settings.get(conn, "write_back", "off") == "on"


def verifies(conn: sqlite3.Connection) -> bool:
    """Whether the model is asked of what it said, claim by claim, if it is true of the photo."""
    return settings.get(conn, "verify", "on") == "on"


def choose_verifying(conn: sqlite3.Connection, on: bool) -> None:
    settings.set(conn, "verify", "on" if on else "off")


def model(conn: sqlite3.Connection) -> str:
    """The catalogue's name of the model that describes."""
    return settings.get(conn, "model", embedded().name)


def choose_model(conn: sqlite3.Connection, name: str) -> None:
    settings.set(conn, "model", name)
