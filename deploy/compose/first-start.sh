#!/usr/bin/env bash
# Start controller, PostgreSQL, Prometheus and Grafana for the first time; a second run changes no password.
# Usage: deploy/compose/first-start.sh NAME      NAME: under which devices reach this machine
set -euo pipefail
name=${1:?usage: first-start.sh NAME (under which devices reach this machine)}
cd "$(dirname "$0")"
umask 077
secret() { head -c 24 /dev/urandom | base64 | tr '+/' '-_'; }
[ -e .env ] || cat > .env << END
LAMPLIGHTER_NAME=$name
POSTGRES_PASSWORD=$(secret)
GRAFANA_PASSWORD=$(secret)
END
mkdir -p secrets
chmod 711 secrets
compose=(${COMPOSE:-docker compose})
"${compose[@]}" up --detach --wait controller
# For Prometheus, which runs as another user and reads both at each scrape.
"${compose[@]}" exec -T controller cat /var/lib/lamplighter/pki/ca.crt > secrets/ca.crt
[ -s secrets/prometheus-token ] ||
  "${compose[@]}" exec -T controller lamplighter api-token create prometheus --role viewer --days 3650 --json |
  sed -n 's/^ *"token": "\(.*\)",\{0,1\}$/\1/p' > secrets/prometheus-token
chmod 644 secrets/*
"${compose[@]}" up --detach
echo "API https://$name:8080, Grafana http://127.0.0.1:3000 (admin, GRAFANA_PASSWORD in $PWD/.env)"
