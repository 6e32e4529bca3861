"""The work still to do, one row for each stage of each photo: whatever is killed and whenever, nothing is lost."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from indexer.library.types import Failure, Job, JobId, PhotoId, Stage

MAX_ATTEMPTS = 5


@dataclass(frozen=True)
class Counts:
    """How many jobs of one stage are still to do, were done, and came to nothing."""

    left: int = 0
    done: int = 0
    failed: int = 0


def add(conn: sqlite3.Connection, photo: PhotoId, stages: Iterable[Stage]) -> None:
    """Queues those stages, as urgent as the photo's earlier ones; one that was queued before stays as it is."""
    conn.executemany(
        """
        insert into jobs(photo_id, stage, pass, priority)
        values (?1, ?2, ?3, (select coalesce(max(priority), 0) from jobs where photo_id = ?1)) on conflict do nothing
        """,
        [(photo, stage, _PASSES[stage]) for stage in stages],
    )


def ask(conn: sqlite3.Connection, photo: PhotoId, stage: Stage) -> None:
    """Has that stage done next, also if it was done before; what leads up to it and still waits goes first."""
    queue(conn, photo, stage)
    prioritise(conn, photo)


def queue(conn: sqlite3.Connection, photo: PhotoId, stage: Stage) -> None:
    """Has that stage done in its turn, also if it was done before."""
    add(conn, photo, [stage])
    again(conn, photo, stage)


def take(conn: sqlite3.Connection, photo: PhotoId, stage: Stage) -> Job:
    """That stage of that photo, now running, whatever else waits and whether or not it was done before."""
    row = conn.execute(
        """
        insert into jobs(photo_id, stage, pass, state, attempts) values (?, ?, ?, 'running', 1) on conflict do update
        set state = 'running', attempts = 1, retry_at = null, error = null
        returning id
        """,
        (photo, stage, _PASSES[stage]),
    ).fetchone()
    return Job(JobId(row["id"]), photo, stage, attempts=1)


def awaits(conn: sqlite3.Connection, photo: PhotoId, stage: Stage) -> bool:
    """Whether that stage is still to be done, or being done."""
    query = "select 1 from jobs where photo_id = ? and stage = ? and state in ('waiting', 'running')"
    return conn.execute(query, (photo, stage)).fetchone() is not None


def claim(
    conn: sqlite3.Connection, stages: Sequence[Stage], *, busy: Collection[Stage] = (), resting: bool = False
) -> Job | None:
    """The next job of those stages, now running: what was asked for first, then stage by stage.

    Within a stage what gains most goes first, then the oldest photo.

    None where it is of a `busy` stage, or while a job of an earlier stage that is no less urgent still runs. `resting`:
    only what was asked for, and what takes next to nothing.
    """
    row = conn.execute(
        f"""
        update jobs set state = 'running', attempts = attempts + 1
        where id = (
            select id from jobs
            where state = 'waiting' and stage in ({_marks(stages)}) and coalesce(retry_at, 0) <= ?
                and (priority > 0 or stage in ('facts', 'write') or not ?)
            order by priority desc, pass, sooner desc, id limit 1
        )
        and stage not in ({_marks(busy)})
        and not exists (
            select 1 from jobs as other
            where other.state = 'running' and other.priority >= jobs.priority and other.pass < jobs.pass
        )
        returning id, photo_id, stage, attempts
        """,  # noqa: S608
        [*stages, time.time(), resting, *busy],
    ).fetchone()
    return Job(JobId(row["id"]), PhotoId(row["photo_id"]), Stage(row["stage"]), row["attempts"]) if row else None


def finish(conn: sqlite3.Connection, job: JobId) -> bool:
    """Marks it done. False where it is gone: the photo was forgotten while somebody worked on it."""
    done = conn.execute("update jobs set state = 'done', retry_at = null, error = null where id = ?", (job,))
    return done.rowcount > 0


def fail(conn: sqlite3.Connection, job: JobId, reason: str) -> None:
    """Gives the job up with a sentence; it is tried again only when asked for, or as another content."""
    conn.execute("update jobs set state = 'failed', error = ? where id = ?", (reason, job))


def put_back(conn: sqlite3.Connection, job: JobId, *, delay_s: float = 0) -> None:
    """Lets the job wait again as if this attempt had not been, for at least `delay_s`."""
    conn.execute(
        "update jobs set state = 'waiting', attempts = attempts - 1, retry_at = ? where id = ?",
        (time.time() + delay_s if delay_s else None, job),
    )


def retry(conn: sqlite3.Connection, photo: PhotoId | None = None) -> None:
    """Queues again what failed: of one photo, or of all."""
    _requeue(conn, "state = 'failed' and photo_id = coalesce(?, photo_id)", (photo,))


def read_again(conn: sqlite3.Connection) -> int:
    """Queues reading of the photos in which there are lines that could not be read; how many they are."""
    which = "stage = ? and state in ('done', 'failed') and photo_id in (select photo_id from unread)"
    return _requeue(conn, which, (Stage.READ,))


def take_in_again(conn: sqlite3.Connection) -> int:
    """Queues the facts of every photo, and with them its thumbnail; how many they are."""
    return _requeue(conn, "stage = ? and state = 'done'", (Stage.FACTS,))


