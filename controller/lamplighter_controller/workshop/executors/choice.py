"""Which executor does the workshop's jobs."""

from lamplighter_wire.clock import Clock
from lamplighter_wire.errors import SettingsError

from lamplighter_controller.workshop.executors.child_pool import ChildPool
from lamplighter_controller.workshop.executors.executor import Executor, JobLimits
from lamplighter_controller.workshop.remote.dask_address import DaskTls, dask_address


def make_executor(
    url: str, files: DaskTls, processes: int, limits: JobLimits, clock: Clock
) -> Executor:
    """The workers of a Dask cluster where one is named, else that many processes of this machine.

    Raises:
        SettingsError: the URL cannot be used, or the extra it wants is not installed.
    """
    if not url:
        return ChildPool(processes, limits)
    address = dask_address(url, files)
    try:  # it takes a second, and is an extra of its own
        from lamplighter_controller.workshop.remote.dask_executor import DaskExecutor
    except ImportError as error:
        raise SettingsError(f"executor: {error}; pip install 'lamplighter[dask]'") from error
    return DaskExecutor(address, limits, clock)
