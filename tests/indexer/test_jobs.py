from __future__ import annotations

import pytest

from indexer.library import files, folders, jobs, lines, photos
from indexer.library.database import Library
from indexer.library.files import Seen
from indexer.library.types import Failure, Job, PhotoId, Stage


@pytest.fixture
def three(library: Library) -> list[PhotoId]:
    """Three photos whose facts are to be found."""
    with library.writing() as conn:
        folder = folders.add(conn, "/pictures")
        found = [photos.identify(conn, name) for name in "abc"]
        for photo, name in zip(found, "abc", strict=True):
            files.add(conn, Seen(folder, f"/pictures/{name}.jpg", 1, 2, 3, 4), photo)
            jobs.add(conn, photo, [Stage.FACTS])
    return found


def claim(library: Library, *stages: Stage) -> Job | None:
    with library.writing() as conn:
        return jobs.claim(conn, stages or tuple(Stage))


def finish(library: Library, *following: Stage) -> Job:
    """Claims and finishes the next job, then queues the stages that follow."""
    job = claim(library)
    assert job is not None
    with library.writing() as conn:
        jobs.finish(conn, job.id)
        jobs.add(conn, job.photo, following)
    return job


def test_one_stage_is_worked_off_for_all_photos_before_the_next(library: Library, three: list[PhotoId]) -> None:
    order = [finish(library, Stage.LOOK, Stage.READ) for _ in range(9)]
    assert [job.stage for job in order] == [Stage.FACTS] * 3 + [Stage.READ] * 3 + [Stage.LOOK] * 3
    assert claim(library) is None


def test_writing_back_does_not_wait_until_all_is_looked_at(library: Library, three: list[PhotoId]) -> None:
    with library.writing() as conn:
        for photo in three:
            jobs.take(conn, photo, Stage.FACTS)
            jobs.add(conn, photo, [Stage.LOOK])
        conn.execute("update jobs set state = 'done' where stage = 'facts'")
        jobs.queue(conn, three[2], Stage.WRITE)
    assert [finish(library).stage for _ in range(4)] == [Stage.WRITE] + [Stage.LOOK] * 3


def test_photo_that_was_asked_for_goes_through_all_its_stages_first(library: Library, three: list[PhotoId]) -> None:
    with library.writing() as conn:
        jobs.prioritise(conn, three[2])
    order = [finish(library, Stage.READ, Stage.LOOK) for _ in range(4)]
    assert [job.photo for job in order] == [three[2]] * 3 + [three[0]]


def test_photo_asked_for_last_is_worked_on_first(library: Library, three: list[PhotoId]) -> None:
    with library.writing() as conn:
        jobs.prioritise(conn, three[1])
        jobs.prioritise(conn, three[2])
    assert [finish(library).photo for _ in range(3)] == [three[2], three[1], three[0]]


def test_what_gains_most_goes_before_others_of_its_stage(library: Library, three: list[PhotoId]) -> None:
    for _ in three:
        finish(library, Stage.READ, Stage.LOOK)
    with library.writing() as conn:
        jobs.hasten(conn, three[1], Stage.LOOK)
    order = [finish(library) for _ in range(6)]
    assert [job.stage for job in order] == [Stage.READ] * 3 + [Stage.LOOK] * 3
    assert [job.photo for job in order[3:]] == [three[1], three[0], three[2]]


def test_only_photos_with_lines_that_could_not_be_read_are_read_again(library: Library, three: list[PhotoId]) -> None:
    for _ in range(6):
        finish(library, Stage.READ)
    assert claim(library) is None
    with library.writing() as conn:
        lines.record(conn, three[2], [], [(0, 0, 1, 0.1)])
        assert jobs.read_again(conn) == 1
    job = claim(library)
    assert job is not None and (job.photo, job.stage) == (three[2], Stage.READ)
    assert claim(library) is None


def test_what_comes_next_is_left_waiting_while_its_stage_is_busy(library: Library, three: list[PhotoId]) -> None:
    with library.writing() as conn:
        assert jobs.claim(conn, tuple(Stage), busy=[Stage.FACTS]) is None
        assert jobs.claim(conn, tuple(Stage), busy=[Stage.READ]) is not None


def test_nothing_overtakes_an_earlier_stage_that_still_runs_but_what_is_more_urgent(
    library: Library, three: list[PhotoId]
) -> None:
    for _ in range(2):
        finish(library, Stage.LOOK)
    last = claim(library)
    assert last is not None and last.stage == Stage.FACTS
    assert claim(library) is None
    with library.writing() as conn:
        jobs.prioritise(conn, three[1])
    urgent = claim(library)
    assert urgent is not None and (urgent.photo, urgent.stage) == (three[1], Stage.LOOK)
    assert claim(library) is None
    with library.writing() as conn:
        jobs.finish(conn, last.id)
    assert claim(library) is not None