# Looks, as close as before, at photos that another model, an older prompt or in another language described.
_OUTDATED = """
    state in ('done', 'failed')
    and (stage = 'close' or stage = 'look' and photo_id not in (select photo_id from jobs where stage = 'close'))
    and photo_id in (
        select photo_id from descriptions where current and (model != ? or prompt_version < ? or language != ?)
    )
    and photo_id in (select photo_id from files)
"""


def count_outdated(conn: sqlite3.Connection, model: str, prompt_version: int, language: str) -> int:
    """How many photos `look_again` would queue."""
    row = conn.execute(f"select count(*) from jobs where {_OUTDATED}", (model, prompt_version, language))  # noqa: S608
    return int(row.fetchone()[0])


def look_again(conn: sqlite3.Connection, model: str, prompt_version: int, language: str) -> int:
    """Queues looking at the photos that were not described by that model, that prompt, in that language; how many."""
    return _requeue(conn, _OUTDATED, (model, prompt_version, language))


def recover(conn: sqlite3.Connection) -> None:
    """Takes up what a process left running when it died; what it died of `MAX_ATTEMPTS` times is given up.

    Mostly it died of something else, such as a machine that was shut down. So what was left running twice waits behind
    everything else, and a few unlucky ends do not all count against one photo.
    """
    conn.execute(
        """
        update jobs set state = 'failed', error = 'Tintype was ended each time it worked on this photo.'
        where state = 'running' and attempts >= ?
        """,
        (MAX_ATTEMPTS,),
    )
    conn.execute(
        """
        update jobs set state = 'waiting', priority = case when attempts = 1 then priority
            else (select min(priority) - 1 from jobs where state in ('waiting', 'running')) end
        where state = 'running'
        """
    )


def prioritise(conn: sqlite3.Connection, photo: PhotoId) -> None:
    """Puts what is still to do of the photo at the very front, what runs included: its stages keep their order."""
    conn.execute(
        """
        update jobs set retry_at = null,
            priority = 1 + (select max(priority) from jobs where state in ('waiting', 'running'))
        where photo_id = ? and state in ('waiting', 'running')
        """,
        (photo,),
    )


def wake(conn: sqlite3.Connection, photo: PhotoId) -> None:
    """Lets what was put back for a while be done now: a file of the photo has come, or has changed."""
    conn.execute("update jobs set retry_at = null where photo_id = ? and state = 'waiting'", (photo,))


def again(conn: sqlite3.Connection, photo: PhotoId, stage: Stage) -> None:
    """Has that stage done once more, in its turn; where it was never queued, it stays so."""
    _requeue(conn, "photo_id = ? and stage = ? and state in ('done', 'failed')", (photo, stage))


def _requeue(conn: sqlite3.Connection, which: str, params: Sequence[object]) -> int:
    """Has those jobs done from the beginning; how many they are."""
    queued = conn.execute(
        f"update jobs set state = 'waiting', attempts = 0, retry_at = null, error = null where {which}",  # noqa: S608
        params,
    )
    return queued.rowcount


def write_all(conn: sqlite3.Connection) -> None:
    """Queues writing what is known of every photo that was described or written about."""
    conn.execute(
        """
        insert into jobs(photo_id, stage, pass)
        select id, ?, ? from photos
        where id in (select photo_id from descriptions where current) or id in (select photo_id from own)
        on conflict do nothing
        """,
        (Stage.WRITE, _PASSES[Stage.WRITE]),
    )


def drop(conn: sqlite3.Connection, stage: Stage) -> None:
    """Takes that stage of every photo out of the queue."""
    conn.execute("delete from jobs where stage = ?", (stage,))


def hasten(conn: sqlite3.Connection, photo: PhotoId, stage: Stage) -> None:
    """Has that stage, where it still waits, done before the same stage of other photos."""
    conn.execute("update jobs set sooner = 1 where photo_id = ? and stage = ?", (photo, stage))


def counts(conn: sqlite3.Connection) -> dict[Stage, Counts]:
    """For every stage, what is left, done and failed, counting only photos that a file holds."""
    found = conn.execute(
        """
        select stage, sum(state in ('waiting', 'running')) as left_over, sum(state = 'done') as done,
            sum(state = 'failed') as failed
        from jobs where exists (select 1 from files where photo_id = jobs.photo_id) group by stage
        """
    )
    by_stage = {row["stage"]: Counts(row["left_over"], row["done"], row["failed"]) for row in found}
    return {stage: by_stage.get(stage, Counts()) for stage in Stage}


def failures(conn: sqlite3.Connection) -> list[Failure]:
    """Every file of which something failed, by path."""
    found = conn.execute(
        """
        select path, 'scan' as stage, failure as reason from files where failure is not null
        union all
        select path, stage, error from jobs join files using (photo_id) where jobs.state = 'failed'
        order by path, stage
        """
    )
    return [Failure(row["path"], row["stage"], row["reason"]) for row in found]


def _marks(stages: Collection[Stage]) -> str:
    return ", ".join("?" * len(stages))


# As quick as reading, writing does not wait until all is looked at.
_PASSES = {Stage.FACTS: 0, Stage.READ: 1, Stage.WRITE: 1, Stage.LOOK: 2, Stage.CLOSE: 3}
