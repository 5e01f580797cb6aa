using System.Numerics.Tensors;

namespace DiffusionX.Strength;

/// <summary>
/// A trained head in plain numbers, for one prediction at a time: a dozen calls of libtorch take longer than the few thousand products that
/// they are for, and a prediction has to cost nothing beside the step that it saves.
/// </summary>
/// <param name="mean">What features have in the mean.</param>
/// <param name="deviation">How far they vary.</param>
/// <param name="layers">The layers, SiLU between them.</param>
/// <param name="floor">What the layers' answers are raised to; null where they never are.</param>
internal sealed class StrengthMlp(float[] mean, float[] deviation, IReadOnlyList<StrengthMlp.Layer> layers, StrengthFloor? floor)
{
    /// <summary>The strength, within <see cref="StrengthRange"/>, and raised where that costs nothing.</summary>
    /// <param name="features">As many as the head was trained on.</param>
    public double Predict(ReadOnlySpan<float> features)
    {
        var hidden = Standardise(features);
        for (var i = 0; i < layers.Count; i++)
        {
            hidden = layers[i].Apply(i == 0 ? hidden : Activate(hidden));
        }

        var strength = StrengthRange.Clip(hidden[0] + StrengthHead.Middle);
        return floor?.Raise(strength) ?? strength;
    }

    private float[] Standardise(ReadOnlySpan<float> features)
    {
        var standardised = new float[mean.Length];
        TensorPrimitives.Subtract(features, mean, standardised);
        TensorPrimitives.Divide(standardised, deviation, standardised);
        TensorPrimitives.Clamp(standardised, -StrengthHead.Furthest, StrengthHead.Furthest, standardised);
        return standardised;
    }

    private static float[] Activate(float[] hidden)
    {
        var gates = new float[hidden.Length];
        TensorPrimitives.Sigmoid(hidden, gates);
        TensorPrimitives.Multiply(hidden, gates, gates);
        return gates;
    }

    /// <summary>A linear layer.</summary>
    /// <param name="Weight">[outputs, inputs], row by row.</param>
    /// <param name="Bias">[outputs].</param>
    internal sealed record Layer(float[] Weight, float[] Bias)
    {
        /// <summary>Wx + b.</summary>
        public float[] Apply(ReadOnlySpan<float> inputs)
        {
            var outputs = new float[Bias.Length];
            for (var row = 0; row < outputs.Length; row++)
            {
                outputs[row] = Bias[row] + TensorPrimitives.Dot(Weight.AsSpan(row * inputs.Length, inputs.Length), inputs);
            }

            return outputs;
        }
    }
}
