using DiffusionX.Sessions.Edge;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Tests.Sessions;

[TestFixture]
public sealed class ResponseStreamTests
{
    private readonly Guid id = Guid.NewGuid();

    [Test]
    public void Who_has_stopped_waiting_is_not_kept_by_what_arrives_on_and_on()
    {
        using var stream = Flooded();

        Assert.That(async () => await stream.NextAsync(new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Of_more_than_it_holds_the_latest_counts_and_the_last_word_comes_last()
    {
        using var stream = Flooded();
        stream.Add(new Error { RequestId = id, Code = ErrorCode.Internal, Text = "the end" });
        stream.Add(new Progress { RequestId = id, Step = 1000, Steps = 1000 });

        var heard = new List<RequestMessage>();
        do
        {
            heard.Add(await stream.NextAsync(CancellationToken.None));
        }
        while (heard[^1] is not Error);

        Assert.That(heard.OfType<Progress>().Select(progress => progress.Step), Is.EqualTo(Enumerable.Range(1000 - 64, 64)));
    }

    private ResponseStream Flooded()
    {
        var stream = new ResponseStream(id, over: _ => { });
        for (var step = 0; step < 1000; step++)
        {
            stream.Add(new Progress { RequestId = id, Step = step, Steps = 1000 });
        }

        return stream;
    }
}
