#!/usr/bin/env bash
# Make the virtual environment: torch first, then everything else exactly as locked.
# Usage: [PYTHON=python3.11] [TORCH_INDEX_URL=URL] deploy/setup/venv.sh DIR
set -euo pipefail
venv=${1:?usage: venv.sh DIR}
root=$(cd "$(dirname "$0")/../.." && pwd)
python=${PYTHON:-python3.11}
command -v "$python" > /dev/null || python=python3
"$python" - <<'PY' || { echo "Lamplighter needs Python 3.11 (apt-get install python3 python3-venv on Debian 12), or name one: make PYTHON=/path/to/python3.11"; exit 1; }
import sys
sys.exit(sys.version_info[:2] != (3, 11))
PY
# python3 -m venv --without-pip works where Debian's python3-venv is missing; say so instead.
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv" || {
  echo "python3-venv is missing: apt-get install -y python3-venv"; exit 1; }
pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@"; }
torch=$(sed -n 's/^  "torch==\(.*\)",$/\1/p' "$root/pyproject.toml")
echo "[setup 1/3] torch $torch"
if ! "$venv/bin/python" -c "import importlib.metadata as m, sys; sys.exit(m.version('torch').split('+')[0] != '$torch')" 2> /dev/null; then
  index=()
  [ -z "${TORCH_INDEX_URL:-}" ] || index=(--index-url "$TORCH_INDEX_URL")
  pip install --quiet "${index[@]}" "torch==$torch"
fi
echo "[setup 2/3] everything else, as locked"
pip install --quiet --no-deps --require-hashes -r "$root/requirements.lock"
echo "[setup 3/3] lamplighter itself"
pip install --quiet --no-deps --no-build-isolation -e "$root"
pip check
touch "$venv/.ready"
