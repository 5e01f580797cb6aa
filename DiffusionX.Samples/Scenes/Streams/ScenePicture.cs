using DiffusionX.Imaging;
using DiffusionX.Scenes.Captions;
using DiffusionX.Scenes.Drawing;

namespace DiffusionX.Scenes.Streams;

/// <summary>A scene, drawn and described.</summary>
/// <param name="Scene">What there is to see.</param>
/// <param name="Picture">The drawing.</param>
/// <param name="Caption">What somebody might type to get it. It may leave things out, and never says what is not there.</param>
internal sealed record ScenePicture(Scene Scene, Picture Picture, string Caption)
{
    /// <summary>Draws and describes a scene.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="words">Decides the words.</param>
    /// <param name="details">What the caption must say.</param>
    public static ScenePicture Of(Scene scene, int words, CaptionDetails details = CaptionDetails.None) =>
        new(scene, SceneRenderer.Draw(scene), CaptionWriter.Write(scene, words, details));
}
