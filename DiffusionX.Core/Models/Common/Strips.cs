using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>
/// Computes on a feature map strip by strip, each of some rows and with the neighbouring rows that a convolution looks at. What comes out
/// is what the whole map would give, but the maps in between are no larger than a strip, and there is a place to stop at after each.
/// </summary>
/// <param name="Positions">About how many positions a strip has.</param>
/// <param name="SavesMemory">Whether maps are computed again each time they are read, where that spares keeping them.</param>
/// <param name="CancellationToken">Stops between two strips.</param>
internal sealed record Strips(long Positions, bool SavesMemory, CancellationToken CancellationToken)
{
    // Multiply-adds of attention between two looks at the token: about a second's.
    private const long AttentionWork = 40_000_000_000;

    /// <summary>A convolution that keeps height and width.</summary>
    /// <param name="input">Its input, before <paramref name="prepare"/>.</param>
    /// <param name="prepare">What is done to each position of it before; it may not write over its argument.</param>
    /// <param name="convolution">3×3, or 1×1.</param>
    public Tensor Convolve(Rows input, Func<Tensor, Tensor> prepare, Conv2d convolution)
    {
        Tensor? result = null;
        foreach (var (first, count) in Of(input))
        {
            using var scope = NewDisposeScope();
            var (above, below) = Neighbours(first, count, input.Height);
            var part = Prepare(input, prepare, first - above, count + above + below);
            Put(ref result, convolution.forward(part).narrow(2, above, count), first, input.Height);
        }

        return result!;
    }

    /// <summary>A 3×3 convolution to as many channels, written over its input, to which something is added.</summary>
    /// <param name="map">[1, C, H, W] in memory; the result when this is done.</param>
    /// <param name="prepare">What is done to each position of it before; it may not write over its argument.</param>
    /// <param name="convolution">The convolution.</param>
    /// <param name="addend">What is added, [1, C, count, W] of the rows from the first of <c>count</c>.</param>
    public void ConvolveInPlace(Tensor map, Func<Tensor, Tensor> prepare, Conv2d convolution, Func<long, long, Tensor> addend)
    {
        using var whole = NewDisposeScope();
        var lastRow = map.narrow(2, 0, 1).clone();
        foreach (var (first, count) in Of(Rows.Of(map)))
        {
            using var scope = NewDisposeScope();
            var (above, below) = Neighbours(first, count, map.size(2));
            var rest = map.narrow(2, first, count + below);
            // The row above was written over already.
            var part = prepare(above == 0 ? rest : cat([lastRow, rest], 2));
            lastRow.copy_(map.narrow(2, first + count - 1, 1));
            map.narrow(2, first, count).copy_(convolution.forward(part).narrow(2, above, count).add_(addend(first, count)));
        }
    }

    /// <summary>What makes of each row of a map some rows of another.</summary>
    /// <param name="height">Rows of the other map.</param>
    /// <param name="width">Its width.</param>
    /// <param name="make">Makes <c>count</c> rows of it from the first, [1, C, count, width].</param>
    public Tensor Collect(long height, long width, Func<long, long, Tensor> make)
    {
        Tensor? result = null;
        foreach (var (first, count) in Of(height, width))
        {
            using var scope = NewDisposeScope();
            Put(ref result, make(first, count), first, height);
        }

        return result!;
    }

    /// <summary>A map that is computed when its rows are read, in memory.</summary>
    /// <param name="rows">The map; it is disposed.</param>
    public Rows Keep(Rows rows)
    {
        var map = Collect(rows.Height, rows.Width, rows.Read);
        rows.Dispose();
        return Rows.Of(map) with { Owned = map };
    }

    /// <summary>
    /// Gives the system back what was freed, where memory is to be saved: it lies in pieces too small for the next map, and would count beside it.
    /// </summary>
    public void GiveMemoryBack()
    {
        if (SavesMemory)
        {
            NativeHeap.Trim();
        }
    }

    /// <summary>The strips of a map: the first row and the number of rows of each.</summary>
    public IEnumerable<(long First, long Count)> Of(Rows map) => Of(map.Height, map.Width);

    /// <summary>Attention of all tokens to each other, with one head, some of the queries at a time.</summary>
    /// <param name="query">[1, T, C].</param>
    /// <param name="key">[1, T, C].</param>
    /// <param name="value">[1, T, C].</param>
    public Tensor Attend(Tensor query, Tensor key, Tensor value)
    {
        var (tokens, width) = (query.size(1), query.size(2));
        var together = Math.Clamp(AttentionWork / (2 * tokens * width), 1, tokens);
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        for (var first = 0L; first < tokens; first += together)
        {
            CancellationToken.ThrowIfCancellationRequested();
            var some = query.narrow(1, first, Math.Min(together, tokens - first));
            parts.Add(AttentionHeads.Attend(some, key, value, heads: 1));
        }

        return cat(parts, 1).MoveToOuterDisposeScope();
    }

    private IEnumerable<(long First, long Count)> Of(long height, long width)
    {
        var rows = Math.Max(1, Positions / width);
        for (var first = 0L; first < height; first += rows)
        {
            CancellationToken.ThrowIfCancellationRequested();
            yield return (first, Math.Min(rows, height - first));
        }
    }

    // What was read may have been computed for it, and is as large as what is made of it.
    private static Tensor Prepare(Rows input, Func<Tensor, Tensor> prepare, long first, long count)
    {
        using var rows = input.Read(first, count);
        return prepare(rows);
    }

    private static (long Above, long Below) Neighbours(long first, long count, long height) => (first > 0 ? 1 : 0, first + count < height ? 1 : 0);

    private static void Put(ref Tensor? map, Tensor rows, long first, long height)
    {
        map ??= empty([1, height, rows.size(3), rows.size(1)], rows.dtype, rows.device).permute(0, 3, 1, 2).MoveToOuterDisposeScope();
        map.narrow(2, first, rows.size(2)).copy_(rows);
    }
}

/// <summary>A feature map that is read by its rows, be it in memory or computed when it is read.</summary>
/// <param name="Height">Its rows.</param>
/// <param name="Width">Its columns.</param>
/// <param name="Read">Gives <c>count</c> rows from the first, [1, C, count, Width], in the dispose scope of whoever asks.</param>
internal sealed record Rows(long Height, long Width, Func<long, long, Tensor> Read) : IDisposable
{
    /// <summary>The map in memory that they are read from, if it is theirs.</summary>
    public Tensor? Owned { get; init; }

    /// <summary>The rows of a map in memory, [1, C, H, W], which stays the caller's.</summary>
    public static Rows Of(Tensor map) => new(map.size(2), map.size(3), (first, count) => map.narrow(2, first, count));

    public void Dispose() => Owned?.Dispose();
}
