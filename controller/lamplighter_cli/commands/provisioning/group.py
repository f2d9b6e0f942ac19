"""Commands that bring agents onto gateways and devices."""

from lamplighter_cli.commands.provisioning.bundle import bundle
from lamplighter_cli.commands.provisioning.docker import docker_app
from lamplighter_cli.commands.provisioning.due import due
from lamplighter_cli.commands.provisioning.ssh import ssh
from lamplighter_cli.options import group

provision_app = group("Bring agents onto gateways and devices.")
provision_app.add_typer(docker_app, name="docker")
provision_app.command()(bundle)
provision_app.command()(ssh)
provision_app.command()(due)
