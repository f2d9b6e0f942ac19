#!/bin/sh
# What runs an arm64 agent on x86, in a folder of its own: emulators, Debian's arm64 Python and the
# agent's arm64 wheels in the versions of the lock. Installs nothing on the machine; needs apt.
# Usage: deploy/setup/emulated.sh FOLDER PYTHON
set -eu
folder=$(mkdir -p "$1" && cd "$1" && pwd)
python=$2
suite=bookworm # its Python is 3.11
version=311
packages="python3.11-minimal libpython3.11-minimal libpython3.11-stdlib libc6 libgcc-s1 libstdc++6
zlib1g libexpat1 libssl3 libffi8 libbz2-1.0 liblzma5 libsqlite3-0 libuuid1 libcrypt1"
wheels="cffi cryptography msgspec numpy onnxruntime paho-mqtt protobuf psutil pycparser zstandard
av ai-edge-litert flatbuffers packaging"
platforms="manylinux_2_28 manylinux_2_27 manylinux_2_26 manylinux_2_17 manylinux2014"

if [ -e "$folder/.ready" ]; then exit 0; fi
state=$folder/apt
mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$folder/debs" "$folder/root/proc"
: > "$state/status"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
for part in "debian $suite" "debian-security $suite-security"; do
  echo "deb [signed-by=$keyring] http://deb.debian.org/$part main"
done > "$state/sources.list"

fetch() { # ARCHITECTURE PACKAGE...
  options="-o Dir::State=$state -o Dir::State::lists=$state/lists -o Dir::State::status=$state/status
    -o Dir::Cache=$state/cache -o Dir::Etc::sourcelist=$state/sources.list -o Dir::Etc::sourceparts=-
    -o APT::Architecture=$1 -o APT::Architectures::=$1 -o APT::Sandbox::User=root"
  shift
  # shellcheck disable=SC2086 # lists of words
  (apt-get $options -qq update && cd "$folder/debs" && apt-get $options -qq download "$@")
}

# shellcheck disable=SC2086 # lists of words
fetch arm64 $packages
for file in "$folder"/debs/*_arm64.deb; do dpkg-deb -x "$file" "$folder/root"; done
fetch amd64 qemu-user-static
dpkg-deb -x "$folder"/debs/qemu-user-static_*.deb "$folder/qemu"
rm -rf "$folder/debs" "$state"

wanted=""
for name in $wheels; do wanted="$wanted $(sed -n "s/^\($name==[^ ;]*\).*/\1/p" requirements.lock)"; done
tags=""
for platform in $platforms; do tags="$tags --platform ${platform}_aarch64"; done
# shellcheck disable=SC2086 # lists of words
"$python" -m pip install --quiet --no-deps --only-binary :all: --python-version $version $tags \
  --target "$folder/site" $wanted

# The emulator shows the machine's own file, of another make, which onnxruntime does not survive.
for core in 0 1; do
  printf 'processor\t: %s\nFeatures\t: fp asimd aes crc32 atomics fphp asimdhp asimdrdm asimddp\n' $core
  printf 'CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: 0xd0c\n'
  printf 'CPU revision\t: 1\n\n'
done > "$folder/root/proc/cpuinfo"
printf '#!/bin/sh\nexport PYTHONHOME=%s/root/usr PYTHONPATH=%s/site:$PYTHONPATH QEMU_CPU=neoverse-n1\n' \
  "$folder" "$folder" > "$folder/python-arm64"
printf 'exec %s/qemu/usr/bin/qemu-aarch64-static -L %s/root -0 %s/python-arm64 %s/root/usr/bin/python3.11 "$@"\n' \
  "$folder" "$folder" "$folder" "$folder" >> "$folder/python-arm64"
chmod +x "$folder/python-arm64"
touch "$folder/.ready"
