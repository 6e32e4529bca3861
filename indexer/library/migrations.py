"""The steps from an empty file to today's schema; a step once published is never changed, only followed by another."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

steps = Migrations("tintype")


def apply(connection: sqlite3.Connection) -> None:
    """Applies what is missing, inside the caller's transaction."""
    steps.apply(Database(connection))


@steps()
def schema_1(db: Database) -> None:
    for statement in _SCHEMA_1:
        db.execute(statement)


@steps()
def schema_2(db: Database) -> None:
    for statement in _SCHEMA_2:
        db.execute(statement)


@steps()
def schema_3(db: Database) -> None:
    for statement in _SCHEMA_3:
        db.execute(statement)


@steps()
def schema_4(db: Database) -> None:
    for statement in _SCHEMA_4:
        db.execute(statement)


@steps()
def schema_5(db: Database) -> None:
    for statement in _SCHEMA_5:
        db.execute(statement)


@steps()
def schema_6(db: Database) -> None:
    for statement in _SCHEMA_6:
        db.execute(statement)


@steps()
def schema_7(db: Database) -> None:
    for statement in _SCHEMA_7:
        db.execute(statement)


_SCHEMA_1 = (
    """
    create table folders(
        id integer primary key,
        path text not null unique,
        state text not null default 'present' check (state in ('present', 'offline'))
    )
    """,
    # One content. Its facts are null until the stage FACTS has run; it is listed from then on.
    """
    create table photos(
        id integer primary key autoincrement,
        hash text not null unique,
        width integer,
        height integer,
        format text,
        taken_at text,
        taken_at_source text,
        latitude real,
        longitude real,
        city text,
        region text,
        country_code text,
        camera text,
        lens text,
        added_at text not null default (datetime('now'))
    )
    """,
    "create index photos_by_time on photos(taken_at desc, id desc)",
    # One file on disk. `device` is that of the directory it lies in; `photo_id` is null where it could not be read.
    """
    create table files(
        id integer primary key,
        folder_id integer not null references folders(id) on delete cascade,
        path text not null unique,
        size integer not null,
        mtime_ns integer not null,
        inode integer not null,
        device integer not null,
        photo_id integer references photos(id),
        failure text
    )
    """,
    "create index files_by_photo on files(photo_id, folder_id)",
    "create index files_by_folder on files(folder_id, photo_id)",
    """
    create table descriptions(
        id integer primary key,
        photo_id integer not null references photos(id) on delete cascade,
        caption text not null,
        tags text not null,
        kind text not null,
        colour text not null,
        text text not null,
        confidence real not null,
        language text not null,
        model text not null,
        prompt_version integer not null,
        views integer not null,
        seconds real not null,
        created_at text not null,
        current integer not null
    )
    """,
    "create index descriptions_by_photo on descriptions(photo_id)",
    "create unique index descriptions_current on descriptions(photo_id) where current",
    """
    create table lines(
        photo_id integer not null references photos(id) on delete cascade,
        position integer not null,
        text text not null,
        confidence real not null,
        left real not null,
        top real not null,
        right real not null,
        bottom real not null,
        primary key (photo_id, position)
    ) without rowid
    """,
    # `pass` is the stage's number, so that one stage is worked off for all photos before the next begins.
    """
    create table jobs(
        id integer primary key,
        photo_id integer not null references photos(id) on delete cascade,
        stage text not null,
        pass integer not null,
        priority integer not null default 0,
        state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
        attempts integer not null default 0,
        retry_at real,
        error text,
        unique (photo_id, stage)
    )
    """,
    "create index jobs_queue on jobs(state, priority desc, pass, id)",
    "create table settings(name text primary key, value text not null) without rowid",
    # rowid is the photo's id; the text is normalised by indexer.language before it comes here.
    """
    create virtual table photo_words using fts5(
        caption, words, text, tokenize = "unicode61 categories 'L* N* Co Mn Mc'"
    )
    """,
    "create trigger photos_forgotten after delete on photos begin delete from photo_words where rowid = old.id; end",
)

_SCHEMA_2 = (
    "alter table descriptions add column all_views integer not null default 0",
    "alter table descriptions add column views_reason text not null default ''",
    "update descriptions set all_views = views",  # until now every photo was looked at in all its views
)

_SCHEMA_3 = (
    # Lines of text that the reader found and could not read.
    """
    create table unread(
        photo_id integer not null references photos(id) on delete cascade,
        position integer not null,
        left real not null,
        top real not null,
        right real not null,
        bottom real not null,
        primary key (photo_id, position)
    ) without rowid
    """,
    # Of one stage's jobs those that are to be done `sooner` come first.
    "alter table jobs add column sooner integer not null default 0",
    "drop index jobs_queue",
    "create index jobs_queue on jobs(state, priority desc, pass, sooner desc, id)",
)

_SCHEMA_4 = (
    # What people wrote into the file or beside it; lists are JSON.
    """
    create table written(
        photo_id integer primary key references photos(id) on delete cascade,
        title text not null,
        caption text not null,
        keywords text not null,
        people text not null,
        rating integer not null check (rating between -1 and 5)
    )
    """,
    "alter table descriptions add column fault text not null default ''",
    "create index descriptions_by_caption on descriptions(caption) where current",
    "alter table photos add column look integer",
    "alter table files add column sidecars integer not null default 0",
    # The facts of every photo are read once more, since they did not hold that.
    "update jobs set state = 'waiting', attempts = 0 where stage = 'facts' and state = 'done'",
)

_SCHEMA_5 = (
    # What the person wrote here; lists are JSON. `carried`: the words went on to an edited version of the photo.
    """
    create table own(
        photo_id integer primary key references photos(id) on delete cascade,
        title text not null,
        caption text not null,
        keywords text not null,
        people text not null,
        rating integer not null check (rating between -1 and 5),
        carried integer not null default 0
    )
    """,
)

_SCHEMA_6 = (
    # The least id of the frames of the burst it belongs to; null where it is none.
    "alter table photos add column burst integer",
    "create index photos_by_burst on photos(burst) where burst is not null",
    "alter table photos add column utc_offset integer",  # of the camera's clock, in minutes
    # What was asked and answered; `photos` is a JSON list of ids, `words` what is searched.
    """
    create table chats(
        key text not null unique,
        asked_at text not null,
        question text not null,
        answer text not null,
        about integer references photos(id) on delete set null,
        photos text not null,
        words text not null
    )
    """,
    "create index chats_by_time on chats(asked_at)",
    "update jobs set state = 'waiting', attempts = 0 where stage = 'facts' and state = 'done'",
)

_SCHEMA_7 = (
    "alter table descriptions add column doubted text not null default '[]'",  # a JSON list
    # How photos look to the model that described them; as engine.likeness makes it.
    """
    create table vectors(
        photo_id integer primary key references photos(id) on delete cascade,
        model text not null,
        vector blob not null
    )
    """,
)
