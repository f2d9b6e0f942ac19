#!/usr/bin/env bash
# Make the agent's Debian package (Debian 12: Python 3.11) from the wheels that `make image` has gathered: all that
# it needs is in it, so a device needs no package index.
# Usage: deploy/debian/build.sh IMAGE_FOLDER OUT [ARCH…]     ARCH: amd64 (default), arm64
set -euo pipefail
folder=$(cd "${1:?usage: build.sh IMAGE_FOLDER OUT [ARCH…]}" && pwd)
out=$(mkdir -p "${2:?usage: build.sh IMAGE_FOLDER OUT [ARCH…]}" && cd "$2" && pwd)
shift 2
here=$(cd "$(dirname "$0")" && pwd)
for arch in "${@:-amd64}"; do
  [ -d "$folder/wheels/$arch" ] || { echo "$folder has no wheels for $arch; run: make image ARCHS=\"$arch\"" >&2 && exit 1; }
  tree=$(mktemp -d)
  trap 'rm -rf "$tree"' EXIT
  share=$tree/usr/share/lamplighter-agent
  mkdir -p "$share/wheels" "$tree/DEBIAN" "$tree/lib/systemd/system" "$tree/etc/lamplighter" "$tree/usr/bin"
  cp "$folder"/wheels/any/*.whl "$folder/wheels/$arch"/*.whl "$share/wheels/"
  for wheel in "$share"/wheels/*.whl; do
    IFS=- read -r name version _ <<< "$(basename "$wheel")"
    echo "${name//_/-}==$version --hash=sha256:$(sha256sum "$wheel" | cut -d' ' -f1)"
  done > "$share/requirements.txt"
  cp "$here/../systemd/lamplighter-agent.service" "$tree/lib/systemd/system/"
  cp "$here/agent.toml" "$tree/etc/lamplighter/"
  ln -s /opt/lamplighter/bin/lamplighter-agent "$tree/usr/bin/lamplighter-agent"
  cp "$here/postinst" "$here/prerm" "$here/postrm" "$tree/DEBIAN/"
  echo /etc/lamplighter/agent.toml > "$tree/DEBIAN/conffiles"
  wheel=$(basename "$folder"/wheels/any/lamplighter-[0-9]*.whl)
  version=$(cut -d- -f2 <<< "$wheel")
  sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$arch/" \
    -e "s/@SIZE@/$(du -sk --exclude=DEBIAN "$tree" | cut -f1)/" "$here/control" > "$tree/DEBIAN/control"
  find "$tree" -type d -exec chmod 755 {} +
  find "$tree" -type f -exec chmod 644 {} +
  chmod 755 "$tree/DEBIAN/postinst" "$tree/DEBIAN/prerm" "$tree/DEBIAN/postrm"
  dpkg-deb --root-owner-group --build "$tree" "$out/lamplighter-agent_${version}_$arch.deb" > /dev/null
  rm -rf "$tree"
  echo "$out/lamplighter-agent_${version}_$arch.deb"
done
