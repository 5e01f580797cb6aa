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
# The program is the README's.
sed -n '/^```csharp/,/^```/p' "$repository/README.md" | sed '/^```/d' > Program.cs
ln -s "$repository/weights" weights
dotnet run -v q
[ -s house.png ]
echo "The packages work outside of the repository."
