using DiffusionX.Transport;
using DiffusionX.Transport.InMemory;

namespace DiffusionX.Tests.Transport;

/// <summary>What is on its way in memory takes no more of it than the options say.</summary>
[TestFixture]
public sealed class InMemoryBoundsTests
{
    private IConnectionListener listener = null!;
    private IConnection sender = null!;
    private IConnection receiver = null!;

    [SetUp]
    public async Task Connect()
    {
        var link = new InMemoryTransport(new InMemoryTransportOptions { CapacityBytes = 1000 });
        listener = await link.ListenAsync();
        sender = await link.ConnectAsync();
        receiver = await listener.AcceptAsync();
    }

    [TearDown]
    public async Task Disconnect()
    {
        await sender.DisposeAsync();
        await receiver.DisposeAsync();
        await listener.DisposeAsync();
    }

    [Test]
    public async Task A_sender_waits_while_as_many_bytes_as_there_may_be_are_on_their_way()
    {
        await sender.SendAsync(new byte[600]);
        var second = sender.SendAsync(new byte[600]).AsTask();
        Assert.That(second.IsCompleted, Is.False);

        await receiver.ReceiveAsync();

        await second;
        Assert.That(await receiver.ReceiveAsync(), Has.Length.EqualTo(600));
    }

    [Test]
    public async Task A_frame_that_is_larger_than_the_bound_goes_alone()
    {
        await sender.SendAsync(new byte[5000]);
        var second = sender.SendAsync(new byte[1]).AsTask();
        Assert.That(second.IsCompleted, Is.False);

        Assert.That(await receiver.ReceiveAsync(), Has.Length.EqualTo(5000));
        await second;
    }

    [Test]
    public async Task One_direction_does_not_wait_for_the_other()
    {
        await sender.SendAsync(new byte[900]);

        await receiver.SendAsync(new byte[900]);

        Assert.That(await sender.ReceiveAsync(), Has.Length.EqualTo(900));
    }

    [Test]
    public async Task A_sender_that_waits_hears_that_the_other_end_is_gone()
    {
        await sender.SendAsync(new byte[900]);
        var waiting = sender.SendAsync(new byte[900]).AsTask();

        receiver.Abort();

        Assert.That(() => waiting, Throws.TypeOf<ConnectionLostException>());
    }

    [Test]
    public async Task A_sender_that_gives_up_waiting_takes_no_room()
    {
        await sender.SendAsync(new byte[900]);
        using var patience = new CancellationTokenSource();
        var waiting = sender.SendAsync(new byte[900], patience.Token).AsTask();
        await patience.CancelAsync();
        Assert.That(() => waiting, Throws.InstanceOf<OperationCanceledException>());
        await receiver.ReceiveAsync();

        await sender.SendAsync(new byte[900]);

        Assert.That(await receiver.ReceiveAsync(), Has.Length.EqualTo(900));
    }
}
