#!/bin/sh
# The compose and buildx plugins for tests of deploy/compose and deploy/docker, in a folder of their own: bookworm has
# no such versions, and trixie's run on it. Installs nothing on the machine; needs apt.
# Usage: deploy/setup/engine_tools.sh FOLDER
set -eu
folder=$(mkdir -p "$1" && cd "$1" && pwd)
[ -e "$folder/.ready" ] && exit 0
state=$folder/apt
mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$folder/debs"
: > "$state/status"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$keyring] http://deb.debian.org/debian trixie main" > "$state/sources.list"
options="-o Dir::State=$state -o Dir::State::lists=$state/lists -o Dir::State::status=$state/status
  -o Dir::Cache=$state/cache -o Dir::Etc::sourcelist=$state/sources.list -o Dir::Etc::sourceparts=-
  -o APT::Sandbox::User=root"
# shellcheck disable=SC2086 # a list of words
apt-get $options -qq update
# shellcheck disable=SC2086 # a list of words
(cd "$folder/debs" && apt-get $options -qq download docker-compose docker-buildx)
for file in "$folder"/debs/*.deb; do dpkg-deb -x "$file" "$folder/root"; done
mkdir -p "$folder/cli-plugins"
cp -L "$folder"/root/usr/libexec/docker/cli-plugins/docker-* "$folder/cli-plugins/"
rm -rf "$folder/debs" "$folder/root" "$state"
touch "$folder/.ready"
