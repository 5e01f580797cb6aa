#!/usr/bin/env bash
# Installs what some tests need beyond the .NET SDK: NATS, over which fleets are tested, and npm's openai, with which the HTTP API is tested.
# Without them those tests are skipped, and say so.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v nats-server > /dev/null; then
  if command -v apt-get > /dev/null && [ "$(id -u)" -eq 0 ]; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nats-server > /dev/null
  else
    echo "There is no nats-server: the tests of fleets are skipped (apt-get install nats-server)."
  fi
fi

if ! command -v npm > /dev/null; then
  echo "There is no npm: the tests of the HTTP API by npm's openai are skipped (apt-get install npm)."
  exit 0
fi

npm ci --prefix DiffusionX.Tests/Hosting/npm --no-audit --no-fund --loglevel=error
