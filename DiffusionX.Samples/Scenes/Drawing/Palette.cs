using SkiaSharp;

namespace DiffusionX.Scenes.Drawing;

/// <summary>
/// The colours that scenes are painted with: things strong, backdrops soft, so that every thing stands out before every backdrop.
/// </summary>
internal static class Palette
{
    private const float ShadeVariation = 0.06f;

    public static readonly SKColor DarkOutline = new(0x26, 0x26, 0x3a);
    public static readonly SKColor LightOutline = new(0xe9, 0xe6, 0xd8);

    private static readonly SKColor SunsetTint = new(0xe0, 0x7a, 0x5a);
    private static readonly SKColor NightTint = new(0x1c, 0x22, 0x44);

    /// <summary>The paint of a thing, a little lighter or darker each time.</summary>
    public static SKColor Of(ThingColor color, Random variety)
    {
        var shade = ((variety.NextSingle() * 2) - 1) * ShadeVariation;
        var paint = Of(color);
        return shade < 0 ? Mix(paint, SKColors.Black, -shade) : Mix(paint, SKColors.White, shade);
    }

    /// <summary>The colour of a part of a backdrop at a time of day.</summary>
    public static SKColor Lit(SKColor byDay, TimeOfDay time) => time switch
    {
        TimeOfDay.Sunset => Mix(byDay, SunsetTint, 0.3f),
        TimeOfDay.Night => Mix(byDay, NightTint, 0.68f),
        _ => byDay,
    };

    /// <summary>The sky, from its top to the horizon.</summary>
    public static (SKColor Top, SKColor Horizon) Sky(TimeOfDay time) => time switch
    {
        TimeOfDay.Sunset => (new SKColor(0xb9, 0x8f, 0xb8), new SKColor(0xfb, 0xc9, 0x92)),
        TimeOfDay.Night => (new SKColor(0x16, 0x1b, 0x3d), new SKColor(0x34, 0x3f, 0x6b)),
        _ => (new SKColor(0xb4, 0xdb, 0xf0), new SKColor(0xe2, 0xf1, 0xf7)),
    };

    public static SKColor Mix(SKColor one, SKColor other, float share) => new(
        Mix(one.Red, other.Red, share), Mix(one.Green, other.Green, share), Mix(one.Blue, other.Blue, share));

    private static byte Mix(byte one, byte other, float share) => (byte)MathF.Round(one + ((other - one) * share));

    private static SKColor Of(ThingColor color) => color switch
    {
        ThingColor.Red => new SKColor(0xdc, 0x2b, 0x30),
        ThingColor.Orange => new SKColor(0xf5, 0x85, 0x1a),
        ThingColor.Yellow => new SKColor(0xfa, 0xd9, 0x22),
        ThingColor.Green => new SKColor(0x2f, 0x9a, 0x43),
        ThingColor.Blue => new SKColor(0x24, 0x5f, 0xdb),
        ThingColor.Purple => new SKColor(0x84, 0x32, 0xa8),
        ThingColor.Pink => new SKColor(0xf7, 0x86, 0xbd),
        ThingColor.White => new SKColor(0xfb, 0xfb, 0xfb),
        _ => throw new ArgumentOutOfRangeException(nameof(color), color, "Not a colour of things."),
    };
}
