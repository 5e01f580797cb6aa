using static TorchSharp.torch;

namespace DiffusionX.Evaluation;

/// <summary>What every measure asks of its input: rows of finite numbers.</summary>
internal static class Samples
{
    /// <summary>The rows in float64 on the CPU, where all measures are computed.</summary>
    /// <param name="rows">[N, D] of any floating-point type, on any device.</param>
    /// <param name="what">What the rows are, for messages.</param>
    /// <exception cref="EvaluationException">The shape is another one, there are no numbers, or some are not finite.</exception>
    public static Tensor Checked(Tensor rows, string what)
    {
        if (rows.dim() != 2 || rows.numel() == 0)
        {
            throw new EvaluationException(
                $"The {what} are [{string.Join(", ", rows.shape)}], but one row a sample is expected: [N, D], neither of them 0.");
        }

        using var scope = NewDisposeScope();
        var numbers = rows.detach().to(ScalarType.Float64, CPU);
        var broken = numbers.isfinite().all(1).logical_not().sum().item<long>();
        return broken == 0
            ? numbers.MoveToOuterDisposeScope()
            : throw new EvaluationException(
                $"{broken} of the {rows.shape[0]} rows of the {what} hold NaN or infinity: what computed them has failed.");
    }
}
