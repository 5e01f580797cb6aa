using DiffusionX.Cli.Generate;
using DiffusionX.Cli.Terminal;
using DiffusionX.Imaging;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Sessions.Edge;
using Spectre.Console;

namespace DiffusionX.Cli.Play;

/// <summary>What was drawn in a session, in the order in which it was: kept for its end.</summary>
internal sealed class PlayGallery
{
    private const int Gap = 4;
    private const string UnnamedStrip = "rounds.png";

    private readonly List<Picture> pictures = [];
    private readonly List<Draft> drafts = [];

    public void Add(Draft draft)
    {
        drafts.Add(draft);
        pictures.Add(draft.Picture);
    }

    public void Add(RefinedImage result) => pictures.Add(result.Picture);

    /// <summary>Puts all pictures side by side into one file, and the rounds into a table.</summary>
    /// <param name="folder">Where the file goes.</param>
    public void Close(string folder)
    {
        if (drafts.Count == 0)
        {
            return;
        }

        var path = OutputFiles.Free(Path.Combine(folder, UnnamedStrip));
        PictureGrid.Row(pictures, Gap).Save(path, new Dictionary<string, string> { ["Prompt"] = string.Join('\n', drafts.Select(draft => draft.Round.Prompt)) });
        Consoles.Output.Write(PlayTables.Of(drafts.Select(draft => draft.Round)));
        Consoles.Output.WriteLine($"{path}  (all rounds, from left to right)");
    }
}
