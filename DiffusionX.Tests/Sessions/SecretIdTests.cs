using System.Net.Http.Json;
using System.Text.Json;
using DiffusionX.Sessions;
using DiffusionX.Tests.Cli;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Tests.Sessions;

/// <summary>Ids of sessions and requests are secrets: nobody guesses them, nobody reads them in a log, and without them nobody gets anything.</summary>
[TestFixture]
[Platform("Unix", Reason = "The server is ended by SIGTERM.")]
public sealed class SecretIdTests
{
    private const string Prompt = "a very private wish";

    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeAFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteIt() => folder.Dispose();

    [Test]
    public void All_bits_of_an_id_are_random()
    {
        var ids = Enumerable.Range(0, 200).Select(_ => SecretId.New().ToByteArray()).ToArray();

        var fixedBits = Enumerable.Range(0, 128).Where(bit => ids.Select(id => (id[bit / 8] >> (bit % 8)) & 1).Distinct().Count() == 1);

        Assert.That(fixedBits, Is.Empty);
    }

    [Test]
    public async Task A_server_that_tells_all_it_can_logs_no_id_token_or_prompt()
    {
        var (session, request) = (SecretId.New(), RawClient.Request(Prompt));
        var (token, wrongToken) = ("correct horse battery staple", "incorrect horse");
        using var server = await RunningServer.StartAsync(
            folder.Path,
            "--verbose", "--model", SessionModels.Folder, "--edge", SessionModels.Folder, "--listen", "tcp://127.0.0.1:0", "--monitoring-port", "0", "--http", "http://127.0.0.1:0", "--cloud-strength", "0.5", "--token-file", folder.Write("token.txt", token));
        var link = new TcpTransport(TcpTransportOptions.FromAddress(server.Address));

        Assert.That(() => RawClient.ConnectAsync(link, session, wrongToken), Throws.TypeOf<HandshakeException>());
        await using (var client = await RawClient.ConnectAsync(link, session, token))
        {
            Assert.That(await client.AskAsync(request), Is.TypeOf<Result>());
            Assert.That(await client.AskAsync(request with { RequestId = SecretId.New(), Steps = 5000 }), Is.TypeOf<Error>());
        }

        await using (var again = await RawClient.ConnectAsync(link, session, token))
        {
            Assert.That(await again.AskAsync(request), Is.TypeOf<Result>(), "the one that was kept");
            await again.Channel.Connection.SendAsync(MessageSerializer.Serialize(request).AsMemory()[..^3]);
            Assert.That(await again.OutcomeAsync(), Is.TypeOf<Error>(), "it was cut short");
        }

        var hosted = await DrawByHttpAsync(server.Api!);
        var ended = await server.StopAsync();

        Assert.That(ended.Error, Does.Contain(SecretId.NameOf(request.RequestId)), "a name stands in its place");
        Assert.That(
            SpellingsOf(session, request.RequestId).Concat([hosted["session_".Length..], token, wrongToken, "private", "wish"]).Where(secret => (ended.Error + ended.Output).Contains(secret, StringComparison.OrdinalIgnoreCase)),
            Is.Empty,
            ended.Error);
    }

    /// <returns>The session's id.</returns>
    private static async Task<string> DrawByHttpAsync(string api)
    {
        using var http = new HttpClient();
        using var begun = await http.PostAsJsonAsync($"{api}/sessions", new { steps = 1 });
        var id = (await begun.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        using var drawn = await http.PostAsJsonAsync($"{api}/sessions/{id}/rounds", new { prompt = Prompt });
        using var refused = await http.PostAsJsonAsync($"{api}/sessions/{id}/rounds", new { prompt = Prompt, steps = "many" });
        Assert.That((drawn.IsSuccessStatusCode, refused.IsSuccessStatusCode), Is.EqualTo((true, false)));
        return id;
    }

    private static IEnumerable<string> SpellingsOf(params Guid[] ids) => ids.SelectMany(
        id => new[] { id.ToString(), id.ToString("N"), Convert.ToHexString(id.ToByteArray()), Convert.ToHexString(id.ToByteArray(bigEndian: true)), Convert.ToBase64String(id.ToByteArray(bigEndian: true)) });
}
