"""What models saw in each photo, with provenance; the latest is the one that counts."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime

from indexer.library.types import Description, Kind, PhotoId


def record(conn: sqlite3.Connection, photo: PhotoId, seen: Description) -> None:
    """Makes this the photo's description; earlier ones are kept, but no longer shown or searched."""
    conn.execute("update descriptions set current = 0 where photo_id = ? and current", (photo,))
    conn.execute(
        """
        insert into descriptions(photo_id, caption, tags, kind, colour, text, confidence, language, model,
                                 prompt_version, views, seconds, created_at, all_views, views_reason, fault,
                                 doubted, current)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
        """,
        (
            photo,
            seen.caption,
            json.dumps(seen.tags, ensure_ascii=False),
            seen.kind,
            seen.colour,
            seen.text,
            seen.confidence,
            seen.language,
            seen.model,
            seen.prompt_version,
            seen.views,
            seen.seconds,
            seen.created_at.isoformat(timespec="seconds"),
            seen.all_views,
            seen.views_reason,
            seen.fault,
            json.dumps(seen.doubted, ensure_ascii=False),
        ),
    )


def current(conn: sqlite3.Connection, photo: PhotoId) -> Description | None:
    row = conn.execute("select * from descriptions where photo_id = ? and current", (photo,)).fetchone()
    return _description(row) if row else None


def alike(conn: sqlite3.Connection, photo: PhotoId, caption: str) -> int:
    """How many other photos have the same caption."""
    row = conn.execute(
        "select count(*) from descriptions where current and caption = ? and photo_id != ?", (caption, photo)
    )
    return int(row.fetchone()[0])


def count_by_kind(conn: sqlite3.Connection) -> dict[Kind, int]:
    """How many of the photos that a file holds are of each kind, by their current description."""
    found = conn.execute(
        """
        select kind, count(*) as photos from descriptions
        where current and exists (select 1 from files where files.photo_id = descriptions.photo_id) group by kind
        """
    )
    return {Kind(row["kind"]): row["photos"] for row in found}


def _description(row: sqlite3.Row) -> Description:
    return Description(
        caption=row["caption"],
        tags=tuple(json.loads(row["tags"])),
        kind=Kind(row["kind"]),
        colour=row["colour"],
        text=row["text"],
        confidence=row["confidence"],
        language=row["language"],
        model=row["model"],
        prompt_version=row["prompt_version"],
        views=row["views"],
        seconds=row["seconds"],
        created_at=datetime.fromisoformat(row["created_at"]),
        all_views=row["all_views"],
        views_reason=row["views_reason"],
        fault=row["fault"],
        doubted=tuple(json.loads(row["doubted"])),
    )
