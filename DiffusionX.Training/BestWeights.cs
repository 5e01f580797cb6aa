using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiffusionX.Training;

/// <summary>A module's parameters as they were when it did best on what it does not learn from: where to stop, without stopping.</summary>
internal sealed class BestWeights : IDisposable
{
    private readonly Parameter[] parameters;
    private readonly Tensor[] kept;
    private double smallest = double.PositiveInfinity;

    public BestWeights(nn.Module module)
    {
        parameters = [.. module.parameters()];
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        kept = [.. parameters.Select(parameter => parameter.detach().clone().DetachFromDisposeScope())];
    }

    /// <summary>Keeps the parameters as they are now, if the module has never been less wrong.</summary>
    /// <param name="error">How wrong it is now.</param>
    public void Offer(double error)
    {
        if (error < smallest)
        {
            smallest = error;
            Copy(parameters, kept);
        }
    }

    /// <summary>Gives the module its best parameters back.</summary>
    public void Restore() => Copy(kept, parameters);

    public void Dispose()
    {
        foreach (var tensor in kept)
        {
            tensor.Dispose();
        }
    }

    private static void Copy(Tensor[] from, Tensor[] to)
    {
        using var noGradient = no_grad();
        foreach (var (source, target) in from.Zip(to))
        {
            target.copy_(source);
        }
    }
}
