"""Agents that run as containers of Docker engines, by the files of their gateways."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from lamplighter_client.client import AsyncClient
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import DataTable, Static

from lamplighter_dashboard.actions import host_actions
from lamplighter_dashboard.model.docker_hosts import DockerHost, HostAgent
from lamplighter_dashboard.screens.base import PolledScreen
from lamplighter_dashboard.widgets.lists.list_table import ListTable
from lamplighter_dashboard.words import figures
from lamplighter_dashboard.words.joining.hosts import HINT, image_text, state_words

TITLES = ("device", "state", "image", "version", "engine", "to do")


class DockerHostsScreen(PolledScreen[Sequence[DockerHost]]):
    """A line for each agent of each engine."""

    name_shown = "Docker hosts"
    about = (
        "Agents that lamplighter provision docker has brought to Docker engines, as these tell it:"
        " whether they run, by which image and version, and what would bring each to what its"
        " gateway's file says. u does that for one of them; what runs is kept until the new"
        " container is up. x removes one; its state and identity stay. Enter opens the device."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "update", "Update", id="hosts-update", tooltip="to what its file says"),
        Binding("x", "remove", "Remove", id="hosts-remove", tooltip="its container"),
    ]
    every_s = 10.0

    def __init__(self) -> None:
        super().__init__()
        self._agents: dict[str, tuple[DockerHost, HostAgent]] = {}

    def body(self) -> Sequence[Widget]:
        line = Static("Asking the engines …", id="line", classes="line")
        return (
            line,
            ListTable(TITLES, id="agents", cut=("image", "to do"), dropped=("engine", "version")),
        )

    def begin(self) -> None:
        self.focus_main()
        super().begin()

    def focus_main(self) -> None:
        self.query_one(ListTable).focus()

    async def read(self, _client: AsyncClient) -> Sequence[DockerHost]:
        hosts = self.dashboard.hosts
        return await asyncio.to_thread(hosts.look) if hosts is not None else ()

    def show(self, read: Sequence[DockerHost]) -> None:
        self._agents = {
            f"{number}/{agent.device}": (host, agent)
            for number, host in enumerate(read)
            for agent in host.agents
        }
        self.query_one(ListTable).show(
            [(key, self._cells(host, agent)) for key, (host, agent) in self._agents.items()]
        )
        told = [(f"✖ {host.file}: {host.trouble}\n", "error") for host in read if host.trouble]
        many = figures.count(len(self._agents), "agent")
        summary = f"{many} on {figures.count(len(read), 'Docker host')}" if read else HINT
        self.say("#line", [*told, (summary, "text" if read else "dim")])

    def _cells(self, host: DockerHost, agent: HostAgent) -> list[Text]:
        tone = self.dashboard.tone
        words, shade = self._state(agent)
        todo = f"newer: {agent.ahead}" if agent.ahead else ", ".join(agent.todo)
        return [
            Text(agent.device, "bold"),
            Text(words, tone(shade)),
            Text(image_text(agent.images)),
            Text(agent.version or figures.NOTHING),
            Text(host.engine, tone("dim")),
            Text(todo or "nothing", tone("warning" if todo else "dim")),
        ]

    def _state(self, agent: HostAgent) -> tuple[str, str]:
        return state_words(
            running=agent.running,
            healthy=agent.healthy,
            connection=agent.connection,
            absent=agent.is_absent,
        )

    @property
    def _chosen(self) -> tuple[DockerHost, HostAgent] | None:
        return self._agents.get(self.query_one(ListTable).key)

    @on(DataTable.RowSelected)
    def _open(self, message: DataTable.RowSelected) -> None:
        message.stop()
        if self._chosen is not None:
            self.dashboard.open_device(self._chosen[1].device)

    def action_update(self) -> None:
        """Bring the agent under the cursor to what its file says."""
        hosts = self.dashboard.hosts
        if hosts is not None and self._chosen is not None:
            host, agent = self._chosen
            deed = lambda: hosts.update(host.file, agent.device)  # noqa: E731 - handed on
            self.dashboard.propose(host_actions.update(host, agent, deed))

    def action_remove(self) -> None:
        """End the agent under the cursor."""
        hosts = self.dashboard.hosts
        if hosts is not None and self._chosen is not None:
            host, agent = self._chosen
            deed = lambda: hosts.remove(host.file, agent.device)  # noqa: E731 - handed on
            self.dashboard.propose(host_actions.remove(host, agent, deed))

    def exported(self) -> tuple[list[str], list[list[object]]]:
        return list(TITLES), [
            [
                agent.device,
                self._state(agent)[0],
                image_text(agent.images),
                agent.version,
                host.engine,
                "; ".join(agent.todo),
            ]
            for host, agent in self._agents.values()
        ]
