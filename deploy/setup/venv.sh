#!/usr/bin/env bash
# Make the virtual environment: torch first, then everything else exactly as locked.
# Usage: [PYTHON=python3.12] [TORCH_INDEX_URL=URL] deploy/setup/venv.sh DIR
set -euo pipefail
venv=${1:?usage: venv.sh DIR}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

fits() { # whether a command is a Python that the lock is made for
  "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' > /dev/null 2>&1
}

pick_python() {
  if [ -n "${PYTHON:-}" ]; then
    fits "$PYTHON" && echo "$PYTHON" && return
    echo "PYTHON=$PYTHON is no Python 3.11, 3.12 or 3.13" >&2
    return 1
  fi
  for name in python3.11 python3.12 python3.13 python3; do
    fits "$name" && echo "$name" && return
  done
  echo "Lamplighter needs Python 3.11, 3.12 or 3.13 (apt-get install python3 python3-venv on" \
    "Debian 12 and 13), or name one: make PYTHON=/path/to/python" >&2
  return 1
}

is_whole() { # an environment that was interrupted, moved, or lost its Python is made anew
  fits "$venv/bin/python" && "$venv/bin/python" -m pip --version > /dev/null 2>&1 &&
    "$venv/bin/python" -c "import sys; sys.exit(sys.prefix != sys.argv[1])" "$(cd "$venv" && pwd -P)"
}

pip() { # TITLE PACKAGES ARGUMENT…: pip with a line of progress now and then
  local title=$1 packages=$2
  shift 2
  "$venv/bin/python" -m pip --disable-pip-version-check install --progress-bar off "$@" 2>&1 |
    "$venv/bin/python" "$here/pip_progress.py" "$title" "$packages"
}

python=$(pick_python)
if ! is_whole; then
  [ ! -e "$venv" ] || echo "[setup] $venv is not whole: making it anew"
  # python3 -m venv --without-pip works where Debian's python3-venv is missing; say so instead.
  "$python" -m venv --clear "$venv" || {
    echo "python3-venv is missing: apt-get install -y python3-venv" >&2
    exit 1
  }
fi
echo "[setup] $("$venv/bin/python" --version) in $venv"

torch=$(sed -n 's/^  "torch==\(.*\)",$/\1/p' "$root/pyproject.toml")
if ! "$venv/bin/python" -c "import importlib.metadata as m, sys; sys.exit(m.version('torch').split('+')[0] != '$torch')" 2> /dev/null; then
  index=()
  [ -z "${TORCH_INDEX_URL:-}" ] || index=(--index-url "$TORCH_INDEX_URL")
  pip "[setup 1/3] torch $torch" 1 "${index[@]}" "torch==$torch"
else
  echo "[setup 1/3] torch $torch is there"
fi
locked=$(grep -c '==' "$root/requirements.lock")
pip "[setup 2/3] everything else, as locked" "$locked" \
  --no-deps --require-hashes -r "$root/requirements.lock"
pip "[setup 3/3] lamplighter itself" 1 --no-deps --no-build-isolation -e "$root"
"$venv/bin/python" -m pip --disable-pip-version-check check
touch "$venv/.ready"
