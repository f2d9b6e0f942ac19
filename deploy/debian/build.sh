#!/usr/bin/env bash
# Make a Debian package (Debian 12: Python 3.11) from wheels that were gathered before: all that it needs of Python is in
# it, so the machine that gets it needs no package index.
# Usage: deploy/debian/build.sh agent|controller WHEELS_FOLDER OUT [ARCH…]     ARCH: amd64 (default), arm64
# The wheels: `make image` for the agent, deploy/debian/controller_wheels.sh for the controller.
set -euo pipefail
usage="usage: build.sh agent|controller WHEELS_FOLDER OUT [ARCH…]"
what=${1:?$usage}
folder=$(cd "${2:?$usage}" && pwd)
out=$(mkdir -p "${3:?$usage}" && cd "$3" && pwd)
shift 3
here=$(cd "$(dirname "$0")" && pwd)
# What its folder, program, settings and state are called; without the file `needs` of the state it is not started.
case $what in
  agent)
    package=lamplighter-agent program=lamplighter-agent state=lamplighter-agent
    home=/opt/lamplighter needs=identity/identity.json gather="make image" ;;
  controller)
    package=lamplighter-controller program=lamplighter state=lamplighter
    home=/opt/lamplighter-controller needs=. gather="make controller-wheels" ;;
  *) echo "$usage" >&2 && exit 2 ;;
esac
places=(-e "s|@PACKAGE@|$package|g" -e "s|@HOME@|$home|g" -e "s|@STATE@|$state|g" -e "s|@NEEDS@|$needs|g" -e "s|@SETTINGS@|$what.toml|g")
for arch in "${@:-amd64}"; do
  [ -d "$folder/wheels/$arch" ] || { echo "$folder has no wheels for $arch; run: $gather ARCHS=\"$arch\"" >&2 && exit 1; }
  tree=$(mktemp -d)
  trap 'rm -rf "$tree"' EXIT
  share=$tree/usr/share/$package
  mkdir -p "$share/wheels" "$tree/DEBIAN" "$tree/lib/systemd/system" "$tree/etc/lamplighter" "$tree/usr/bin"
  cp "$folder"/wheels/any/*.whl "$folder/wheels/$arch"/*.whl "$share/wheels/"
  for wheel in "$share"/wheels/*.whl; do
    IFS=- read -r name version _ <<< "$(basename "$wheel")"
    echo "${name//_/-}==$version --hash=sha256:$(sha256sum "$wheel" | cut -d' ' -f1)"
  done > "$share/requirements.txt"
  sed "s|/opt/lamplighter/bin/|$home/bin/|" "$here/../systemd/$package.service" > "$tree/lib/systemd/system/$package.service"
  cp "$here/$what/$what.toml" "$tree/etc/lamplighter/"
  ln -s "$home/bin/$program" "$tree/usr/bin/$program"
  for script in postinst prerm postrm; do sed "${places[@]}" "$here/scripts/$script" > "$tree/DEBIAN/$script"; done
  echo "/etc/lamplighter/$what.toml" > "$tree/DEBIAN/conffiles"
  wheel=$(basename "$folder"/wheels/any/lamplighter-[0-9]*.whl)
  version=$(cut -d- -f2 <<< "$wheel")
  sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$arch/" \
    -e "s/@SIZE@/$(du -sk --exclude=DEBIAN "$tree" | cut -f1)/" "$here/$what/control" > "$tree/DEBIAN/control"
  find "$tree" -type d -exec chmod 755 {} +
  find "$tree" -type f -exec chmod 644 {} +
  chmod 755 "$tree/DEBIAN/postinst" "$tree/DEBIAN/prerm" "$tree/DEBIAN/postrm"
  # Wheels are compressed already.
  dpkg-deb --root-owner-group -Znone --build "$tree" "$out/${package}_${version}_$arch.deb" > /dev/null
  rm -rf "$tree"
  echo "$out/${package}_${version}_$arch.deb"
done
