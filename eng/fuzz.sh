#!/usr/bin/env bash
# Coverage-guided fuzzing of everything that reads what comes from outside: AFL++ over the targets of DiffusionX.Fuzz, each in a child process, so
# that a crash is seen. What does harm is kept in fuzz-findings/, and the exit code is 1.
# usage: eng/fuzz.sh [SECONDS [TARGET...]]     SECONDS in all (60); all targets where none is named
# needs: AFL++ (apt-get install afl++) and SharpFuzz (dotnet tool install SharpFuzz.CommandLine), which it installs where they are not there
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
at_once=2
findings=$PWD/fuzz-findings
work=$(mktemp -d)
trap 'jobs -p | xargs -r kill 2> /dev/null || true; wait; rm -rf "$work"' EXIT
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

if ! command -v afl-fuzz > /dev/null; then
  (apt-get update && apt-get install -y --no-install-recommends afl++) > "$work/apt.log" 2>&1 || { cat "$work/apt.log"; echo "AFL++ can't be installed."; exit 1; }
fi

tools=$HOME/.cache/diffusionx-sharpfuzz-2.3.0
[ -x "$tools/sharpfuzz" ] || dotnet tool install SharpFuzz.CommandLine --version 2.3.0 --tool-path "$tools" > /dev/null
dotnet build DiffusionX.Fuzz --nologo -v q > "$work/build.log" || { cat "$work/build.log"; exit 1; }

# Instrumented copies of our own assemblies, beside links to everything else.
mkdir "$work/program"
cp -rs "$PWD"/DiffusionX.Fuzz/bin/Debug/net10.0/*/. "$work/program/"
for assembly in Transport Core Hosting; do
  rm "$work/program/DiffusionX.$assembly.dll"
  cp DiffusionX.Fuzz/bin/Debug/net10.0/*/"DiffusionX.$assembly.dll" "$work/program/"
  "$tools/sharpfuzz" "$work/program/DiffusionX.$assembly.dll"
done

for file in DiffusionX.Fuzz.dll DiffusionX.Fuzz.runtimeconfig.json DiffusionX.Fuzz.deps.json; do # the folder of the program is where they truly lie
  rm "$work/program/$file" && cp DiffusionX.Fuzz/bin/Debug/net10.0/*/"$file" "$work/program/"
done

program=$work/program/DiffusionX.Fuzz.dll
[ $# -gt 0 ] && targets=("$@") || mapfile -t targets < <(dotnet DiffusionX.Fuzz/bin/Debug/net10.0/*/DiffusionX.Fuzz.dll list)
each=$((seconds * at_once / ${#targets[@]}))
[ "$each" -ge 10 ] || each=10 # less is not enough to start

export AFL_SKIP_BIN_CHECK=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_HANG_TMOUT=1000
export DOTNET_GCHeapHardLimit=0x20000000 DOTNET_TieredPGO=0 TMPDIR=$work

fuzz() { # fuzz TARGET: what AFL++ says goes into a log
  mkdir "$work/in-$1"
  find "DiffusionX.Fuzz/Corpus/$1" -type f -size -8k -exec cp {} "$work/in-$1/" \;
  local try
  for try in 1 2 3; do # on a busy machine AFL++ may give up on the first input: "no instrumentation detected"
    rm -rf "$work/out-$1"
    run_afl "$1"
    [ ! -s "$work/out-$1/default/fuzzer_stats" ] || break
  done
}

run_afl() { # run_afl TARGET
  afl-fuzz -V "$each" -t 5000 -m none -x DiffusionX.Fuzz/boundaries.dict -i "$work/in-$1" -o "$work/out-$1" -- dotnet "$program" afl "$1" \
    > "$work/$1.log" 2>&1 || echo "$1: AFL++ ended with $?" >> "$work/$1.log"
}

for target in "${targets[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do wait -n || true; done
  fuzz "$target" &
done
wait

status=0
for target in "${targets[@]}"; do
  stats=$work/out-$target/default/fuzzer_stats
  if [ ! -s "$stats" ]; then
    tail -n 20 "$work/$target.log"
    echo "$target: was not fuzzed."
    status=1
    continue
  fi

  value() { sed -n "s/^$1 *: //p" "$stats"; }
  echo "$target: $(value execs_done) inputs in $(value run_time) s, $(value bitmap_cvg) of the map reached, $(value corpus_count) inputs that found something new"
  # AFL++ takes anything slow on a busy machine for a hang: what counts is what they do when they are read once more.
  for input in "$work/out-$target"/default/{crashes,hangs}/id*; do
    [ -e "$input" ] || continue
    if ! timeout 60 dotnet DiffusionX.Fuzz/bin/Debug/net10.0/*/DiffusionX.Fuzz.dll read "$target" "$input"; then
      mkdir -p "$findings/$target"
      cp "$input" "$findings/$target/$(sha256sum "$input" | cut -c1-12)"
      status=1
    fi
  done
done

[ "$status" -eq 0 ] || echo "Findings, if any, lie in $findings. Mend what they break, and keep them in DiffusionX.Fuzz/Corpus."
exit "$status"
