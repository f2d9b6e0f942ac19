#!/usr/bin/env bash
# What a soak needs besides: network namespaces, lost packets, and a C compiler for the wrong clock.
set -euo pipefail
missing=()
command -v ip > /dev/null || missing+=(iproute2)
command -v iptables > /dev/null || missing+=(iptables)
command -v cc > /dev/null || missing+=(gcc libc6-dev)
[ "${#missing[@]}" = 0 ] && exit 0
[ "$(id -u)" = 0 ] || { echo "install first: sudo apt-get install -y ${missing[*]}" >&2 && exit 1; }
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