def test_stage_that_is_asked_for_is_done_next_and_again(library: Library, three: list[PhotoId]) -> None:
    for _ in three:
        finish(library, Stage.LOOK)
    asked = three[1]
    for _ in range(2):
        with library.writing() as conn:
            jobs.ask(conn, asked, Stage.CLOSE)
        assert jobs.awaits(library.connect(), asked, Stage.CLOSE)
        job = claim(library, Stage.LOOK, Stage.CLOSE)
        assert job is not None and job.photo == asked
        while job.stage is not Stage.CLOSE:
            assert job.photo == asked  # what leads up to it
            with library.writing() as conn:
                jobs.finish(conn, job.id)
            job = claim(library, Stage.LOOK, Stage.CLOSE)
            assert job is not None
        with library.writing() as conn:
            jobs.finish(conn, job.id)
        assert not jobs.awaits(library.connect(), asked, Stage.CLOSE)


def test_stage_that_is_asked_for_while_it_runs_is_not_done_twice(library: Library, three: list[PhotoId]) -> None:
    with library.writing() as conn:
        conn.execute("delete from jobs")
        running = jobs.take(conn, three[0], Stage.CLOSE)
        jobs.ask(conn, three[0], Stage.CLOSE)
    assert claim(library, Stage.CLOSE) is None
    with library.writing() as conn:
        assert jobs.finish(conn, running.id)
    assert claim(library, Stage.CLOSE) is None


def test_job_that_is_taken_goes_before_everything_that_waits(library: Library, three: list[PhotoId]) -> None:
    with library.writing() as conn:
        jobs.prioritise(conn, three[0])
        job = jobs.take(conn, three[2], Stage.FACTS)
    assert (job.photo, job.stage, job.attempts) == (three[2], Stage.FACTS, 1)
    assert [finish(library).photo for _ in range(2)] == three[:2]


def test_stage_that_nobody_can_do_waits(library: Library, three: list[PhotoId]) -> None:
    assert claim(library, Stage.READ) is None
    assert claim(library, Stage.FACTS) is not None


def test_job_of_a_dead_process_is_claimed_again(library: Library, three: list[PhotoId]) -> None:
    first = claim(library)
    with library.writing() as conn:
        jobs.recover(conn)
    again = claim(library)
    assert first and again and again.id == first.id and again.attempts == 2


def die(library: Library) -> PhotoId:
    """Claims the next job and dies of it; gives its photo."""
    job = claim(library)
    assert job is not None
    with library.writing() as conn:
        jobs.recover(conn)
    return job.photo


def test_photo_that_processes_died_of_twice_waits_behind_the_others(library: Library, three: list[PhotoId]) -> None:
    first, second, third = three
    assert [die(library) for _ in range(5)] == [first, first, second, second, third]
    assert [finish(library).photo for _ in range(3)] == [third, first, second]


def test_photo_that_ends_every_process_is_given_up(library: Library, three: list[PhotoId]) -> None:
    with library.writing() as conn:
        conn.execute("delete from files where path <> '/pictures/b.jpg'")
        photos.forget_fileless(conn)
    assert [die(library) for _ in range(jobs.MAX_ATTEMPTS)] == [three[1]] * jobs.MAX_ATTEMPTS
    assert [failure.path for failure in jobs.failures(library.connect())] == ["/pictures/b.jpg"]
    assert claim(library) is None


def test_failed_job_is_tried_again_only_when_asked_for(library: Library, three: list[PhotoId]) -> None:
    job = claim(library)
    assert job is not None
    with library.writing() as conn:
        jobs.fail(conn, job.id, "The file is empty.")
    assert jobs.failures(library.connect()) == [Failure("/pictures/a.jpg", "facts", "The file is empty.")]
    assert [finish(library).photo for _ in range(2)] == three[1:]
    assert claim(library) is None
    with library.writing() as conn:
        jobs.retry(conn, job.photo)
    again = claim(library)
    assert again is not None and again.id == job.id and again.attempts == 1


def test_job_that_is_put_back_waits_its_time(library: Library, three: list[PhotoId]) -> None:
    job = claim(library)
    assert job is not None
    with library.writing() as conn:
        jobs.put_back(conn, job.id, delay_s=3600)
    assert [finish(library).photo for _ in range(2)] == three[1:]
    assert claim(library) is None
    assert jobs.counts(library.connect())[Stage.FACTS] == jobs.Counts(left=1, done=2, failed=0)


def test_work_on_a_photo_that_was_forgotten_meanwhile_is_not_recorded(library: Library, three: list[PhotoId]) -> None:
    job = claim(library)
    assert job is not None
    with library.writing() as conn:
        conn.execute("delete from files")
        photos.forget_fileless(conn)
        assert not jobs.finish(conn, job.id)
