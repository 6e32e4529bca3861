"""Whatever happens to the files, and whenever the indexer is killed, nothing that belongs to a photo is lost."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from indexer.library import descriptions, files, folders, photos, written
from indexer.library.database import Library, LibraryError
from indexer.library.types import Description, Facts, Kind, PhotoId, Written
from indexer.reconcile import Reconciler

NAMES = st.sampled_from(["a.jpg", "b.jpg", "c/a.jpg", "c/d/b.jpg"])
CONTENTS = st.sampled_from(["one", "two", "three"])


class Histories(RuleBasedStateMachine):
    """A folder, its library, and what must still be known in the end: of every content that never was away from the
    folder since, what was seen in it and written about it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp())
        self.folder, self.away = self.place / "Pictures", self.place / "unplugged"
        self.folder.mkdir()
        self.library = Library(self.place / "home" / "library.db")
        with self.library.writing() as conn:
            folders.add(conn, str(self.folder))
        self.seen: set[str] = set()
        self.noted: set[str] = set()
        for name, content in (("a.jpg", "one"), ("b.jpg", "two"), ("c/a.jpg", "three")):
            self.write(name, content)
        self.index()
        self.note("one")

    # ---- what a person does with files

    @rule(name=NAMES, content=CONTENTS)
    def write(self, name: str, content: str) -> None:
        if self.folder.exists():
            self._room_for(name).write_text(content)

    @rule(name=NAMES, other=NAMES)
    def rename(self, name: str, other: str) -> None:
        if (self.folder / name).exists():
            (self.folder / name).rename(self._room_for(other))

    @rule(name=NAMES, other=NAMES)
    def copy(self, name: str, other: str) -> None:
        if (self.folder / name).exists() and name != other:
            shutil.copy2(self.folder / name, self._room_for(other))

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    @rule()
    def rename_directory(self) -> None:
        if (self.folder / "c").exists() and not (self.folder / "e").exists():
            (self.folder / "c").rename(self.folder / "e")

    @rule()
    def unplug(self) -> None:
        if self.folder.exists():
            self.folder.rename(self.away)

    @rule()
    def replug(self) -> None:
        if self.away.exists():
            self.away.rename(self.folder)

    # ---- what Tintype does meanwhile

    @rule()
    def look(self) -> None:
        scan(self.library, self.place)

    @rule()
    def index(self) -> None:
        """Looks, and describes what is known and not described yet, by its content."""
        self.look()
        with self.library.writing() as conn:
            for photo, content in self._held(conn):
                photos.record(conn, photo, Facts(4, 3, "JPEG", datetime(2026, 11, 26)))
                if descriptions.current(conn, photo) is None:
                    descriptions.record(conn, photo, described(content))
                self.seen.add(content)

    @rule(steps=st.integers(1, 6_000))
    def look_and_be_killed(self, steps: int) -> None:
        """Nothing of the transaction under way is kept, as after a kill, and nothing is told of it."""
        self.library.connect().set_progress_handler(lambda: 1, steps)
        with contextlib.suppress(LibraryError, sqlite3.OperationalError):
            scan(self.library, self.place)
        self.library.close()
        self.library = Library(self.place / "home" / "library.db")

    @rule(wanted=CONTENTS)
    def note(self, wanted: str) -> None:
        with self.library.writing() as conn:
            for photo, content in self._held(conn):
                if content == wanted:
                    written.say(conn, photo, Written(caption=f"my {content}"))
                    self.noted.add(content)

    @invariant()
    def forget_what_went(self) -> None:
        """A content that no file holds may be forgotten."""
        there = set(self._contents())
        self.seen &= there
        self.noted &= there

    def teardown(self) -> None:
        self.replug()
        scan(self.library, self.place)
        fresh = Library(self.place / "fresh" / "library.db")
        with fresh.writing() as conn:
            folders.add(conn, str(self.folder))
        scan(fresh, self.place)
        conn = self.library.connect()
        assert {(each.seen.path, each.content) for each in files.known(conn)} == {
            (each.seen.path, each.content) for each in files.known(fresh.connect())
        }
        held = dict(self._held(conn))
        captions = {content: descriptions.current(conn, photo) for photo, content in held.items()}
        assert {content for content, seen in captions.items() if seen and seen.caption == content} >= self.seen
        assert {content for photo, content in held.items() if written.own(conn, photo) != Written()} >= self.noted
        unheld = "select count(*) from photos where id not in (select photo_id from files where photo_id is not null)"
        kept = f"{unheld} and id not in (select photo_id from own where not carried)"
        assert conn.execute(kept).fetchone()[0] == 0
        assert conn.execute("pragma integrity_check").fetchone()[0] == "ok"
        fresh.close()
        self.library.close()
        shutil.rmtree(self.place)

    # ----

    def _room_for(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _contents(self) -> list[str]:
        root = self.folder if self.folder.exists() else self.away
        return [path.read_text() for path in root.rglob("*.jpg")]

    def _held(self, conn: sqlite3.Connection) -> list[tuple[PhotoId, str]]:
        """The photos whose files are, right now, what they were when they were seen; with their contents."""
        held: dict[PhotoId, str] = {}
        for known in files.known(conn):
            path = Path(known.seen.path)
            if known.content and path.exists() and path.stat().st_mtime_ns == known.seen.mtime_ns:
                held[photos.identify(conn, known.content)] = path.read_text()
        return list(held.items())


def described(content: str) -> Description:
    return Description(content, (), Kind.PHOTO, "", "", 1.0, "en", "m", 1, 1, 0.1, datetime(2026, 11, 26, tzinfo=UTC))


def scan(library: Library, place: Path) -> None:
    Reconciler(library, place / "home", lambda: None, lambda: None).everything()


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=25, stateful_step_count=16, deadline=None)
