using DiffusionX.Runtime;
using TorchSharp;

namespace DiffusionX.Tests.Runtime;

[TestFixture]
[NoTensorLeaks]
public sealed class ComputeThreadTests
{
    [Test]
    public async Task All_work_runs_on_one_thread_that_is_not_the_callers()
    {
        using var compute = new ComputeThread("test");

        var first = await compute.RunAsync(() => Environment.CurrentManagedThreadId);
        var second = await compute.RunAsync(() => Environment.CurrentManagedThreadId);

        Assert.That(second, Is.EqualTo(first).And.Not.EqualTo(Environment.CurrentManagedThreadId));
    }

    [Test]
    public async Task Operations_are_shared_by_as_many_of_the_processors_threads_as_were_asked_for()
    {
        using var compute = new ComputeThread("test", processorThreads: 3);

        Assert.That(await compute.RunAsync(torch.get_num_threads), Is.EqualTo(3));
    }

    [Test]
    public async Task Threads_that_begin_after_the_work_have_libtorchs_own_number()
    {
        var own = torch.get_num_threads();
        using var compute = new ComputeThread("test", processorThreads: own + 1);
        await compute.RunAsync(() => torch.ones(3).sum().item<float>());

        var later = await Task.Factory.StartNew(torch.get_num_threads, TaskCreationOptions.LongRunning);

        Assert.That(later, Is.EqualTo(own));
    }

    [Test]
    public async Task A_thread_that_begins_while_another_computes_with_more_has_libtorchs_own_number()
    {
        var own = torch.get_num_threads();
        using var release = new ManualResetEventSlim();
        using var wide = new ComputeThread("wide", processorThreads: own + 1);
        var started = new TaskCompletionSource();
        var busy = wide.RunAsync(() =>
        {
            started.SetResult();
            release.Wait();
        });
        await started.Task;
        using var compute = new ComputeThread("test");

        var seen = await compute.RunAsync(torch.get_num_threads);

        release.Set();
        await busy;
        Assert.That(seen, Is.EqualTo(own));
    }

    [Test]
    public void A_thread_without_a_processor_thread_is_refused() =>
        Assert.That(() => new ComputeThread("test", processorThreads: 0), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public async Task Work_runs_under_inference_mode()
    {
        using var compute = new ComputeThread("test");

        Assert.That(await compute.RunAsync(torch.is_inference_mode_enabled), Is.True);
    }

    [Test]
    public async Task Tensors_that_work_forgets_are_disposed_when_it_ends()
    {
        using var compute = new ComputeThread("test");
        var before = torch.Tensor.TotalCount;

        await compute.RunAsync(() => torch.ones(3).add(torch.ones(3)).sum().item<float>());

        Assert.That(torch.Tensor.TotalCount, Is.EqualTo(before));
    }

    [Test]
    public async Task Tensors_of_work_that_fails_are_disposed_too()
    {
        using var compute = new ComputeThread("test");
        var before = torch.Tensor.TotalCount;

        var failing = compute.RunAsync(() =>
        {
            torch.ones(3);
            throw new InvalidDataException("on purpose");
        });

        await Assert.ThatAsync(() => failing, Throws.TypeOf<InvalidDataException>());
        Assert.That(torch.Tensor.TotalCount, Is.EqualTo(before));
    }

    [Test]
    public async Task The_thread_goes_on_after_work_that_failed()
    {
        using var compute = new ComputeThread("test");
        await Assert.ThatAsync(() => compute.RunAsync(() => throw new InvalidDataException("on purpose")), Throws.TypeOf<InvalidDataException>());

        Assert.That(await compute.RunAsync(() => 42), Is.EqualTo(42));
    }

    [Test]
    public async Task Queued_work_that_is_cancelled_does_not_run()
    {
        using var compute = new ComputeThread("test");
        using var cancellation = new CancellationTokenSource();
        using var gate = new ManualResetEventSlim();
        var ran = false;
        var first = compute.RunAsync(gate.Wait);
        var second = compute.RunAsync(() => ran = true, cancellation.Token);

        await cancellation.CancelAsync();
        gate.Set();

        await Assert.ThatAsync(() => second, Throws.InstanceOf<OperationCanceledException>());
        await first;
        Assert.That(ran, Is.False);
    }

    [Test]
    public async Task Running_out_of_memory_is_an_error_of_ours_and_ends_that_run_alone()
    {
        using var compute = new ComputeThread("test");

        await Assert.ThatAsync(
            () => compute.RunAsync(() => torch.empty(1L << 60, torch.ScalarType.Byte).numel()), Throws.TypeOf<DeviceMemoryException>());
        Assert.That(await compute.RunAsync(() => torch.ones(2).sum().item<float>()), Is.EqualTo(2));
    }

    [Test]
    public void A_disposed_thread_takes_no_work()
    {
        var compute = new ComputeThread("test");
        compute.Dispose();

        Assert.That(() => compute.RunAsync(() => 1), Throws.TypeOf<ObjectDisposedException>());
    }
}
