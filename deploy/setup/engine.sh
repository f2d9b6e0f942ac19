#!/usr/bin/env bash
# What the tests with a real Docker engine need, in a folder of its own: a base image made of Debian's
# packages, because there may be no registry, a Debian to install bundles in, and the context of the
# agent's image. Needs apt.
# Usage: deploy/setup/engine.sh FOLDER PYTHON
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
python=$2
missing=()
command -v dockerd > /dev/null || [ -x /usr/sbin/dockerd ] || missing+=(docker.io)
command -v mmdebstrap > /dev/null || missing+=(mmdebstrap)
[ -x /usr/sbin/sshd ] || missing+=(openssh-server)
command -v ansible-playbook > /dev/null || missing+=(ansible-core)
if [ "${#missing[@]}" -gt 0 ]; then
  [ "$(id -u)" = 0 ] || { echo "install first: sudo apt-get install -y ${missing[*]}" >&2 && exit 1; }
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
fi
[ -e "$folder/base.tar" ] || {
  mmdebstrap --quiet --variant=extract --include=libc6,libstdc++6,python3,python3-distutils \
    --dpkgopt='path-exclude=/usr/share/*' bookworm "$folder/base.part.tar"
  mv "$folder/base.part.tar" "$folder/base.tar"
}
[ -e "$folder/machine.tar" ] || {
  mmdebstrap --quiet --variant=minbase \
    --include=python3,python3-venv,systemd,systemd-sysv,mosquitto,postgresql,prometheus,libgomp1 \
    --dpkgopt='path-exclude=/usr/share/doc/*' bookworm "$folder/machine.part.tar"
  mv "$folder/machine.part.tar" "$folder/machine.tar"
}
deploy/setup/engine_tools.sh "$folder/tools"
[ -e "$folder/image/wheels/amd64" ] || deploy/docker/context.sh "$python" "$folder/image" amd64
# Our own wheel is as new as the code.
rm -f "$folder"/image/wheels/any/lamplighter-*.whl
"$python" -m pip --disable-pip-version-check wheel --quiet --no-deps --no-build-isolation \
  -w "$folder/image/wheels/any" .
cp deploy/docker/Dockerfile deploy/docker/install.py "$folder/image/"
