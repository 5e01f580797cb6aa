namespace DiffusionX.Evaluation.Prompts;

/// <summary>
/// The captions in a file such as captions_val2017.json (cocodataset.org, "Data format", "Image Captioning"): an object whose
/// <c>annotations</c> is an array of objects with <c>id</c>, <c>image_id</c> and <c>caption</c>. The file is read piece by piece, since
/// that of the training images has 90 MB.
/// </summary>
internal static class CocoCaptions
{
    private const int PieceSize = 1 << 16;

    /// <summary>Reads a file.</summary>
    /// <exception cref="PromptSetException">The file can't be read, or is not such a file; the message says where.</exception>
    public static IEnumerable<CocoCaption> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return ReadPieces(path);
    }

    private static IEnumerable<CocoCaption> ReadPieces(string path)
    {
        using var file = Open(path);
        var parser = new CocoCaptionParser(path);
        var buffer = new byte[PieceSize];
        var kept = 0;
        int read;
        do
        {
            if (kept == buffer.Length)
            {
                Array.Resize(ref buffer, 2 * buffer.Length);
            }

            read = file.Read(buffer, kept, buffer.Length - kept);
            var length = kept + read;
            var captions = parser.Parse(buffer.AsSpan(0, length), isLast: read == 0, out var used);
            foreach (var caption in captions)
            {
                yield return caption;
            }

            kept = length - used;
            buffer.AsSpan(used, kept).CopyTo(buffer);
        }
        while (read > 0);
    }

    private static FileStream Open(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PromptSetException($"{path} can't be read: {error.Message}", error);
        }
    }
}
