"""Both clients over the same requests: answers as documents, failures as errors."""

import asyncio

import httpx
import pytest
import uvicorn
from lamplighter_client import endpoints
from lamplighter_client.client import IDLE_S, AsyncClient, Client
from lamplighter_client.documents import Device
from lamplighter_client.endpoints import ApiRequest
from lamplighter_client.errors import MalformedError, RefusedError, UnreachableError
from lamplighter_client.rollout_endpoints import step_rollout
from lamplighter_client.target import Target

TARGET = Target("http://controller/", "secret")


def client(answer: httpx.Response, sent: list[httpx.Request] | None = None) -> Client:
    """One whose controller always answers the same."""

    def handle(request: httpx.Request) -> httpx.Response:
        if sent is not None:
            sent.append(request)
        return answer

    return Client(TARGET, transport=httpx.MockTransport(handle))


def test_a_connection_is_let_go_before_the_controller_ends_it() -> None:
    """Or a request now and then would meet the end, as polls of a dashboard did."""
    assert uvicorn.Config("the controller's, as to this").timeout_keep_alive > IDLE_S


def test_an_answer_is_a_document() -> None:
    sent: list[httpx.Request] = []
    with client(httpx.Response(200, json=[{"id": "cam-1", "online": True}]), sent) as api:
        assert api.send(endpoints.devices(retired=True)) == [Device(id="cam-1", online=True)]
    assert str(sent[0].url) == "http://controller/api/v1/devices?retired=true&limit=500"
    assert sent[0].headers["authorization"] == "Bearer secret"


def test_only_what_is_given_is_changed() -> None:
    sent: list[httpx.Request] = []
    with client(httpx.Response(200, json={}), sent) as api:
        api.send(endpoints.label("cam-1", site="north"))
        api.send(endpoints.create_token("cam-1"))
    assert [request.method for request in sent] == ["POST", "POST"]
    assert [request.content for request in sent] == [b'{"site":"north"}', b'{"device":"cam-1"}']


def test_a_change_names_the_version_that_it_is_about() -> None:
    sent: list[httpx.Request] = []
    with client(httpx.Response(200, json={}), sent) as api:
        api.send(step_rollout("spring", "pause", version=3))
        api.send(step_rollout("spring", "pause"))
    assert [request.headers.get("if-match") for request in sent] == ['"3"', None]


def test_a_name_cannot_leave_its_place_in_the_path() -> None:
    assert endpoints.device("../tokens").path == "/devices/..%2Ftokens"


def test_a_problem_is_told_in_the_controller_s_words() -> None:
    problem = {"title": "Not found", "status": 404, "detail": "no device 'cam-9'"}
    with client(httpx.Response(404, json=problem)) as api, pytest.raises(RefusedError) as refused:
        api.send(endpoints.device("cam-9"))
    assert (str(refused.value), refused.value.status) == ("no device 'cam-9'", 404)


def test_a_proxy_s_error_is_told_by_its_number() -> None:
    answer = httpx.Response(502, text="<html>")
    with client(answer) as api, pytest.raises(RefusedError, match="answered 502"):
        api.send(endpoints.devices())


@pytest.mark.parametrize("content", [b"<html>", b"[]", b'{"version": "first"}', b"\xff"])
def test_an_answer_of_something_else_is_an_error(content: bytes) -> None:
    answer = httpx.Response(200, content=content)
    with client(answer) as api, pytest.raises(MalformedError, match="/devices/cam-1"):
        api.send(endpoints.device("cam-1"))


def test_nobody_answers() -> None:
    nowhere = Target("http://127.0.0.1:9", "secret")
    with Client(nowhere) as api, pytest.raises(UnreachableError, match="no controller answers"):
        api.send(endpoints.devices())


def test_the_asyncio_client_does_the_same() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/devices"):
            return httpx.Response(200, json=[{"id": "cam-1"}])
        return httpx.Response(403, json={"detail": "this needs the role admin"})

    async def ask() -> list[Device]:
        api = AsyncClient(TARGET, transport=httpx.MockTransport(handle))
        with pytest.raises(RefusedError, match="role admin"):
            await api.send(endpoints.retire("cam-1"))
        devices = await api.send(endpoints.devices())
        await api.close()
        return devices

    async def ask_nobody(request: ApiRequest[list[Device]]) -> None:
        api = AsyncClient(Target("http://127.0.0.1:9", "secret"))
        with pytest.raises(UnreachableError):
            await api.send(request)
        await api.close()

    assert asyncio.run(ask()) == [Device(id="cam-1")]
    asyncio.run(ask_nobody(endpoints.devices()))


def paged(request: httpx.Request) -> httpx.Response:
    """Three pages; the link of the second names another host."""
    after = request.url.params.get("after", "")
    names = {"": "cam-1", "cam-1": "cam-2", "cam-2": "cam-3"}
    link = {"": "<?after=cam-1>", "cam-1": "<http://evil.example/x?after=cam-2>"}.get(after)
    assert request.url.host == "controller"
    headers = {"Link": f'{link}; rel="next"'} if link else {}
    return httpx.Response(200, json=[{"id": names[after]}], headers=headers)


def test_the_newest_of_a_history_is_one_page() -> None:
    link = {"Link": '<?after=x>; rel="next"'}
    answer = httpx.Response(200, json=[{"id": 3}], headers=link)
    with client(answer) as api:
        assert [plan.id for plan in api.send(endpoints.plans("cam-1", limit=1))] == [3]


def test_a_filter_goes_to_the_controller() -> None:
    sent: list[httpx.Request] = []
    with client(httpx.Response(200, json=[]), sent) as api:
        api.send(endpoints.devices("group=gate,seen<5m", sort="-seen"))
    query = sent[0].url.params
    assert (query["filter"], query["sort"]) == ("group=gate,seen<5m", "-seen")


def test_a_list_is_read_to_its_last_page() -> None:
    expected = ["cam-1", "cam-2", "cam-3"]
    with Client(TARGET, transport=httpx.MockTransport(paged)) as api:
        assert [d.id for d in api.send(endpoints.devices())] == expected

    async def read() -> list[Device]:
        api = AsyncClient(TARGET, transport=httpx.MockTransport(paged))
        found = await api.send(endpoints.devices())
        await api.close()
        return found

    assert [d.id for d in asyncio.run(read())] == expected


def test_a_password_in_an_address_is_told_to_nobody() -> None:
    nowhere = Target("http://user:secret@127.0.0.1:9", "t")
    with Client(nowhere) as api, pytest.raises(UnreachableError) as told:
        api.send(endpoints.rollup())
    assert "secret" not in str(told.value)
