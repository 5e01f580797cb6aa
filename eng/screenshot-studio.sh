#!/usr/bin/env bash
# Makes docs/studio.png, the picture that README.md begins with: the studio in Chromium, as its tests start it.
set -euo pipefail
cd "$(dirname "$0")/.."
DIFFUSIONX_TEST_TOOLS=required dotnet test DiffusionX.Tests --filter "FullyQualifiedName=DiffusionX.Tests.Studio.AppearanceTests.The_picture_of_the_readme" "$@"
