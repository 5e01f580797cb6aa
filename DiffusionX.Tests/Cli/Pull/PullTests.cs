using DiffusionX.Cli.Pull;

namespace DiffusionX.Tests.Cli.Pull;

[TestFixture]
public sealed class PullTests
{
    private const string Repository = "someone/a-model";
    private const string UNet = "unet/diffusion_pytorch_model.safetensors";
    private const int UNetSize = 300_000;

    private TemporaryFolder folder = null!;
    private Dictionary<string, byte[]> published = null!;
    private LocalHub hub = null!;

    [SetUp]
    public void Publish()
    {
        folder = new TemporaryFolder();
        var random = new Random(1);
        published = ModelFile.All(null).Select(file => file.Path).ToDictionary(path => path, byte[] (path) =>
        {
            var content = new byte[path == UNet ? UNetSize : 500];
            random.NextBytes(content);
            return content;
        });
        hub = new LocalHub(Repository, published);
    }

    [TearDown]
    public async Task Close()
    {
        await hub.DisposeAsync();
        folder.Dispose();
    }

    [Test]
    public async Task Every_file_of_a_model_arrives_whole_and_nothing_else_is_left()
    {
        var result = await DiffusionXProgram.RunInAsync(folder.Path, "pull", Repository, "--endpoint", hub.Endpoint);

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(result.Output, Is.EqualTo($"a-model: {Repository}, 12 files fetched, 0 already here, all checked.\n"));
            Assert.That(Fetched("a-model"), Is.EquivalentTo(published.Keys));
            foreach (var (name, bytes) in published)
            {
                Assert.That(File.ReadAllBytes(folder.File($"a-model/{name}")), Is.EqualTo(bytes), name);
            }
        });
    }

    [Test]
    public async Task With_json_every_file_says_how_much_of_it_is_here()
    {
        var result = await DiffusionXProgram.RunInAsync(folder.Path, "pull", Repository, "--endpoint", hub.Endpoint, "--json");

        var pulled = JsonOutputTests.Of(result, "pulled").Single();
        Assert.Multiple(() =>
        {
            Assert.That((pulled.GetProperty("path").GetString(), pulled.GetProperty("fetched").GetInt32()), Is.EqualTo(("a-model", 12)), result.Error);
            Assert.That(JsonOutputTests.Of(result, "fetching").Last(each => each.GetProperty("file").GetString() == UNet).GetProperty("bytes").GetInt64(), Is.EqualTo(UNetSize));
        });
    }

    [Test]
    public async Task What_can_not_be_fetched_is_one_readable_line_and_a_failure()
    {
        var result = await DiffusionXProgram.RunInAsync(folder.Path, "pull", "someone/another-model", "--endpoint", hub.Endpoint);

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(1));
            Assert.That(result.ErrorLines, Has.Length.EqualTo(1).And.All.Contains("someone/another-model has no model_index.json at main"));
        });
    }

    [Test]
    public async Task A_connection_that_breaks_off_is_taken_up_where_it_broke()
    {
        hub.Faults[UNet] = new HubFault { BreaksAfter = 100_000, Times = 2 };

        await PullAsync();

        Assert.Multiple(() =>
        {
            Assert.That(File.ReadAllBytes(folder.File(UNet)), Is.EqualTo(published[UNet]));
            Assert.That(hub.Downloads(UNet).Select(request => request.From), Is.EqualTo(new[] { 0, 100_000, 200_000 }));
        });
    }

    [Test]
    public async Task The_next_run_takes_up_what_the_last_one_left()
    {
        hub.Faults[UNet] = new HubFault { BreaksAfter = 120_000, Times = 1 };
        await FailAsync(attempts: 1);
        Assert.That(File.Exists(folder.File(UNet)), Is.False);

        await PullAsync();

        Assert.Multiple(() =>
        {
            Assert.That(File.ReadAllBytes(folder.File(UNet)), Is.EqualTo(published[UNet]));
            Assert.That(hub.Downloads(UNet).Last().From, Is.EqualTo(120_000));
            Assert.That(Fetched(""), Is.EquivalentTo(published.Keys));
        });
    }

    [Test]
    public async Task A_server_that_can_not_send_parts_sends_it_all_again()
    {
        hub.Faults[UNet] = new HubFault { BreaksAfter = 100_000, Times = 1, IgnoresRange = true };

        await PullAsync();

        Assert.That(File.ReadAllBytes(folder.File(UNet)), Is.EqualTo(published[UNet]));
    }

    [Test]
    public async Task A_part_that_was_damaged_meanwhile_is_fetched_anew()
    {
        hub.Faults[UNet] = new HubFault { BreaksAfter = 100_000, Times = 1 };
        await FailAsync(attempts: 1);
        var part = Directory.GetFiles(folder.File("unet"), "*.part").Single();
        await File.WriteAllBytesAsync(part, new byte[100_000]);

        await PullAsync();

        Assert.That(File.ReadAllBytes(folder.File(UNet)), Is.EqualTo(published[UNet]));
    }

    [Test]
    public async Task Files_that_are_here_are_not_fetched_again_unless_they_are_damaged()
    {
        await PullAsync();
        await File.WriteAllBytesAsync(folder.File("text_encoder/model.safetensors"), new byte[500]);

        await PullAsync();

        Assert.Multiple(() =>
        {
            Assert.That(hub.Downloads(UNet).Count(), Is.EqualTo(1));
            Assert.That(hub.Downloads("text_encoder/model.safetensors").Count(), Is.EqualTo(2));
            Assert.That(File.ReadAllBytes(folder.File("text_encoder/model.safetensors")), Is.EqualTo(published["text_encoder/model.safetensors"]));
        });
    }

    [Test]
    public async Task A_server_that_is_busy_is_asked_again()
    {
        hub.Faults[UNet] = new HubFault { Status = 503, Times = 2 };

        await PullAsync();

        Assert.That(File.ReadAllBytes(folder.File(UNet)), Is.EqualTo(published[UNet]));
    }

    private static IEnumerable<TestCaseData> Wrongs()
    {
        yield return new TestCaseData(new HubFault { Bytes = new byte[UNetSize] }, "its checksum is another").SetName("Wrong bytes are deleted");
        yield return new TestCaseData(new HubFault { Bytes = new byte[UNetSize + 1] }, $"more than the {UNetSize} bytes").SetName("More bytes than were announced are refused");
        yield return new TestCaseData(new HubFault { Bytes = new byte[UNetSize - 1] }, "fewer bytes").SetName("Fewer bytes than were announced do not pass");
        yield return new TestCaseData(new HubFault { ClaimedSize = 1000 }, "more than the 1000 bytes").SetName("A size that is too small is noticed");
        yield return new TestCaseData(new HubFault { ClaimedSize = UNetSize * 2L }, "fewer bytes").SetName("A size that is too large is noticed");
        yield return new TestCaseData(new HubFault { HidesChecksum = true }, "does not say the size and the checksum").SetName("What can not be checked is not fetched");
        yield return new TestCaseData(new HubFault { Status = 404 }, "pickle file").SetName("Weights that are not there are named, with what may help");
        yield return new TestCaseData(new HubFault { Status = 401 }, "HF_TOKEN").SetName("A repository that asks who comes is said to");
        yield return new TestCaseData(new HubFault { Status = 503 }, "Tried 3 times").SetName("A server that stays busy is given up on");
        yield return new TestCaseData(new HubFault { Status = 418 }, "418").SetName("An answer that nobody expects is shown");
    }

    [TestCaseSource(nameof(Wrongs))]
    public async Task Nothing_wrong_ends_under_the_files_name(object fault, string named)
    {
        hub.Faults[UNet] = (HubFault)fault;

        var error = await FailAsync(attempts: 3);

        Assert.Multiple(() =>
        {
            Assert.That(error.Message, Does.Contain(named));
            Assert.That(error.Message.ReplaceLineEndings(), Does.Not.Contain(Environment.NewLine));
            Assert.That(File.Exists(folder.File(UNet)), Is.False);
        });
    }

    [Test]
    public async Task The_token_goes_to_the_hub_and_not_to_its_storage()
    {
        await new PullProgram(Settings() with { Token = "secret" }, Quickly(1)).RunAsync(CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(hub.Requests.Where(request => request.Path.StartsWith($"/{Repository}/", StringComparison.Ordinal)), Has.All.Property("Authorization").EqualTo("Bearer secret"));
            Assert.That(hub.Downloads(UNet), Is.Not.Empty.And.All.Property("Authorization").Null);
        });
    }

    [Test]
    public void The_token_is_not_sent_over_the_network_in_the_clear() => Assert.That(
        () => new PullProgram(Settings() with { Token = "secret", Endpoint = "http://hub.example" }, Quickly(1)).RunAsync(CancellationToken.None),
        Throws.InstanceOf<PullException>().With.Message.Contains("without encryption"));

    [Test]
    public async Task All_files_are_of_one_commit_even_if_the_branch_moves()
    {
        await PullAsync();

        Assert.That(
            hub.Requests.Where(request => request.Method == "HEAD").Skip(1).Select(request => request.Path),
            Has.All.StartsWith($"/{Repository}/resolve/{LocalHub.Commit}/"));
    }

    private IEnumerable<string> Fetched(string model) =>
        Directory.GetFiles(folder.File(model), "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder.File(model), path).Replace('\\', '/'));

    private Task<int> PullAsync() => new PullProgram(Settings(), Quickly(3)).RunAsync(CancellationToken.None);

    private async Task<PullException> FailAsync(int attempts)
    {
        try
        {
            await new PullProgram(Settings(), Quickly(attempts)).RunAsync(CancellationToken.None);
        }
        catch (PullException error)
        {
            return error;
        }

        throw new AssertionException("The pull succeeded.");
    }

    private PullSettings Settings() =>
        new() { Model = PublishedModel.Find(Repository), Folder = folder.Path, Endpoint = hub.Endpoint, Revision = "main" };

    private static RetryPolicy Quickly(int attempts) => new(attempts, TimeSpan.FromMilliseconds(1));
}
