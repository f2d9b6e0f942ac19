"""The tables. Documents are JSON text; every change here needs a migration."""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts upwards only for INTEGER keys; PostgreSQL wants 64 bits.
_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_Seconds = sa.Double


def _device_key() -> "sa.Column[str]":
    return sa.Column("device", sa.String(40), sa.ForeignKey("devices.id"), nullable=False)


devices = sa.Table(
    "devices",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("labels", sa.Text, nullable=False),
    sa.Column("objective", sa.Text, nullable=False),
    sa.Column("enrolled_at", _Seconds, nullable=False),
    sa.Column("retired_at", _Seconds),
    sa.Column("revoked", sa.Text, nullable=False, server_default=""),
    sa.Column("released_at", _Seconds),
    sa.Column("cloned", sa.Text),
    sa.Column("online", sa.Boolean, nullable=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("last_seen", _Seconds, nullable=False),
    sa.Column("agent_version", sa.Text, nullable=False),
    sa.Column("capabilities", sa.Text),
    sa.Column("probe", sa.Text),
    sa.Column("workload", sa.Text),
    sa.Column("reported", sa.Text),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("desired", sa.LargeBinary, nullable=False),
    sa.Column("newest_window", sa.Text),
    sa.Column("newest_window_at", _Seconds, nullable=False, server_default="0"),
    sa.Column("streams", sa.Text, nullable=False, server_default="{}"),
    # What the documents above say, for filters and sums.
    sa.Column("serving", sa.Text, nullable=False, server_default=""),
    sa.Column("hardware", sa.String(40), nullable=False, server_default=""),
    # All that is counted over the fleet, without a look at the documents.
    sa.Index("ix_devices_standing", "serving", "online", "retired_at", "id", "revision"),
    sa.Index(None, "hardware"),
    sa.Index(None, "site"),
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("device", sa.String(40), nullable=False),
    sa.Column("secret", sa.Text, nullable=False),
    sa.Column("created_at", _Seconds, nullable=False),
    sa.Column("expires_at", _Seconds, nullable=False),
    sa.Column("used_at", _Seconds),
    sa.Column("used_key", sa.String(64), nullable=False),
)

api_tokens = sa.Table(
    "api_tokens",
    metadata,
    sa.Column("secret_hash", sa.String(64), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("created_at", _Seconds, nullable=False),
    sa.Column("id", sa.String(16), nullable=False, server_default=""),
    sa.Column("expires_at", _Seconds),
    sa.Column("scope", sa.Text, nullable=False, server_default=""),
    sa.Column("last_used_at", _Seconds),
)

certificates = sa.Table(
    "certificates",
    metadata,
    sa.Column("serial", sa.String(64), primary_key=True),
    sa.Column("device", sa.String(40), nullable=False),
    sa.Column("issued_at", _Seconds, nullable=False),
    sa.Column("revoked_at", _Seconds),
)

plans = sa.Table(
    "plans",
    metadata,
    sa.Column("id", _Id, primary_key=True, autoincrement=True),
    _device_key(),
    sa.Column("at", _Seconds, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("variant", sa.Text, nullable=False),
    sa.Column("regime", sa.Text, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Index(None, "device", "id"),
    sa.Index(None, "at", "id"),
)

deployments = sa.Table(
    "deployments",
    metadata,
    sa.Column("device", sa.String(40), sa.ForeignKey("devices.id"), primary_key=True),
    sa.Column("revision", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("plan", _Id, sa.ForeignKey("plans.id"), nullable=False),
    sa.Column("variant", sa.Text, nullable=False),
    sa.Column("at", _Seconds, nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("reason", sa.String(32), nullable=False),
    sa.Column("reported", sa.Text),
    sa.Index(None, "at", "device", "revision"),
    sa.Index(None, "plan"),
)

# What windows and summaries have in common with many others; the id is the document's hash.
conditions = sa.Table(
    "conditions",
    metadata,
    sa.Column("id", _Id, primary_key=True, autoincrement=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("used_at", _Seconds, nullable=False),
)

intents = sa.Table(
    "intents",
    metadata,
    sa.Column("device", sa.String(40), sa.ForeignKey("devices.id"), primary_key=True),
    sa.Column("plan", _Id, sa.ForeignKey("plans.id"), nullable=False),
    sa.Column("intent", sa.Text, nullable=False),
    sa.Column("held", sa.Text, nullable=False),
    sa.Column("until", _Seconds, nullable=False),
    sa.Index(None, "plan"),
)

# A window is known by device, number and start: an agent set up anew counts from one again.
# Rows lie in the order of their key, so that those of a device are read and deleted together.
telemetry = sa.Table(
    "telemetry",
    metadata,
    sa.Column("device", sa.String(40), sa.ForeignKey("devices.id"), primary_key=True),
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("start", _Seconds, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("received_at", _Seconds, nullable=False),
    sa.Column("conditions", sa.BigInteger, nullable=False),
    sa.Column("packed", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

telemetry_summaries = sa.Table(
    "telemetry_summaries",
    metadata,
    sa.Column("device", sa.String(40), sa.ForeignKey("devices.id"), primary_key=True),
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("resolution_s", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("start", _Seconds, primary_key=True),
    sa.Column("conditions", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("received_at", _Seconds, nullable=False),
    sa.Column("packed", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("id", _Id, primary_key=True, autoincrement=True),
    sa.Column("device", sa.String(40), nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("at", _Seconds, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("severity", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Column("received_at", _Seconds, nullable=False, server_default="0"),
    sa.Index(None, "device", "id"),
    sa.Index(None, "device", "seq"),
    sa.Index(None, "received_at", "id"),
)

variants = sa.Table(
    "variants",
    metadata,
    sa.Column("id", sa.String(200), primary_key=True),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("recipe", sa.Text, nullable=False),
    sa.Column("manifest", sa.String(64), nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("built_at", _Seconds, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("progress", sa.Double, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("created_at", _Seconds, nullable=False),
    sa.Column("finished_at", _Seconds),
    sa.Index(None, "finished_at", "id"),
)

recompressions = sa.Table(
    "recompressions",
    metadata,
    sa.Column("id", _Id, primary_key=True, autoincrement=True),
    _device_key(),
    sa.Column("at", _Seconds, nullable=False),
    sa.Column("trigger", sa.Text, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("from_variant", sa.Text, nullable=False),
    sa.Column("to_variant", sa.Text, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("bytes_sent", sa.BigInteger, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("justified", sa.Boolean),
    sa.Column("replayed_gain", sa.Double),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("reasons", sa.Text, nullable=False),
    sa.Column("began_at", _Seconds, nullable=False),
    sa.Column("seconds", sa.Text, nullable=False),
    sa.Column("from_point", sa.Text),
    sa.Column("to_point", sa.Text),
    sa.Column("fps_demand", sa.Double, nullable=False, server_default="0"),
    sa.Index(None, "device", "id"),
    sa.Index(None, "at", "id"),
    sa.Index(None, "kind"),
)

device_states = sa.Table(
    "device_states",
    metadata,
    sa.Column("device", sa.String(40), sa.ForeignKey("devices.id"), primary_key=True),
    sa.Column("document", sa.Text, nullable=False),
)

policies = sa.Table(
    "policies",
    metadata,
    sa.Column("scope", sa.String(200), primary_key=True),
    sa.Column("values", sa.Text, nullable=False),
    sa.Column("model", sa.String(200), nullable=False, server_default=""),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("changed_at", _Seconds, nullable=False),
)

observations = sa.Table(
    "observations",
    metadata,
    sa.Column("device", sa.String(40), sa.ForeignKey("devices.id"), primary_key=True),
    sa.Column("document", sa.Text, nullable=False),
)
