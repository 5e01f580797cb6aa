using System.Diagnostics;
using System.Text.Json;

namespace DiffusionX.Tests.Cli;

/// <summary>What programs read of the program, with <c>--json</c>: every line of standard output is an object that says what it is.</summary>
[TestFixture]
[Parallelizable(ParallelScope.Self)]
public sealed class JsonOutputTests : MiniPairTests
{
    [Test]
    public async Task A_run_of_generate_says_its_steps_and_its_pictures()
    {
        var result = await RunAsync("generate", "a house", "--steps", "3", "--seed", "7", "--out", "house.png");

        var picture = Of(result, "picture").Single();
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(Of(result, "loading"), Is.Not.Empty);
            Assert.That(Of(result, "step").Select(step => step.GetProperty("step").GetInt32()), Is.EqualTo(new[] { 1, 2, 3 }));
            Assert.That(picture.GetProperty("path").GetString(), Is.EqualTo("house.png"));
            Assert.That(picture.GetProperty("seed").GetInt32(), Is.EqualTo(7));
        });
    }

    [Test]
    public async Task An_error_is_an_object_too()
    {
        var result = await RunAsync("generate", "a house", "--model", "missing");

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(Of(result, "error").Single().GetProperty("message").GetString(), Does.Contain("missing"));
    }

    [Test]
    public async Task A_session_says_its_rounds_and_its_final_picture()
    {
        Folder.Write("rounds.txt", "a house\na house at night\n/save kept.dxs\n");

        var result = await RunAsync("play", "--script", "rounds.txt", "--steps", "4", "--seed", "7");

        var rounds = Of(result, "round");
        var final = Of(result, "final").Single();
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(rounds.Select(round => round.GetProperty("number").GetInt32()), Is.EqualTo(new[] { 1, 2 }));
            Assert.That(rounds[0].GetProperty("parent").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(rounds[1].GetProperty("parent").GetInt32(), Is.EqualTo(1));
            Assert.That(Of(result, "step"), Is.Not.Empty);
            Assert.That(Of(result, "refining").Select(each => each.GetProperty("stage").GetString()), Does.Contain("refining"));
            Assert.That((final.GetProperty("place").GetString(), final.GetProperty("round").GetInt32()), Is.EqualTo(("cloud", 2)));
            Assert.That(File.Exists(Path.Combine(Folder.Path, final.GetProperty("path").GetString()!)), Is.True);
            Assert.That(Of(result, "saved").Single().GetProperty("path").GetString(), Is.EqualTo("kept.dxs"));
        });
    }

    [Test]
    [Platform("Unix", Reason = "SIGTERM is Unix's.")]
    public async Task A_server_says_where_it_listens_and_that_it_stops()
    {
        using var process = DiffusionXProgram.StartIn(
            Folder.Path, "serve", "--json", "--listen", "tcp://127.0.0.1:0", "--monitoring-port", "0", "--http", "http://127.0.0.1:0");
        var listening = await ReadUntilAsync(process, "listening");

        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        var result = await DiffusionXProgram.FinishAsync(process);

        Assert.Multiple(() =>
        {
            Assert.That(listening.GetProperty("address").GetString(), Does.StartWith("tcp://127.0.0.1:"));
            Assert.That(listening.GetProperty("http").GetString(), Does.StartWith("http://127.0.0.1:"));
            Assert.That(Of(result, "stopping"), Has.Length.EqualTo(1));
            Assert.That(Of(result, "stopped").Single().GetProperty("finished").GetBoolean(), Is.True);
        });
    }

    [Test]
    public async Task An_evaluation_says_where_it_is_and_its_tables()
    {
        var result = await RunAsync("evaluate", "latency", "--sessions", "1", "--steps", "4", "--link", "unlimited", "--half-weights", "--work", "latency");

        var table = Of(result, "table").First();
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(Of(result, "measuring").Last().GetProperty("done").GetInt32(), Is.Positive);
            Assert.That(table.GetProperty("rows").EnumerateArray(), Has.All.Matches<JsonElement>(row => row.GetArrayLength() == table.GetProperty("columns").GetArrayLength()));
            Assert.That(File.ReadLines(Folder.File("latency/sessions.jsonl")).First(), Does.Contain("weights in half precision"));
        });
    }

    [Test]
    public async Task Sets_of_prompts_say_where_they_are()
    {
        var result = await RunAsync("prompts", "scenes", "--out", "prompts.jsonl", "--sessions", "5");

        var prompts = Of(result, "prompts").Single();
        Assert.That((prompts.GetProperty("path").GetString(), prompts.GetProperty("sessions").GetInt32()), Is.EqualTo(("prompts.jsonl", 5)), result.Error);
    }

    /// <summary>The events of that kind, of output in which every line is one.</summary>
    internal static JsonElement[] Of(ProgramResult result, string kind) =>
        [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse).Where(each => Kind(each) == kind)];

    private Task<ProgramResult> RunAsync(params string[] arguments) => DiffusionXProgram.RunInAsync(Folder.Path, [.. arguments, "--json"]);

    private static async Task<JsonElement> ReadUntilAsync(Process process, string kind)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (Parse(line) is var each && Kind(each) == kind)
            {
                return each;
            }
        }

        throw new AssertionException($"It never said '{kind}': {await process.StandardError.ReadToEndAsync()}");
    }

    private static string Kind(JsonElement line) => line.GetProperty("event").GetString()!;

    private static JsonElement Parse(string line) => JsonDocument.Parse(line).RootElement;
}
