"""What travels to devices, for the screen of transfers. Pure."""

from lamplighter_client.documents import Job
from lamplighter_client.documents.making.transfers import TransferEntry
from lamplighter_client.making.transfer_words import saved_bytes

from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.making.points import progress_bar

JOB_KINDS = {"build": "variant", "specialise_site": "parent of a site"}


def job_kind(job: Job) -> str:
    """What is made."""
    return JOB_KINDS.get(job.kind, job.kind.replace("_", " "))


def job_state(job: Job) -> tuple[str, str]:
    """How far it is, and the tone of that."""
    if job.is_running:
        return progress_bar(job.progress), "busy"
    return ("✖ failed", "error") if job.state == "failed" else (job.state, "well")


def transfer_tone(entry: TransferEntry) -> str:
    """Green what serves, red what did not come to that."""
    if not entry.outcome:
        return "busy"
    return "well" if entry.outcome == "committed" else "warning"


def received_text(entry: TransferEntry) -> str:
    """ "1.2 of 4.1 MiB"; while chunks are missing, how many."""
    whole = figures.mebibytes(entry.size_bytes) if entry.size_bytes else figures.NOTHING
    text = f"{entry.received_bytes / figures.MIB:.1f} of {whole}"
    if not entry.outcome and entry.chunks_missing:
        return f"{text}, {entry.chunks_missing} of {entry.chunks_total} chunks missing"
    return text


def spared_text(entry: TransferEntry) -> str:
    """Of what is there, what did not travel; of what is under way, the delta it may take."""
    if entry.delta_bytes:
        return f"delta of {figures.mebibytes(entry.delta_bytes)}"
    saved = saved_bytes(entry)
    return f"{figures.share(saved / entry.size_bytes)} spared" if saved else ""
