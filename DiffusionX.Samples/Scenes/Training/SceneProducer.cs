using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using DiffusionX.Scenes.Streams;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// Draws the scenes of a split in order, on half of the processor's cores, a little ahead of whoever learns from them. The channel between
/// is bounded: a slow learner stops the drawing, and not the memory.
/// </summary>
internal sealed class SceneProducer : IDisposable
{
    private const int ScenesOfACore = 16;

    private static readonly int Cores = Math.Max(1, Environment.ProcessorCount / 2);

    private readonly Channel<ScenePicture> channel;
    private readonly CancellationTokenSource stop = new();
    private readonly Stopwatch drawing = new();
    private readonly Thread thread;
    private readonly SceneSplit split;
    private readonly int first;
    private readonly int length;
    private readonly Stopwatch life = Stopwatch.StartNew();
    private readonly Stopwatch waiting = new();
    private int drawn;
    private int taken;

    /// <summary>Begins to draw.</summary>
    /// <param name="split">Which scenes.</param>
    /// <param name="first">The number of the first.</param>
    /// <param name="length">After how many numbers it begins again with the first scene of all.</param>
    /// <param name="ahead">How many may lie ready.</param>
    public SceneProducer(SceneSplit split, int first = 0, int length = SceneStream.Length, int ahead = 256)
    {
        this.length = length;
        this.split = split;
        this.first = first;
        channel = Channel.CreateBounded<ScenePicture>(new BoundedChannelOptions(ahead) { SingleReader = true, SingleWriter = true });
        thread = new Thread(Produce) { IsBackground = true, Name = nameof(SceneProducer), Priority = ThreadPriority.BelowNormal };
        thread.Start();
    }

    /// <summary>
    /// How many scenes are drawn in a second of drawing and taken in a second of the clock, and how long the taker waited, in words.
    /// </summary>
    public string Rates => string.Create(CultureInfo.InvariantCulture, $"draws {drawn / Seconds(drawing):F0}/s, takes {taken / Seconds(life):F1}/s, waits {Seconds(waiting) / Seconds(life):P1}");

    /// <summary>The next scenes. Waits for them if need be.</summary>
    /// <exception cref="ObjectDisposedException">The producer was disposed.</exception>
    public IReadOnlyList<ScenePicture> Take(int count)
    {
        ObjectDisposedException.ThrowIf(stop.IsCancellationRequested, this);
        var scenes = new ScenePicture[count];
        waiting.Start();
        for (var i = 0; i < count; i++)
        {
            scenes[i] = channel.Reader.TryRead(out var ready) ? ready : channel.Reader.ReadAsync(stop.Token).AsTask().GetAwaiter().GetResult();
        }

        waiting.Stop();
        taken += count;
        return scenes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stop.Cancel();
        thread.Join();
        stop.Dispose();
    }

    private static double Seconds(Stopwatch clock) => Math.Max(clock.Elapsed.TotalSeconds, 1e-3);

    private void Produce()
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                foreach (var scene in DrawNext())
                {
                    channel.Writer.WriteAsync(scene, stop.Token).AsTask().GetAwaiter().GetResult();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed while waiting for room.
        }
        catch (Exception error)
        {
            channel.Writer.TryComplete(error);
        }
    }

    private ScenePicture[] DrawNext()
    {
        drawing.Start();
        var scenes = new ScenePicture[Cores * ScenesOfACore];
        Parallel.For(0, scenes.Length, new ParallelOptions { MaxDegreeOfParallelism = Cores }, i => scenes[i] = SceneStream.At(split, (first + drawn + i) % length));
        drawing.Stop();
        drawn += scenes.Length;
        return scenes;
    }
}
