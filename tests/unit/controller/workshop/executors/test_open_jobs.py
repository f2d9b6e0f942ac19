"""One job of each key, however many ask, and one outcome of each."""

from concurrent.futures import CancelledError

import pytest
from lamplighter_controller.workshop.executors.open_jobs import OpenJob, OpenJobs
from lamplighter_controller.workshop.jobs import BuildCancelled, BuildFailed, Job

JOB = Job(key="wide", target="x:y")


def test_a_job_begins_once_and_all_who_ask_hear_of_it() -> None:
    jobs, begun, heard = OpenJobs(), [], []
    first = jobs.submit(JOB, lambda share, _stage: heard.append(("a", share)), begun.append)
    second = jobs.submit(JOB, lambda share, _stage: heard.append(("b", share)), begun.append)
    assert first is second
    (open_job,) = begun
    open_job.report(0.5, "half")
    assert heard == [("a", 0.5), ("b", 0.5)]
    jobs.settle(open_job, 42)
    assert first.result(0) == 42
    assert jobs.submit(JOB, None, begun.append) is not first, "it is done: this is another one"


def test_what_has_not_begun_is_dropped_and_what_runs_fails_at_once() -> None:
    jobs, ended = OpenJobs(), []
    begun: list[OpenJob] = []
    waiting = jobs.submit(JOB, None, begun.append)
    assert jobs.cancel("wide", lambda key, _reason: ended.append(key))
    with pytest.raises(CancelledError):
        waiting.result(0)
    running = jobs.submit(JOB, None, begun.append)
    begun[-1].future.set_running_or_notify_cancel()
    assert jobs.cancel("wide", lambda key, _reason: ended.append(key))
    with pytest.raises(BuildCancelled, match="wide"):
        running.result(0)
    assert ended == ["wide", "wide"], "who does the work hears of both"
    jobs.settle(begun[-1], None, BuildFailed("its process was killed"))
    assert isinstance(running.exception(0), BuildCancelled), "what comes later changes nothing"
    assert not jobs.cancel("wide", lambda key, _reason: None)
