#!/usr/bin/env bash
# What a step, a decoding, loading and memory cost with this library and with an earlier version of it, in turns in one run: the table of
# docs/PERFORMANCE.md. It writes models of real size with hash weights (2 to 7 GB each) to DIFFUSIONX_PEERS, or to a folder that is removed.
# usage: eng/peers.sh [COMMIT [MODEL …]]     COMMIT: the version to compare with (080d3f8); MODEL: scenes sd15 tiny-sd xl (scenes sd15 tiny-sd)
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
commit=${1:-080d3f8}; shift || true
[ $# -gt 0 ] || set -- scenes sd15 tiny-sd
work=${DIFFUSIONX_PEERS:-$(mktemp -d)}
mkdir -p "$work"
before=$(mktemp -d)
cleanup() {
  git worktree remove --force "$before/tree" 2> /dev/null || true
  rm -rf "$before"
  [ -n "${DIFFUSIONX_PEERS:-}" ] || rm -rf "$work"
}
trap cleanup EXIT

git worktree add --quiet --detach "$before/tree" "$commit"
cp -r eng/peers "$before/tree/eng-peers"
build() { # build PROJECT CHECKOUT OUTPUT
  dotnet build "$1" -c Release -v q -p:Checkout="$2" -p:TreatWarningsAsErrors=false -o "$3" > "$before/log" || { cat "$before/log"; exit 1; }
}
echo "Building this version and $commit …" >&2
build eng/peers/Peers.csproj "$PWD" "$before/now"
build "$before/tree/eng-peers/Peers.csproj" "$before/tree" "$before/then"

write() { # write NAME: its folder
  [ -d "$work/$1/unet" ] || dotnet run -c Release --project DiffusionX.Samples/Benchmarks -- write-model "$1" "$work/$1" >&2
  echo "$work/$1"
}
measure() { # measure VERSION FOLDER SIDE STEPS PICTURES
  dotnet "$before/$1/Benchmarks.dll" "${@:2}" | tail -1
}
row() { # row NAME FOLDER SIDE STEPS PICTURES: the two versions in turns, twice
  echo "Measuring $1 …" >&2
  for turn in 1 2; do
    for version in then now; do measure $version "${@:2}" > "$before/$version.$turn"; done
  done
  python3 - "$1" "$before" << 'PY'
import json, sys
name, folder = sys.argv[1:]
read = lambda version: [json.load(open(f"{folder}/{version}.{turn}")) for turn in (1, 2)]
then, now = read("then"), read("now")
best = lambda runs, key: (max if key in ("rate", "gemm32", "gemm16") else min)(run[key] for run in runs)
def pair(key, form):
    a, b = best(then, key), best(now, key)
    return f"{form % a} → {form % b} ({b / a:.2f})"
now_best = {key: best(now, key) for key in now[0]}
print(f"| {name} | {pair('step', '%.4g')} | {pair('decode', '%.4g')} | {pair('text', '%.3g')} | {pair('load', '%.4g')} | {pair('peak', '%.2f')} "
      f"| {now_best['rate']:.0f}, {now_best['rate'] / now_best['gemm32']:.2f}, {now_best['rate'] / now_best['gemm16']:.2f} |")
PY
}

echo "| | ms a step | ms to decode | ms of text | ms to load | peak, GB | now: GFLOP/s, of a product in float32, in bfloat16 |"
echo "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
for model in "$@"; do
  case $model in
    scenes)
      row "scenes, edge" "$PWD/weights/scenes/edge" 128 20 10
      row "scenes, cloud" "$PWD/weights/scenes/cloud" 128 20 10 ;;
    xl | vega | ssd-1b) row "$model, 1024²" "$(write "$model")" 1024 1 1 ;;
    *) row "$model, 512²" "$(write "$model")" 512 2 1 ;;
  esac
done
