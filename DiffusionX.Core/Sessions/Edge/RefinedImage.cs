using System.Globalization;
using DiffusionX.Imaging;
using DiffusionX.Sessions.Drafts;

namespace DiffusionX.Sessions.Edge;

/// <summary>The end of a session, or one of its ends: its draft, refined.</summary>
/// <param name="Picture">The picture.</param>
/// <param name="Round">The round whose draft was refined.</param>
/// <param name="Report">What it took.</param>
public sealed record RefinedImage(Picture Picture, Round Round, RefinementReport Report)
{
    /// <summary>
    /// Writes the picture to a file, in the format that its extension names. A PNG carries the prompt and how it was made.
    /// </summary>
    /// <param name="path">Ends in <c>.png</c>, <c>.jpg</c>, <c>.jpeg</c> or <c>.webp</c>.</param>
    /// <exception cref="PictureException">The extension is unknown, or the file can't be written; the message names it.</exception>
    public void Save(string path) => Picture.Save(path, new Dictionary<string, string>
    {
        ["prompt"] = Round.Prompt,
        ["seed"] = Round.Seed.ToString(CultureInfo.InvariantCulture),
        ["strength"] = Report.Strength.ToString(CultureInfo.InvariantCulture),
        ["steps run"] = Report.StepsRun.ToString(CultureInfo.InvariantCulture),
        ["refined by"] = Report.RefinedBy,
    });
}
