#!/bin/sh
# Installs or updates the agent from the folder that this script lies in; needs no network but for enrolling.
# Run it as root, again at any time. PYTHON names a Python 3.11; ROOT puts everything below another folder,
# such as an image that is being made, and then neither makes a user nor starts anything.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=${ROOT:-}
python=${PYTHON:-python3}
home=$root/opt/lamplighter config=$root/etc/lamplighter state=$root/var/lib/lamplighter-agent
unit=lamplighter-agent.service

die() { echo "install: $1" >&2; exit 1; }
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2> /dev/null ||
  die "the wheels are for Python 3.11; name one: PYTHON=/path/to/python3.11 $0"
[ "$(uname -m)" = "$(cat "$here/machine")" ] ||
  die "the wheels are for $(cat "$here/machine"), this is $(uname -m); make the bundle with --arch"
[ -n "$root" ] || [ "$(id -u)" = 0 ] || die "run it as root: sudo $0"

echo "[1/4] agent in $home"
[ -x "$home/bin/python" ] || "$python" -m venv --without-pip "$home" || die "apt-get install python3-venv"
pip=$(echo "$here"/wheels/pip-*.whl)
"$home/bin/python" "$pip/pip" --isolated install --quiet --disable-pip-version-check --no-index --no-deps \
  --require-hashes --find-links "$here/wheels" -r "$here/requirements.txt"

echo "[2/4] settings in $config"
if [ -z "$root" ]; then
  id lamplighter > /dev/null 2>&1 || useradd --system --home-dir /nonexistent --shell /usr/sbin/nologin lamplighter
fi
mkdir -p "$config" "$state"
cp "$here/agent.toml" "$config/agent.toml.new"
chmod 0640 "$config/agent.toml.new"
chmod 0700 "$state"
if [ -z "$root" ]; then
  chgrp lamplighter "$config/agent.toml.new"
  chown lamplighter: "$state"
fi
mv "$config/agent.toml.new" "$config/agent.toml"

echo "[3/4] identity"
if [ -e "$state/identity/identity.json" ]; then
  echo "  it is enrolled already"
elif [ -n "$root" ]; then
  echo "  it enrols when it is installed on its device"
elif [ -e "$here/token" ]; then
  # The user of the agent need not be able to look in here.
  trap 'rm -f "$state/token" "$state/ca.pem"' EXIT
  install -m 0400 -o lamplighter "$here/token" "$state/token"
  set -- --url "$(cat "$here/url")" --token-file "$state/token"
  if [ -e "$here/ca.pem" ]; then
    install -m 0400 -o lamplighter "$here/ca.pem" "$state/ca.pem"
    set -- "$@" --ca "$state/ca.pem"
  fi
  runuser -u lamplighter -- env LAMPLIGHTER_AGENT_CONFIG="$config/agent.toml" \
    "$home/bin/lamplighter-agent" enrol "$@"
  rm -f "$here/token"
else
  echo "  no token came along: lamplighter-agent enrol --url $(cat "$here/url") --token-file FILE"
fi

echo "[4/4] $unit"
mkdir -p "$root/etc/systemd/system"
cp "$here/$unit" "$root/etc/systemd/system/$unit"
if [ -z "$root" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl enable --quiet "$unit"
  systemctl restart "$unit"
else
  echo "  no systemd runs here: it is copied, not started"
fi
echo "done"
