"""Works the queue off, stage by stage of photo by photo: claims one, runs it, records what came of it.

What fails is of one of three kinds: this photo (recorded with a sentence, the next one follows), this environment
(Trouble: the job waits and so does everything else), or a bug of ours (logged, and recorded like the first).
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence

from engine.errors import Cancelled, EngineCrashed, EngineError, ModelUnusable, NotSandboxed
from indexer import stages
from indexer.decode import DecoderUnusable
from indexer.library import jobs, photos, search
from indexer.library.database import Library, LibraryError, translated
from indexer.library.photos import NoSuchPhoto
from indexer.library.types import Job, JobId, PhotoId, Stage
from indexer.progress import SharedClock
from indexer.stages import Absent, Record, Tools

_log = logging.getLogger(__name__)

_ABSENT_RETRY_S = 60.0
_MAX_CRASHES = 3  # photos in a row that end the engine: then it is not the photos


class Trouble(Exception):
    """Something about this machine keeps every photo waiting; `str()` of it is a sentence for the person."""


class Worker:
    """Does the jobs of `doable` stages, on as many threads as call `work`.

    `measured` is told what each took of the time: jobs that are worked on together share it.
    """

    def __init__(
        self, library: Library, tools: Tools, doable: Sequence[Stage], measured: Callable[[Stage, float], None]
    ) -> None:
        self._library = library
        self._tools = tools
        self._doable = doable
        self._measured = measured
        self._clock = SharedClock()
        self._crashed: dict[Stage, list[JobId]] = defaultdict(list)  # in a row
        self._counting_crashes = threading.Lock()

    def recover(self) -> None:
        """Takes up jobs that were left running; for when this is the only worker and it has none."""
        self._crashed.clear()
        with _library_is_trouble(), self._library.writing() as conn:
            jobs.recover(conn)

    def claim(self, busy: Collection[Stage], *, resting: bool = False) -> Job | None:
        """The next job, which is ours from now on; None where nothing can be begun now. Raises Trouble.

        `busy`: the stages of which no more can be done at once. `resting`: only what cannot wait.
        """
        with _library_is_trouble(), self._library.writing() as conn:
            return jobs.claim(conn, self._doable, busy=busy, resting=resting)

    def take(self, photo: PhotoId, stage: Stage) -> Job:
        """That stage of that photo as a job of ours, before everything that waits. Raises Trouble."""
        with _library_is_trouble(), self._library.writing() as conn:
            return jobs.take(conn, photo, stage)

    def path_of(self, job: Job) -> str:
        """A file of the job's photo, to be shown while it is worked on."""
        return next(iter(photos.paths(self._library.connect(), job.photo)), "")

    def work(self, job: Job) -> None:
        """Runs the job and records what came of it. Raises Trouble; the job then waits as if it had not been begun."""
        with _library_is_trouble():  # the job then stays marked as running until `recover`
            self._work_or_record_why_not(job)

    def _work_or_record_why_not(self, job: Job) -> None:
        try:
            self._work(job)
        except (Absent, NoSuchPhoto):
            with self._library.writing() as conn:  # no look at the disk is recorded meanwhile
                delay_s = 0 if stages.is_there(conn, job.photo) else _ABSENT_RETRY_S
                jobs.put_back(conn, job.id, delay_s=delay_s)
        except Cancelled:
            self._put_back(job.id)
        except EngineCrashed as error:
            self._note_crash(job, error)
        except (ModelUnusable, NotSandboxed, DecoderUnusable) as error:
            self._put_back(job.id)
            raise Trouble(str(error)) from error
        except LibraryError:
            raise
        except OSError as error:  # of our own files: those of the person are opened by the decoder
            self._put_back(job.id)
            raise Trouble(f"Tintype cannot keep its files in {self._tools.home}: {error.strerror}.") from error
        except EngineError as error:
            self._fail(job, str(error))
        except Exception as error:  # a bug of ours must cost one photo, not the night
            _log.exception("%s of photo %d", job.stage, job.photo)
            self._fail(job, f"Tintype has a fault, please report it: {error!r}")

    def _work(self, job: Job) -> None:
        begun = self._clock.begin()
        try:
            with translated(self._library.path):
                record = stages.run(job.stage, self._library.connect(), job.photo, self._tools)
            self._record(job, record)
        finally:
            seconds = self._clock.end(begun)
        self._measured(job.stage, seconds)
        self._crashed.pop(job.stage, None)

    def _record(self, job: Job, record: Record) -> None:
        with self._library.writing() as conn:
            if jobs.finish(conn, job.id):
                record(conn)
                search.refresh(conn, job.photo)

    def _put_back(self, job: JobId) -> None:
        with self._library.writing() as conn:
            jobs.put_back(conn, job)

    def _fail(self, job: Job, reason: str) -> None:
        with self._library.writing() as conn:
            jobs.fail(conn, job.id, reason)

    def _note_crash(self, job: Job, error: EngineCrashed) -> None:
        """Blames the photo, unless the engine ended over so many in a row that it must be something else."""
        with self._counting_crashes:
            crashed = self._crashed[job.stage]
            crashed.append(job.id)
            in_a_row = len(crashed)
            if in_a_row < _MAX_CRASHES:
                self._fail(job, str(error))
                return
            for innocent in crashed if in_a_row == _MAX_CRASHES else [job.id]:
                self._put_back(innocent)
        raise Trouble(f"{error} It did so for {_MAX_CRASHES} photos in a row.") from error


@contextlib.contextmanager
def _library_is_trouble() -> Iterator[None]:
    try:
        yield
    except LibraryError as error:
        raise Trouble(str(error)) from error
