namespace DiffusionX.Fuzz;

/// <summary>One way in for what comes from outside.</summary>
/// <param name="name">What it is called on the command line; the folder of its corpus is called so too.</param>
/// <param name="read">Reads an input as the library would. It may throw what the library documents, and nothing else.</param>
internal sealed class FuzzTarget(string name, Action<byte[]> read)
{
    /// <summary>What it is called.</summary>
    public string Name => name;

    /// <summary>The inputs that are kept: good ones to begin with, and those that did harm once.</summary>
    public IReadOnlyList<string> Corpus => [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Corpus", name)).Order(StringComparer.Ordinal)];

    /// <summary>Reads an input.</summary>
    /// <returns>Whether it was taken; false where an exception of ours says why not.</returns>
    /// <exception cref="Exception">What nobody expected: a finding.</exception>
    public bool Read(byte[] input)
    {
        try
        {
            read(input);
            return true;
        }
        catch (DiffusionXException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => name;
}
