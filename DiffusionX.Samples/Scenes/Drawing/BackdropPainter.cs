using SkiaSharp;

namespace DiffusionX.Scenes.Drawing;

/// <summary>Paints what lies behind the things, in a square of side 1.</summary>
internal sealed class BackdropPainter(SKCanvas canvas, TimeOfDay time, Random variety)
{
    private const float Horizon = 0.58f;
    private const float HorizonVariation = 0.04f;

    public void Paint(BackdropKind backdrop)
    {
        if (SceneSampler.IsPlain(backdrop))
        {
            canvas.Clear(PlainColor(backdrop));
            return;
        }

        var horizon = Horizon + (((variety.NextSingle() * 2) - 1) * HorizonVariation);
        Sky(horizon);
        switch (backdrop)
        {
            case BackdropKind.Meadow: Meadow(horizon); break;
            case BackdropKind.Beach: Beach(horizon); break;
            case BackdropKind.Snow: Snow(horizon); break;
            case BackdropKind.Desert: Desert(horizon); break;
            case BackdropKind.City: City(horizon); break;
            default: Sea(horizon); break;
        }
    }

    private static SKColor PlainColor(BackdropKind backdrop) => backdrop switch
    {
        BackdropKind.PlainGrey => new SKColor(0xc9, 0xcb, 0xd0),
        BackdropKind.PlainCream => new SKColor(0xf1, 0xe6, 0xcc),
        _ => new SKColor(0x9c, 0xcd, 0xc9),
    };

    private void Sky(float horizon)
    {
        var (top, low) = Palette.Sky(time);
        using var shader = SKShader.CreateLinearGradient(new SKPoint(0, 0), new SKPoint(0, horizon), [top, low], SKShaderTileMode.Clamp);
        using var paint = new SKPaint { Shader = shader };
        canvas.DrawRect(0, 0, 1, 1, paint);
    }

    private void Meadow(float horizon)
    {
        Hill(0.25f + (variety.NextSingle() * 0.5f), horizon + 0.32f, 0.85f, 0.36f, new SKColor(0xb5, 0xd8, 0x9b));
        Ground(horizon + 0.08f, new SKColor(0xc8, 0xe3, 0xac));
    }

    private void Beach(float horizon)
    {
        Ground(horizon, new SKColor(0x9f, 0xd0, 0xe0));
        Ground(horizon + 0.12f, new SKColor(0xf0, 0xe0, 0xb6));
    }

    private void Snow(float horizon)
    {
        Hill(0.3f + (variety.NextSingle() * 0.4f), horizon + 0.36f, 0.8f, 0.4f, new SKColor(0xcd, 0xdd, 0xee));
        Ground(horizon + 0.1f, new SKColor(0xdd, 0xe8, 0xf4));
    }

    private void Desert(float horizon)
    {
        Hill(0.2f + (variety.NextSingle() * 0.2f), horizon + 0.22f, 0.5f, 0.26f, new SKColor(0xdf, 0xb9, 0x84));
        Hill(0.75f + (variety.NextSingle() * 0.2f), horizon + 0.24f, 0.55f, 0.25f, new SKColor(0xe2, 0xbf, 0x8c));
        Ground(horizon + 0.07f, new SKColor(0xe8, 0xcb, 0x9c));
    }

    private void City(float horizon)
    {
        using var paint = Plain(new SKColor(0xb3, 0xb8, 0xc6));
        for (var left = 0f; left < 1;)
        {
            var width = 0.1f + (variety.NextSingle() * 0.06f);
            var top = horizon - 0.08f - (variety.NextSingle() * 0.2f);
            canvas.DrawRect(left, top, width, 1 - top, paint);
            left += width + 0.015f;
        }

        Ground(horizon + 0.05f, new SKColor(0xcf, 0xcf, 0xd4));
    }

    private void Sea(float horizon)
    {
        Ground(horizon, new SKColor(0x8d, 0xc0, 0xdc));
        Ground(horizon + 0.2f, new SKColor(0x7d, 0xb3, 0xd3));
    }

    private void Ground(float top, SKColor byDay)
    {
        using var paint = Plain(byDay);
        canvas.DrawRect(0, top, 1, 1 - top, paint);
    }

    private void Hill(float x, float y, float radiusX, float radiusY, SKColor byDay)
    {
        using var paint = Plain(byDay);
        canvas.DrawOval(x, y, radiusX, radiusY, paint);
    }

    private SKPaint Plain(SKColor byDay) => new() { Color = Palette.Lit(byDay, time), IsAntialias = true };
}
