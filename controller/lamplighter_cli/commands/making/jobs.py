"""Commands on the work of a controller's workshop."""

from typing import Annotated

import typer
from lamplighter_client.documents import Job
from lamplighter_client.endpoints import jobs
from lamplighter_client.making import endpoints

from lamplighter_cli.options import Data, Json, Token, Url, client, group
from lamplighter_cli.output import Column, show, show_rows

job_app = group("The work of the workshop.")
JOB_COLUMNS = (
    Column[Job]("JOB", lambda job: job.id),
    Column[Job]("KIND", lambda job: job.kind),
    Column[Job]("OF", lambda job: job.subject),
    Column[Job]("STATE", lambda job: job.state),
    Column[Job]("PROGRESS", lambda job: f"{job.progress:.0%}"),
    Column[Job]("STAGE", lambda job: job.error or job.stage),
)


@job_app.command("list")
def job_list(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 50,
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """What is being built and what was, the newest first."""
    found = client(data, url, token).send(jobs(limit))
    show_rows(found, JOB_COLUMNS, as_json)


@job_app.command("cancel")
def job_cancel(
    job: Annotated[str, typer.Argument(help="Job id, as it is listed.")],
    as_json: Json = False,
    data: Data = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """End a piece of work; devices that wait for a build get another variant."""
    ended = client(data, url, token).send(endpoints.cancel(job))
    show(ended, f"{ended.subject}: is being ended", as_json)
