namespace DiffusionX.Transport.Messages;

/// <summary>A LoRA as a request names it: by what is in its file, whatever the file is called and wherever it lies.</summary>
/// <param name="Hash">SHA-256 of the file, 64 lowercase hexadecimal digits.</param>
/// <param name="Strength">How much of it, a finite number.</param>
internal sealed record LoraReference(string Hash, double Strength)
{
    /// <summary>How many of the hash's digits people are shown.</summary>
    private const int ShownDigits = 12;

    /// <summary>The LoRA, for people.</summary>
    public string Name => Hash.Length > ShownDigits ? Hash[..ShownDigits] : Hash;
}
