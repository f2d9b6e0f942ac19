#!/usr/bin/env bash
# Make the context of the agent's image: our wheel, and the locked ones for each processor.
# Usage: deploy/docker/context.sh PYTHON DIR [ARCH…]     ARCH: amd64 (default), arm64
set -euo pipefail
python=${1:?usage: context.sh PYTHON DIR [ARCH…]} out=${2:?usage: context.sh PYTHON DIR [ARCH…]}
shift 2
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
pip=("$python" -m pip --disable-pip-version-check)

declare -A machine=([amd64]=x86_64 [arm64]=aarch64)
rm -rf "$out/wheels"
mkdir -p "$out/wheels/any"
cp "$here/Dockerfile" "$here/install.py" "$here/docker-bake.json" "$out/"
"${pip[@]}" wheel --quiet --no-deps --no-build-isolation -w "$out/wheels/any" "$root"
version=$(basename "$out"/wheels/any/lamplighter-*.whl | cut -d- -f2)
sed -i "s/\"default\": \"[0-9][^\"]*\"/\"default\": \"$version\"/" "$out/docker-bake.json"
"${pip[@]}" download --quiet --no-deps --only-binary :all: -d "$out/wheels/any" pip
for arch in "${@:-amd64}"; do
  [ -n "${machine[$arch]:-}" ] || { echo "no processor $arch; known: ${!machine[*]}" >&2 && exit 2; }
  platforms=()
  for libc in 2_28 2_27 2_26 2_24 2_17; do platforms+=(--platform "manylinux_${libc}_${machine[$arch]}"); done
  "${pip[@]}" download --quiet --no-deps --require-hashes --only-binary :all: --python-version 3.11 \
    --implementation cp "${platforms[@]}" --platform "manylinux2014_${machine[$arch]}" \
    -d "$out/wheels/$arch" -r "$here/agent.lock"
done
echo "$out"
