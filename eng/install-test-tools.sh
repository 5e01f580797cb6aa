#!/usr/bin/env bash
# Installs what some tests need beyond the .NET SDK: npm's openai, with which the HTTP API is tested, Chromium, in which the studio is, and
# nats-server, over which fleets are. Without them those tests are skipped, and say so; DIFFUSIONX_TEST_TOOLS=required has them fail.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v nats-server > /dev/null; then
  if command -v apt-get > /dev/null && [ "$(id -u)" -eq 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nats-server > /dev/null
  else
    echo "There is no nats-server: the tests of fleets are skipped (apt-get install nats-server)."
  fi
fi

if command -v npm > /dev/null; then
  npm ci --prefix DiffusionX.Tests/Hosting/npm --no-audit --no-fund --loglevel=error
else
  echo "There is no npm: the tests of the HTTP API by npm's openai are skipped (apt-get install npm)."
fi

if ! command -v chromium > /dev/null; then
  if command -v apt-get > /dev/null && [ "$(id -u)" -eq 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core > /dev/null
  else
    echo "There is no Chromium: the tests of the studio are skipped (apt-get install chromium)."
  fi
fi
