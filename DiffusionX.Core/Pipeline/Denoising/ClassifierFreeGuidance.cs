using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline.Denoising;

/// <summary>
/// What runs ask the UNet: each for its prompt alone, or with guidance for its negative prompt too. One call answers for several of them, a
/// row for each sample, with the timestep of its run.
/// </summary>
/// <param name="unet">The UNet.</param>
/// <param name="dtype">The type of its parameters.</param>
internal class ClassifierFreeGuidance(UNet2DConditionModel unet, ScalarType dtype)
{
    /// <summary>The predictions for noisy latents.</summary>
    /// <param name="queries">What is asked, of one height and width. Either all of them reuse deep features, or none does.</param>
    /// <param name="text">The context of their samples in the same order, each one's negative prompts before its prompts.</param>
    /// <returns>For each query [B, 4, h, w] in float32.</returns>
    public virtual Tensor[] Predict(IReadOnlyList<UNetQuery> queries, TextContext text)
    {
        using var scope = NewDisposeScope();
        Tensor[] inputs = [.. queries.SelectMany(query => query.IsGuided ? [query.Input, query.Input] : new[] { query.Input })];
        var sample = (inputs is [var only] ? only : cat(inputs, 0)).to(dtype);
        float[] times = [.. queries.SelectMany(query => Enumerable.Repeat((float)query.Timestep, (int)query.Samples))];
        var prediction = Ask(queries, sample, tensor(times, device: sample.device), text).to(ScalarType.Float32);
        var parts = queries.Count == 1 ? [prediction] : prediction.split([.. queries.Select(query => query.Samples)], 0);
        return [.. queries.Zip(parts, (query, part) => query.Guide(part).MoveToOuterDisposeScope())];
    }

    private Tensor Ask(IReadOnlyList<UNetQuery> queries, Tensor sample, Tensor timesteps, TextContext text)
    {
        if (queries.All(query => query.Deep is null))
        {
            return unet.Forward(sample, timesteps, text);
        }

        using var deep = new DeepFeaturesOfBatch(queries);
        var prediction = unet.Forward(sample, timesteps, text, deep);
        deep.Commit();
        return prediction;
    }
}

/// <summary>What one run asks the UNet in one step.</summary>
/// <param name="Input">Its noisy latents, [B, C, h, w] in float32.</param>
/// <param name="Timestep">Their timestep.</param>
/// <param name="GuidanceScale">The scale of guidance; null for a step without.</param>
internal sealed record UNetQuery(Tensor Input, double Timestep, double? GuidanceScale)
{
    /// <summary>What the run keeps of its earlier steps; null for nothing.</summary>
    public DeepCacheFeatures? Deep { get; init; }

    public bool IsGuided => GuidanceScale is not null;

    /// <summary>Rows of the UNet's batch.</summary>
    public long Samples => Input.size(0) * (IsGuided ? 2 : 1);

    /// <summary>The shape of these rows.</summary>
    public long[] Shape => [Samples, .. Input.shape[1..]];

    /// <summary>The prediction, from what the UNet says of the rows.</summary>
    public Tensor Guide(Tensor rows)
    {
        if (GuidanceScale is not { } scale)
        {
            return rows;
        }

        var samples = Input.size(0);
        var (negative, positive) = (rows.narrow(0, 0, samples), rows.narrow(0, samples, samples));
        return negative + ((positive - negative) * scale);
    }
}

/// <summary>
/// The deep features of the runs that share a call of the UNet, which each keeps for itself. Nothing changes until the call has come back:
/// one that fails can be made again.
/// </summary>
internal sealed class DeepFeaturesOfBatch(IReadOnlyList<UNetQuery> queries) : IDeepFeatures, IDisposable
{
    private readonly List<(UNetQuery Query, Tensor Map)> kept = [];
    private bool served;

    /// <inheritdoc/>
    public int ShallowLevels => queries[0].Deep!.ShallowLevels;

    /// <inheritdoc/>
    public bool CanServe(Tensor sample) => queries.All(query => query.Deep?.CanServe(query.Shape) == true);

    /// <inheritdoc/>
    public Tensor Serve()
    {
        served = true;
        return queries.Count == 1 ? queries[0].Deep!.Kept() : cat([.. queries.Select(query => query.Deep!.Kept())], 0);
    }

    /// <inheritdoc/>
    public void KeepIfDeepest(Tensor map, int level, Tensor sample)
    {
        var first = 0L;
        foreach (var query in queries)
        {
            if (query.Deep is { } deep && level == deep.ShallowLevels - 1)
            {
                // A view would hold on to the rows of all.
                var rows = queries.Count == 1 ? map.alias() : map.narrow(0, first, query.Samples).clone();
                kept.Add((query, rows.DetachFromDisposeScope()));
            }

            first += query.Samples;
        }
    }

    /// <summary>The call has come back.</summary>
    public void Commit()
    {
        kept.ForEach(each => each.Query.Deep!.Keep(each.Map, each.Query.Shape));
        kept.Clear();
        foreach (var query in served ? queries : [])
        {
            query.Deep!.CountServed();
        }
    }

    public void Dispose() => kept.ForEach(each => each.Map.Dispose());
}
