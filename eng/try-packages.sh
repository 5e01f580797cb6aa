#!/usr/bin/env bash
# Packs the libraries, and builds and runs a new console program outside of the repository that has them from the packages alone.
# usage: eng/try-packages.sh [FOLDER]      FOLDER keeps the packages; without it they are thrown away
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD
work=$(mktemp -d)
packages=${1:-$work/packages}
version=0.0.0-try.$(date +%s) # one that no cache of packages holds yet
cached=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: //')
trap 'rm -rf "$work" "$cached"/diffusionx.*/"$version"' EXIT

for project in DiffusionX.Transport DiffusionX.Core; do
  dotnet pack "$project" --nologo -v q -c Release -o "$packages" "-p:Version=$version"
done

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
cat > Program.cs <<'PROGRAM'
using DiffusionX.Pipeline;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;
using DiffusionX.Transport.InMemory;

using var edge = await DiffusionModel.LoadAsync(Path.Combine(args[0], "edge"));
using var cloud = await DiffusionModel.LoadAsync(Path.Combine(args[0], "cloud"));
var link = new InMemoryTransport();
await using var refiner = await CloudRefiner.StartAsync(cloud, link, new CloudRefinerOptions());
await using var session = await EdgeSession.OpenAsync(edge, link, new EdgeSessionOptions { Seed = 7, Steps = 4 });
await session.PromptAsync("a red house under a yellow moon");
var final = await session.FinalizeAsync();
final.Save("house.png");
Console.WriteLine($"house.png, refined by {final.Report.RefinedBy}, strength {final.Report.Strength:F2}");
PROGRAM
dotnet run -v q -- "$repository/weights/scenes"
[ -s house.png ]
echo "The packages work outside of the repository."
