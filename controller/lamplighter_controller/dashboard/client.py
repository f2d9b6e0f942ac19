"""The dashboard's view of the controller: plain JSON over HTTP."""

from types import TracebackType
from typing import Any, Self

import httpx

Json = dict[str, Any]
TIMEOUT_S = 5.0


class FleetUnreachableError(Exception):
    """The controller did not answer, or refused; the text says which."""


class FleetClient:
    """Reads of the API under /api/v1. Raises FleetUnreachableError on every failure."""

    def __init__(
        self, url: str, token: str, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.url = url
        self._http = httpx.AsyncClient(
            base_url=url.rstrip("/") + "/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT_S,
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def devices(self) -> list[Json]:
        return await self._list("/devices")

    async def device(self, device: str) -> Json:
        answer = await self._get(f"/devices/{device}")
        return answer if isinstance(answer, dict) else {}

    async def telemetry(self, device: str, limit: int = 120) -> list[Json]:
        return await self._list(f"/devices/{device}/telemetry", limit=limit)

    async def plans(self, device: str, limit: int = 5) -> list[Json]:
        return await self._list(f"/devices/{device}/plans", limit=limit)

    async def deployments(self, device: str, limit: int = 8) -> list[Json]:
        return await self._list(f"/devices/{device}/deployments", limit=limit)

    async def events(self, after: int = 0, limit: int = 100) -> list[Json]:
        return await self._list("/events/log", after=after, limit=limit)

    async def jobs(self, limit: int = 20) -> list[Json]:
        return await self._list("/jobs", limit=limit)

    async def recompressions(self) -> list[Json]:
        return await self._list("/recompressions")

    async def _list(self, path: str, **query: int) -> list[Json]:
        answer = await self._get(path, **query)
        if isinstance(answer, dict):
            answer = answer.get("items", [])
        return answer if isinstance(answer, list) else []

    async def _get(self, path: str, **query: int) -> Any:
        try:
            answer = await self._http.get(path, params=query)
            answer.raise_for_status()
            return answer.json()
        except httpx.HTTPStatusError as error:
            raise FleetUnreachableError(_reason(error.response)) from error
        except (httpx.HTTPError, ValueError) as error:
            raise FleetUnreachableError(f"{self.url}: {error}") from error


def _reason(response: httpx.Response) -> str:
    if response.status_code in (401, 403):
        return "the API token is missing or not allowed to read the fleet; use --token"
    return f"the controller answered {response.status_code} to {response.request.url.path}"
