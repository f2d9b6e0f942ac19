#!/bin/sh
# Installs or updates the agent from the folder that this script lies in; needs no network but for enrolling.
# Run it as root, again at any time. PYTHON names a Python 3.11; START_S is how long a new agent may take to come
# up before what ran before runs again; ROOT puts everything below another folder, such as an image that is being
# made, and then neither makes a user nor starts anything.
set -eu
umask 022 # the agent's user shall read what is installed; what is secret has modes of its own
here=$(cd "$(dirname "$0")" && pwd)
root=${ROOT:-}
python=${PYTHON:-python3}
start_s=${START_S:-60}
home=$root/opt/lamplighter releases=$root/opt/lamplighter-releases
config=$root/etc/lamplighter state=$root/var/lib/lamplighter-agent
unit=lamplighter-agent.service units=$root/etc/systemd/system before=$root/etc/lamplighter/before

die() { echo "install: $1" >&2; exit 1; }
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2> /dev/null ||
  die "the wheels are for Python 3.11; name one: PYTHON=/path/to/python3.11 $0"
[ "$(uname -m)" = "$(cat "$here/machine")" ] ||
  die "the wheels are for $(cat "$here/machine"), this is $(uname -m); make the bundle with --arch"
[ -n "$root" ] || [ "$(id -u)" = 0 ] || die "run it as root: sudo $0"
runs_systemd() { [ -z "$root" ] && [ -d /run/systemd/system ]; }
settled() { sync -f "$@" 2> /dev/null || sync; } # on the disk, whatever happens to the power from here on
agent() { LAMPLIGHTER_AGENT_HEARTBEAT_FILE=/run/lamplighter-agent/heartbeat "$home/bin/lamplighter-agent" "$@"; }

# One at a time: an installation goes on when the connection that began it has gone.
mkdir -p "$releases"
command -v flock > /dev/null || die "flock is missing: apt-get install util-linux"
exec 9> "$releases/.lock"
flock -n 9 || die "another installation is at work on this device; wait until it has ended, then run this again"

# A release lies beside the one that runs, under the hash of its wheels, until the link leads to it.
name=$(sha256sum "$here/requirements.txt" | cut -c 1-12)
release=$releases/$name
echo "[1/4] agent in $release"
if [ -e "$release/complete" ]; then
  echo "  it is there already"
else
  rm -rf "$release"
  "$python" -m venv --without-pip "$release" || die "apt-get install python3-venv"
  pip=$(echo "$here"/wheels/pip-*.whl)
  "$release/bin/python" "$pip/pip" --isolated install --quiet --disable-pip-version-check --no-index --no-deps \
    --require-hashes --find-links "$here/wheels" -r "$here/requirements.txt"
  # In an image that is being made, programs begin with the path that they will have; a long one is on their second line.
  [ -z "$root" ] || grep -lIr "$root/" "$release/bin" | xargs -r sed -i "1,2s|$root/|/|"
  settled "$release"
  touch "$release/complete"
  settled "$release"
fi

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
  runuser -u lamplighter -- env LAMPLIGHTER_AGENT_CONFIG="$config/agent.toml.new" \
    "$release/bin/lamplighter-agent" enrol "$@"
  rm -f "$here/token"
else
  echo "  no token came along: lamplighter-agent enrol --url $(cat "$here/url") --token-file FILE"
fi

echo "[4/4] $unit"
mkdir -p "$units"
is_same() {
  [ "$(readlink "$home" 2> /dev/null)" = "lamplighter-releases/$name" ] &&
    cmp -s "$config/agent.toml.new" "$config/agent.toml" && cmp -s "$here/$unit" "$units/$unit"
}
put_in_place() { # release, settings, unit
  ln -sfn "lamplighter-releases/$1" "$home.new"
  cp -p "$2" "$config/agent.toml.next"
  cp "$3" "$units/$unit.next"
  settled "$releases" "$config" "$units"
  mv -T "$home.new" "$home"
  mv "$config/agent.toml.next" "$config/agent.toml"
  mv "$units/$unit.next" "$units/$unit"
  settled "$releases" "$config" "$units"
}
# $config/bundle is there while what is in place has come up. Until then the way back leads to what had.
has_proven() { [ -e "$config/bundle" ] || [ ! -e "$before/release" ]; }
keep_before() { # how it stands
  [ -L "$home" ] && [ -e "$config/agent.toml" ] && [ -e "$units/$unit" ] || return 0
  rm -rf "$before.new"
  mkdir -p "$before.new"
  readlink "$home" | sed 's|.*/||' > "$before.new/release"
  cp -p "$config/agent.toml" "$before.new/agent.toml"
  cp "$units/$unit" "$before.new/$unit"
  echo "$1" > "$before.new/stood"
  [ ! -e "$config/bundle" ] || cp "$config/bundle" "$before.new/bundle"
  settled "$before.new"
  rm -rf "$before"
  mv "$before.new" "$before"
}
prove() { # digest
  cp "$1" "$config/bundle.new" && settled "$config" && mv "$config/bundle.new" "$config/bundle"
}
started() { # a line that says how its connection stands, once it has given signs of life for 3 s
  systemctl daemon-reload
  systemctl enable --quiet "$unit"
  systemctl restart "$unit" || return 1
  waited=0 alive=0
  while [ "$waited" -lt "$start_s" ]; do
    if systemctl is-active --quiet "$unit" && stand=$(agent health 2> /dev/null) &&
      { [ "$stand" = online ] || [ "$1" != online ]; }; then
      alive=$((alive + 1))
      [ "$alive" -lt 3 ] || return 0
    else
      alive=0
    fi
    sleep 1
    waited=$((waited + 1))
  done
  return 1
}

# Bundles of before made a folder where the link is now.
if [ -d "$home" ] && [ ! -L "$home" ]; then
  rm -rf "$releases/before" && mv "$home" "$releases/before" && ln -s lamplighter-releases/before "$home"
fi
if is_same && [ -e "$config/bundle" ] && { ! runs_systemd || systemctl is-active --quiet "$unit"; }; then
  rm -f "$config/agent.toml.new"
  echo "  it is as the bundle says"
else
  stood=
  if ! has_proven; then # what was cut off may have changed how it stands
    stood=$(cat "$before/stood" 2> /dev/null) || stood=
  elif runs_systemd && [ -e "$home" ]; then
    stood=$(agent health 2> /dev/null) || stood=
  fi
  is_same || ! has_proven || keep_before "$stood"
  rm -f "$config/bundle"
  settled "$config"
  put_in_place "$name" "$config/agent.toml.new" "$here/$unit"
  rm -f "$config/agent.toml.new"
  if ! runs_systemd; then
    echo "  no systemd runs here: it is copied, not started"
  elif started "$stood"; then
    echo "  it is up and $(agent health)"
  else
    echo "  it does not come up; its last words:"
    journalctl --unit "$unit" --lines 20 --no-pager --output cat 2> /dev/null | sed 's/^/    /' || true
    [ -e "$before/release" ] || die "the new agent does not come up, and there is none of before"
    put_in_place "$(cat "$before/release")" "$before/agent.toml" "$before/$unit"
    started "" || die "the new agent does not come up, and neither does the one of before"
    [ ! -e "$before/bundle" ] || prove "$before/bundle"
    die "the new agent does not come up; what ran before runs again"
  fi
fi
prove "$here/digest"
# The release of before stays for a way back by hand; older ones go.
for old in "$releases"/*; do
  case ${old##*/} in "$name" | "$(cat "$before/release" 2> /dev/null)") ;; *) rm -rf "$old" ;; esac
done
echo "done"
