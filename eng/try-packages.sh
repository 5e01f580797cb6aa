#!/usr/bin/env bash
# Packs the libraries and the tool, and runs what people do with them outside of the repository: the README's first program, the three of samples/, and the tool.
# usage: eng/try-packages.sh [FOLDER]      FOLDER keeps the packages; without it they are thrown away
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD
work=$(mktemp -d)
packages=${1:-$work/packages}
version=0.0.0-try.$(date +%s) # one that no cache of packages holds yet
cached=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: //')
trap 'rm -rf "$work" "$cached"/diffusionx*/"$version"' EXIT

pack() { # pack PROJECT [OPTION]...
  dotnet pack "$@" --nologo -v q -c Release -o "$packages" "-p:Version=$version" "-p:MinVerVersionOverride=$version"
}

for project in DiffusionX.Transport DiffusionX.Transport.Nats DiffusionX.Core DiffusionX.Hosting; do
  pack "$project"
done

pack DiffusionX.Samples/Cli -p:TorchBackend=none

mkdir "$work/house" && cd "$work/house"
cat > house.csproj <<PROJECT
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>
    <UseCurrentRuntimeIdentifier>true</UseCurrentRuntimeIdentifier>
    <RestoreAdditionalProjectSources>$packages</RestoreAdditionalProjectSources>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="DiffusionX.Core" Version="$version" />
    <PackageReference Include="TorchSharp-cpu" Version="0.107.0" />
  </ItemGroup>
</Project>
PROJECT
# The program is the README's first.
sed -n '/^```csharp/,/^```/p; /^## In a web/q' "$repository/README.md" | sed '/^```/d' > Program.cs
ln -s "$repository/weights" weights
dotnet run -v q
[ -s house.png ]

cp -r "$repository/samples" "$work/samples" && cd "$work/samples"
options=("-p:DiffusionXVersion=$version" "-p:RestoreAdditionalProjectSources=$packages" --nologo -v q)
dotnet build Console "${options[@]}"
dotnet build AspNetCore "${options[@]}"
dotnet build ExtensionsAI "${options[@]}"
output() { dirname "$(find "$work/samples/$1/bin" -name "$1.runtimeconfig.json")"; }

mkdir "$work/run" && cd "$work/run" && ln -s "$repository/weights" weights
dotnet "$(output Console)/Console.dll" weights/scenes
dotnet "$(output ExtensionsAI)/ExtensionsAI.dll" weights/scenes/edge
[ -s house.png ] && [ -s night.webp ]

cp "$work/samples/AspNetCore/appsettings.json" .
api=http://127.0.0.1:$((20000 + RANDOM % 10000))
dotnet "$(output AspNetCore)/AspNetCore.dll" --urls "$api" > server.log 2>&1 &
server=$!
curl --silent --show-error --fail --retry 30 --retry-delay 1 --retry-all-errors "$api/health" > /dev/null
curl --silent --show-error --fail -X POST "$api/preview?user=you&prompt=a%20red%20house" -o preview.webp
curl --silent --show-error --fail -X POST "$api/final?user=you" -o final.png
kill -TERM "$server" && wait "$server" || true
[ -s preview.webp ] && [ -s final.png ]

dotnet tool install diffusionx --tool-path "$work/tools" --version "$version" --add-source "$packages" > /dev/null
mkdir "$work/alone" && cd "$work/alone"
"$work/tools/diffusionx" doctor --install-libtorch > /dev/null
"$work/tools/diffusionx" generate "a red house under a yellow moon" --steps 4 --out tool.png
[ -s tool.png ]
echo "The packages work outside of the repository: the README's program, the samples, and the tool ($(du -h "$packages/diffusionx.$version.nupkg" | cut -f1))."
