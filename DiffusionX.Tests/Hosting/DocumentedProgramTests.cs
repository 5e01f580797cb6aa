using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using DiffusionX.Tests.Cli;
using DiffusionX.Tests.Reference;

namespace DiffusionX.Tests.Hosting;

/// <summary>What README.md and docs/HOSTING.md show, as it stands there.</summary>
public sealed partial class DocumentedProgramTests : ServedScenes
{
    [Test]
    public async Task The_program_of_fifteen_lines_builds_and_is_the_sample()
    {
        var program = Program().Match(File.ReadAllText(RepositoryFile("README.md"))).Groups["code"].Value;
        using var folder = new TemporaryFolder();
        folder.Write("Program.cs", program);
        folder.Write("program.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk.Web">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>
                <Reference Include="{Path.Combine(AppContext.BaseDirectory, "DiffusionX.Hosting.dll")}" />
                <Reference Include="{Path.Combine(AppContext.BaseDirectory, "DiffusionX.Core.dll")}" />
                <Reference Include="{Path.Combine(AppContext.BaseDirectory, "DiffusionX.Transport.dll")}" />
              </ItemGroup>
            </Project>
            """);

        var build = await RunAsync(folder.Path, "dotnet", "build", "--nologo", "-v", "q");

        Assert.Multiple(() =>
        {
            Assert.That(build.ExitCode, Is.Zero, build.Output);
            Assert.That(program.Trim().Split('\n'), Has.Length.LessThanOrEqualTo(15));
            Assert.That(program, Is.EqualTo(File.ReadAllText(RepositoryFile("samples/AspNetCore/Program.cs"))));
        });
    }

    [Test]
    public async Task The_lines_of_curl_draw_pictures()
    {
        var lines = Curl().Matches(Document()).Select(match => ToHere(match.Value)).ToArray();
        var session = ToHere(Session().Match(Document()).Value);
        using var folder = new TemporaryFolder();
        using var http = new HttpClient();
        await DrawStartAsync(http, folder);

        foreach (var line in lines)
        {
            var answer = await RunAsync(folder.Path, "sh", "-c", $"{session}\n{line.Replace("curl ", "curl -s ", StringComparison.Ordinal)}");

            Assert.That(answer.Output, Does.Contain("\"b64_json\":\"iVBOR"), line);
        }

        Assert.That(lines, Has.Length.EqualTo(5));
    }

    private async Task DrawStartAsync(HttpClient http, TemporaryFolder folder)
    {
        using var body = new StringContent("""{"prompt": "a red house", "response_format": "url"}""", System.Text.Encoding.UTF8, "application/json");
        using var response = await http.PostAsync($"{Api}/images/generations", body);
        var url = Address().Match(await response.Content.ReadAsStringAsync()).Value;
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        var picture = await http.GetByteArrayAsync(url);
        await File.WriteAllBytesAsync(folder.File("house.png"), picture);
        await File.WriteAllBytesAsync(folder.File("mask.png"), picture);
    }

    private static async Task<ProgramResult> RunAsync(string folder, string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!;
        return await DiffusionXProgram.FinishAsync(process);
    }

    private string ToHere(string line) => line.Replace("http://127.0.0.1:8080/v1", Api, StringComparison.Ordinal);

    private static string Document() => File.ReadAllText(RepositoryFile("README.md")) + File.ReadAllText(RepositoryFile("docs/HOSTING.md"));

    private static string RepositoryFile(string path) => Path.Combine(ReferenceFolder.ProjectRoot, path);

    [GeneratedRegex(@"```csharp\n(?<code>using DiffusionX\.Hosting;.*?)```", RegexOptions.Singleline)]
    private static partial Regex Program();

    [GeneratedRegex(@"^curl .*$", RegexOptions.Multiline)]
    private static partial Regex Curl();

    [GeneratedRegex(@"^SESSION=.*$", RegexOptions.Multiline)]
    private static partial Regex Session();

    [GeneratedRegex(@"http://[^""]*")]
    private static partial Regex Address();
}
