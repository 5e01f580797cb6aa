#!/usr/bin/env bash
# Installs what some tests need beyond the .NET SDK: npm's openai, with which the HTTP API is tested. Without node those tests are skipped, and say so.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v npm > /dev/null; then
  echo "There is no npm: the tests of the HTTP API by npm's openai are skipped (apt-get install npm)."
  exit 0
fi

npm ci --prefix DiffusionX.Tests/Hosting/npm --no-audit --no-fund --loglevel=error
