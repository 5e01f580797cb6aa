using DiffusionX.Imaging;
using SkiaSharp;

namespace DiffusionX.Scenes.Drawing;

/// <summary>Paints scenes, flat and with clear outlines.</summary>
internal static class SceneRenderer
{
    /// <summary>The side of the pictures that the models of this project draw.</summary>
    public const int DefaultSize = 128;

    private const int BytesPerPixel = 4;

    /// <summary>Paints a scene. The same scene gives the same picture.</summary>
    /// <param name="scene">What to paint.</param>
    /// <param name="size">The side of the square picture, in pixels.</param>
    public static Picture Draw(Scene scene, int size = DefaultSize)
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        using var bitmap = new SKBitmap(new SKImageInfo(size, size, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        canvas.Scale(size);
        new BackdropPainter(canvas, scene.Time, new Random(scene.Variant)).Paint(scene.Backdrop);
        var outline = scene.Time == TimeOfDay.Night ? Palette.LightOutline : Palette.DarkOutline;
        foreach (var thing in scene.Things.OrderBy(thing => thing.Y + thing.Radius))
        {
            Draw(canvas, thing, outline);
        }

        canvas.Flush();
        return ToPicture(bitmap.GetPixelSpan(), size);
    }

    private static void Draw(SKCanvas canvas, Thing thing, SKColor outline)
    {
        var variety = new Random(thing.Variant);
        canvas.Save();
        canvas.Translate(thing.X, thing.Y);
        canvas.Scale(thing.Radius);
        using (var ink = new Ink(canvas, Palette.Of(thing.Color, variety), outline))
        {
            DrawingOf(thing.Kind)(ink, variety);
        }

        canvas.Restore();
    }

    private static Action<Ink, Random> DrawingOf(ThingKind kind) => kind switch
    {
        ThingKind.House => GroundThings.House,
        ThingKind.Tree => GroundThings.Tree,
        ThingKind.Boat => GroundThings.Boat,
        ThingKind.Car => GroundThings.Car,
        ThingKind.Sun => SkyThings.Sun,
        ThingKind.Moon => SkyThings.Moon,
        ThingKind.Star => SkyThings.Star,
        ThingKind.Cloud => SkyThings.Cloud,
        ThingKind.Flower => GroundThings.Flower,
        ThingKind.Mountain => GroundThings.Mountain,
        ThingKind.Balloon => SkyThings.Balloon,
        ThingKind.Fish => GroundThings.Fish,
        ThingKind.Cat => GroundThings.Cat,
        ThingKind.Bird => SkyThings.Bird,
        ThingKind.Mushroom => GroundThings.Mushroom,
        ThingKind.Kite => SkyThings.Kite,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind of thing."),
    };

    private static Picture ToPicture(ReadOnlySpan<byte> rgba, int size)
    {
        var pixels = new byte[size * size * 3];
        for (int from = 0, to = 0; from < rgba.Length; from += BytesPerPixel, to += 3)
        {
            rgba.Slice(from, 3).CopyTo(pixels.AsSpan(to));
        }

        return new Picture(size, size, pixels);
    }
}
