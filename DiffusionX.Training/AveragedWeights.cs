using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiffusionX.Training;

/// <summary>
/// The exponential moving average of a module's parameters: what diffusion models are sampled with, since it is better than any single
/// step's weights (Song and Ermon, "Improved Techniques for Training Score-Based Generative Models", 2020).
/// </summary>
internal sealed class AveragedWeights : IDisposable
{
    private readonly Parameter[] parameters;

    public AveragedWeights(IReadOnlyList<(string Name, Parameter Parameter)> parameters)
    {
        this.parameters = [.. parameters.Select(pair => pair.Parameter)];
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        Averages = [.. this.parameters.Select(parameter => parameter.detach().clone().DetachFromDisposeScope())];
    }

    /// <summary>The averages, in the order of the parameters.</summary>
    public IReadOnlyList<Tensor> Averages { get; }

    /// <summary>Takes a step's weights in. Early averages forget faster, so that the first random weights do not linger.</summary>
    public void Update(int step, double decay)
    {
        var kept = Math.Min(decay, (1.0 + step) / (10.0 + step));
        using var noGradient = no_grad();
        foreach (var (average, parameter) in Averages.Zip(parameters))
        {
            average.lerp_(parameter, 1 - kept);
        }
    }

    /// <summary>Runs something while the module has the averages for weights.</summary>
    public void Use(Action action)
    {
        Swap();
        try
        {
            using var noGradient = no_grad();
            action();
        }
        finally
        {
            Swap();
        }
    }

    public void Dispose()
    {
        foreach (var average in Averages)
        {
            average.Dispose();
        }
    }

    private void Swap()
    {
        using var noGradient = no_grad();
        foreach (var (average, parameter) in Averages.Zip(parameters))
        {
            using var kept = parameter.clone();
            parameter.copy_(average);
            average.copy_(kept);
        }
    }
}
