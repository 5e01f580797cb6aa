#!/usr/bin/env bash
# What takes long to show: that nothing grows, that every picture arrives whatever happens to the cloud and the link, and what a good client notices
# of attackers. The tests' own figures are printed; docs/RELIABILITY.md has those of the last time.
# usage: eng/soak.sh [SECONDS [FILTER]]     SECONDS for each of the two tests of endurance (600); FILTER such as SoakTests, ChaosTests, UnderAttackTests
set -euo pipefail
cd "$(dirname "$0")/.."
export DIFFUSIONX_SOAK_SECONDS=${1:-600} DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet test DiffusionX.Tests -c Release --filter "Category=Soak&FullyQualifiedName~${2:-Reliability}" --logger "console;verbosity=detailed" \
  | grep -vE "^(NUnit Adapter|Running selected| *NUnit3TestExecutor|A total of)"
exit "${PIPESTATUS[0]}"
