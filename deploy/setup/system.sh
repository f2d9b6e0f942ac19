#!/usr/bin/env bash
# Make sure that the broker is there: install it when that is permitted, else say how.
set -euo pipefail
PATH=$PATH:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin
command -v mosquitto > /dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
  echo "[setup] installing mosquitto"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -y -qq --no-install-recommends mosquitto > /dev/null && exit 0
fi
if command -v brew > /dev/null; then how="brew install mosquitto"
else how="sudo apt-get install -y mosquitto"; fi
echo "The MQTT broker mosquitto is missing. Install it with:  $how" >&2
exit 1
