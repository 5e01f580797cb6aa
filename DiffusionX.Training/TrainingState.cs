using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiffusionX.Training;

/// <summary>Weights, their average, the optimizer's moments and the losses so far.</summary>
internal sealed class TrainingState : IDisposable
{
    private readonly IReadOnlyList<(string Name, Parameter Parameter)> parameters;
    private readonly List<float> losses = [];

    public TrainingState(nn.Module learner, TrainingPlan plan, long seed)
    {
        Seed = seed;
        parameters = [.. learner.named_parameters().Select(pair => (pair.name, pair.parameter))];
        foreach (var (_, parameter) in parameters)
        {
            parameter.requires_grad = true;
        }

        Average = new AveragedWeights(parameters);
        Optimizer = optim.AdamW(Parameters, plan.LearningRate, weight_decay: plan.WeightDecay);
    }

    public long Seed { get; }

    /// <summary>Steps done.</summary>
    public int Step => losses.Count;

    /// <summary>The loss of each step.</summary>
    public IReadOnlyList<float> Losses => losses;

    public AveragedWeights Average { get; }

    public AdamW Optimizer { get; }

    public IEnumerable<Parameter> Parameters => parameters.Select(pair => pair.Parameter);

    /// <summary>Every tensor of the state by its name in a checkpoint.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Tensors
    {
        get
        {
            var moments = Optimizer.state_dict().State.Cast<AdamW.State>().ToArray();
            for (var i = 0; i < parameters.Count; i++)
            {
                var (name, parameter) = parameters[i];
                yield return new($"weights.{name}", parameter);
                yield return new($"average.{name}", Average.Averages[i]);
                yield return new($"mean.{name}", moments[i].exp_avg);
                yield return new($"variance.{name}", moments[i].exp_avg_sq);
            }
        }
    }

    public void Record(double loss) => losses.Add((float)loss);

    /// <summary>Goes on where another process stopped.</summary>
    public void Resume(int step, float[] history)
    {
        losses.Clear();
        losses.AddRange(history.Take(step));
        foreach (var moments in Optimizer.state_dict().State.Cast<AdamW.State>())
        {
            moments.step = step;
        }
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        Average.Dispose();
        foreach (var parameter in Parameters)
        {
            parameter.requires_grad = false;
        }
    }
}
