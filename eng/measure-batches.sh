#!/usr/bin/env bash
# What batches gain on a device: milliseconds a call of the UNet by its rows, beside PyTorch's on the same card, and pictures a minute of a refiner
# with many clients, one request at a time beside the engine. Hash weights, since only time is measured.
# usage: eng/measure-batches.sh [DEVICE [MODEL [SIDE [ROWS [CLIENTS]]]]]     cuda sd15 64 2,4,8,16,32,64 1,4,16
#        eng/measure-batches.sh cpu tiny-sd 16 2,4 1                         (a trial on the CPU: no refiner, whose real size takes hours there)
# needs: built Benchmarks and Cli with a libtorch for the device (docs/TRAINING.md says how), PEER with unet_peer.py, PyTorch for the peer
set -euo pipefail
cd "$(dirname "$0")/.."
device=${1:-cuda} model=${2:-sd15} side=${3:-64} rows=${4:-2,4,8,16,32,64} clients=${5:-1,4,16}
if [ "$device" = cpu ]; then type=Float32 runs=5; else type=Float16 runs=20; fi
benchmarks=${BENCHMARKS:-$(ls -d DiffusionX.Samples/Benchmarks/bin/*/net10.0/*/Benchmarks | head -1)}
program=${DIFFUSIONX:-$(ls -d DiffusionX.Samples/Cli/bin/*/net10.0/*/diffusionx | head -1)}
peer=${PEER:-../shared/gpu/unet_peer.py}

echo "== milliseconds a call"
"$benchmarks" unet-batches "$model" "$side" "$rows" "$device" "$type" "$runs"
if [ -f "$peer" ] && python3 -c "import torch" 2> /dev/null; then
  modes=eager
  [ "$device" = cpu ] || modes=eager,graph
  python3 "$peer" --model "$model" --size "$side" --batch "$rows" --mode "$modes" --dtype "${type,,}" --device "$device" --runs "$runs"
else
  echo "No peer: $peer or PyTorch is not there."
fi

if [ "$device" = cpu ]; then
  exit
fi

echo "== a refiner and its clients"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$benchmarks" write-model sd15 "$work/sd15"
"$program" evaluate throughput --edge "$work/sd15" --cloud-model "$work/sd15" --device "$device" --cloud-device "$device" --precision "$type" \
  --clients "$clients" --max-batch 16 --seconds 30 --turns 2 --rates 0
