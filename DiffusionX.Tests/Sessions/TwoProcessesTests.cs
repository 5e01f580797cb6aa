using DiffusionX.Imaging;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;
using DiffusionX.Strength;
using DiffusionX.Transport;
using DiffusionX.Transport.InMemory;

namespace DiffusionX.Tests.Sessions;

[TestFixture]
[NoTensorLeaks]
public sealed class TwoProcessesTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeAFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteIt() => folder.Dispose();

    [Test]
    public async Task Three_rounds_and_a_final_over_TLS_in_two_processes_equal_the_ones_in_memory_bit_for_bit()
    {
        using var cloud = await CloudInAnotherProcess.StartAsync(folder);
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions { Strength = new FixedStrength(0.5) });

        var (inMemory, _) = await ThreeRoundsAndAFinalAsync(link);
        var (inTwoProcesses, report) = await ThreeRoundsAndAFinalAsync(cloud.Link);

        Assert.That(inTwoProcesses, Is.SamePictureAs(inMemory));
        Assert.That((report.Place, report.RefinedBy), Is.EqualTo((RefinementPlace.Cloud, "another process")));
    }

    [Test]
    public async Task A_cloud_that_is_killed_while_it_refines_and_started_again_gives_the_same_result()
    {
        using var first = await CloudInAnotherProcess.StartAsync(folder);
        var options = SessionSettings.With(refinement => refinement with { Steps = 60, Strength = 1, IdleTimeout = TimeSpan.FromMinutes(1) });
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, first.Link, options);
        await session.PromptAsync("a red house");
        var expected = await session.FinalizeAsync();
        var restarting = new TaskCompletionSource<Task<CloudInAnotherProcess>>();
        var progress = new Recorder<RefinementProgress>(report =>
        {
            if (report is { Stage: RefinementStage.Refining, Attempt: 1 } && !restarting.Task.IsCompleted)
            {
                first.Kill();
                restarting.SetResult(CloudInAnotherProcess.StartAsync(folder, first.Port));
            }
        });

        var refined = await session.FinalizeAsync(progress);

        using var second = await await restarting.Task;
        Assert.That(refined.Report.Attempts, Is.GreaterThan(1));
        Assert.That(refined.Picture, Is.SamePictureAs(expected.Picture));
    }

    private static async Task<(Picture Picture, RefinementReport Report)> ThreeRoundsAndAFinalAsync(ITransport link)
    {
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, SessionSettings.Quick);
        await session.PromptAsync("a red house");
        await session.PromptAsync("a red house at night");
        await session.PromptAsync("a red house at night, in snow");
        var refined = await session.FinalizeAsync();
        return (refined.Picture, refined.Report);
    }
}
