using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using DiffusionX.Cli.Pull;

namespace DiffusionX.Tests.Cli.Pull;

/// <summary>A hub that means no good: one readable line, and nothing of its outside the model's folder.</summary>
[TestFixture]
public sealed class HostileHubTests
{
    private const string Repository = "someone/a-model";
    private const int LongestMessage = 500;

    private static readonly byte[] Body = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":1}", 10)));
    private static readonly string Tag = $"ETag: \"{Convert.ToHexStringLower(SHA256.HashData(Body))}\"\r\n";

    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeAFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteIt() => folder.Dispose();

    private static IEnumerable<TestCaseData> Harms()
    {
        foreach (var scheme in new[] { "file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/plain,hello", "javascript:alert(1)", "gopher://127.0.0.1/" })
        {
            yield return Harm($"A redirect to {scheme.Split(':')[0]}", head: Redirect(scheme), named: "none of the web");
            yield return Harm($"A redirect to {scheme.Split(':')[0]} of the file alone", Good(Body.Length), get: Redirect(scheme), named: "none of the web");
        }

        yield return Harm("A redirect in a circle", head: Redirect("/someone/a-model/resolve/main/model_index.json"), named: "redirects more than");
        yield return Harm("A redirect to nowhere", head: Redirect("http://[::bad"), named: "302");
        yield return Harm("A size that no disk has", head: Linked(1L << 62), named: "GiB");
        yield return Harm("The largest size that there is", head: Linked(long.MaxValue), named: "GiB");
        yield return Harm("A size below nothing", head: Linked(-5), named: "does not say the size");
        yield return Harm("A size of nothing", Good(0), get: Answer("200 OK", Tag, Body), named: "its checksum is another");
        yield return Harm("A checksum that is a path", head: Answer("200 OK", "ETag: \"../../../../etc/cron.d/x\"\r\n", Body, sendBody: false), named: "does not say the size");
        yield return Harm("A checksum that nothing has", Answer("200 OK", $"ETag: \"{new string('a', 40)}\"\r\n", Body, sendBody: false), get: Answer("200 OK", Tag, Body), named: "its checksum is another");
        yield return Harm("No checksum", head: Answer("200 OK", "", Body, sendBody: false), named: "does not say the size");
        yield return Harm("A status in escape sequences", head: Answer("418 \u001b[2J\u001b]0;pwned\u0007[bold]x[/]", "", []), named: "418");
        yield return Harm("A header that is none, in escape sequences", head: Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\n\u001b[2J\r\n\r\n"), named: "can't be reached");
        yield return Harm("A status that there is not", head: Answer("999 No", "", []), named: "999");
        yield return Harm("A status far too busy", head: Answer("503 Busy", "Retry-After: 0\r\n", []), named: "503");
        yield return Harm("More headers than memory", head: Answer("200 OK", string.Concat(Enumerable.Range(0, 1200).Select(i => $"X-{i}: {new string('y', 1000)}\r\n")), []), named: "can't be reached");
        yield return Harm("A file that does not end", Good(Body.Length), get: Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{new string('x', 10_000_000)}"), named: "sends more than the 70 bytes");
        yield return Harm("A file that is compressed, and much larger", Good(Body.Length), get: Answer("200 OK", Tag + "Content-Encoding: gzip\r\n", Compressed(zeros: 50_000_000)), named: "sends more than the 70 bytes");
        yield return Harm("Other bytes", Good(Body.Length), get: Answer("200 OK", Tag, new byte[Body.Length]), named: "its checksum is another");
        yield return Harm("Fewer bytes than announced", Good(Body.Length), get: Answer("200 OK", Tag, Body[..10]), named: "broke off after");
        yield return Harm("A commit that is a path", head: Answer("404 None", "X-Repo-Commit: ../../../../pwned\r\n", []), named: "has no model_index.json");
    }

    [TestCaseSource(nameof(Harms))]
    public async Task It_is_refused_in_a_line_and_leaves_nothing(byte[] head, byte[] get, string named)
    {
        await using var hub = FixedAnswers(head, get);

        var error = await FailAsync(hub.Endpoint);

        Assert.Multiple(() =>
        {
            Assert.That(error.Message, Does.Contain(named));
            Assert.That(error.Message, Has.Length.LessThan(LongestMessage));
            Assert.That(Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".part", StringComparison.Ordinal)), Is.Empty);
        });
    }

    private async Task<PullException> FailAsync(string endpoint)
    {
        var settings = new PullSettings
        {
            Model = PublishedModel.Find(Repository),
            Folder = folder.File("model"),
            Endpoint = endpoint,
            Revision = "main",
        };
        try
        {
            await new PullProgram(settings, new RetryPolicy(attempts: 2, TimeSpan.FromMilliseconds(1))).RunAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
        }
        catch (PullException error)
        {
            return error;
        }

        throw new AssertionException("Nothing was refused.");
    }

    private static TestCaseData Harm(string name, byte[] head, byte[]? get = null, string named = "") => new TestCaseData(head, get ?? [], named).SetName(name);

    private static byte[] Good(int length) => Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\n{Tag}Content-Length: {length}\r\nConnection: close\r\n\r\n");

    private static byte[] Linked(long size) => Answer("200 OK", $"X-Linked-Size: {size}\r\nX-Linked-ETag: {Tag["ETag: ".Length..]}", []);

    private static byte[] Redirect(string location) => Answer("302 Found", $"Location: {location}\r\n", []);

    private static byte[] Answer(string status, string headers, byte[] body, bool sendBody = true) =>
        [.. Encoding.Latin1.GetBytes($"HTTP/1.1 {status}\r\n{headers}Content-Length: {(sendBody ? body.Length : Body.Length)}\r\nConnection: close\r\n\r\n"), .. sendBody ? body : []];

    private static byte[] Compressed(int zeros)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(new byte[zeros]);
        }

        return compressed.ToArray();
    }

    private static LoopbackServer FixedAnswers(byte[] head, byte[] get) =>
        new(async (stream, request) => await stream.WriteAsync(request.Method == "HEAD" ? head : get));
}
