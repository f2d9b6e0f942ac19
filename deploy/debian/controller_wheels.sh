#!/usr/bin/env bash
# Gather the wheels of the controller's package: ours, the materials that models are built from, torch, and the locked ones.
# Usage: [TORCH_INDEX_URL=URL] deploy/debian/controller_wheels.sh PYTHON DIR [ARCH…]     ARCH: amd64 (default), arm64
set -euo pipefail
python=${1:?usage: controller_wheels.sh PYTHON DIR [ARCH…]} out=${2:?usage: controller_wheels.sh PYTHON DIR [ARCH…]}
shift 2
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
pip=("$python" -m pip --disable-pip-version-check)
torch=$(sed -n 's/^  "torch==\(.*\)",$/\1/p' "$root/pyproject.toml")

declare -A machine=([amd64]=x86_64 [arm64]=aarch64)
rm -rf "$out/wheels"
mkdir -p "$out/wheels/any"
"${pip[@]}" wheel --quiet --no-deps --no-build-isolation -w "$out/wheels/any" "$root" "$root/deploy/demo"
"${pip[@]}" download --quiet --no-deps --only-binary :all: -d "$out/wheels/any" pip
for arch in "${@:-amd64}"; do
  [ -n "${machine[$arch]:-}" ] || { echo "no processor $arch; known: ${!machine[*]}" >&2 && exit 2; }
  options=(--quiet --no-deps --only-binary :all: --python-version 3.11 --implementation cp -d "$out/wheels/$arch")
  for libc in 2_28 2_27 2_26 2_24 2_17; do options+=(--platform "manylinux_${libc}_${machine[$arch]}"); done
  options+=(--platform "manylinux2014_${machine[$arch]}" --platform "linux_${machine[$arch]}")
  echo "wheels for $arch; torch is the largest of them"
  # The usual index would bring a torch that wants CUDA beside it.
  "${pip[@]}" download "${options[@]}" ${TORCH_INDEX_URL:+--index-url "$TORCH_INDEX_URL"} "torch==$torch"
  "${pip[@]}" download "${options[@]}" --require-hashes -r "$here/controller.lock"
done
echo "$out"
