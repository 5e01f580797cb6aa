using DiffusionX.Imaging;

namespace DiffusionX.Hosting.Sessions;

/// <summary>The pictures of a session's youngest rounds, so that they need not be drawn from their latents while the model is busy.</summary>
internal sealed class RoundPictures
{
    private const long MostBytes = 16 << 20;

    private readonly Lock sync = new();
    private readonly LinkedList<(int Round, Picture Picture)> pictures = new();
    private long bytes;

    public void Add(int round, Picture picture)
    {
        lock (sync)
        {
            pictures.AddLast((round, picture));
            bytes += picture.Pixels.Length;
            while (bytes > MostBytes && pictures.First is { } oldest && pictures.Count > 1)
            {
                bytes -= oldest.Value.Picture.Pixels.Length;
                pictures.RemoveFirst();
            }
        }
    }

    public Picture? Find(int round)
    {
        lock (sync)
        {
            return pictures.LastOrDefault(each => each.Round == round).Picture;
        }
    }

    public void Clear()
    {
        lock (sync)
        {
            pictures.Clear();
            bytes = 0;
        }
    }
}
