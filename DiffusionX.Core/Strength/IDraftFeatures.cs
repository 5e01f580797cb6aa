using DiffusionX.Imaging;

namespace DiffusionX.Strength;

/// <summary>What the cloud's head is given of a prompt and a draft.</summary>
public interface IDraftFeatures : IDisposable
{
    /// <summary>What identifies each of the encoders that the features come from.</summary>
    IReadOnlyDictionary<string, string> Fingerprints { get; }

    /// <summary>The features.</summary>
    /// <param name="prompt">The final prompt.</param>
    /// <param name="draft">The draft.</param>
    float[] Of(string prompt, Picture draft);
}
