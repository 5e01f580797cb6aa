using SkiaSharp;

namespace DiffusionX.Scenes.Drawing;

/// <summary>
/// Draws one thing in its own box, from (-1, -1) at the top left to (1, 1) at the bottom right: areas of its colour with an outline, and
/// small accents.
/// </summary>
internal sealed class Ink : IDisposable
{
    private const float OutlineWidth = 0.09f;

    private readonly SKCanvas canvas;
    private readonly SKPaint fill;
    private readonly SKPaint outline;
    private readonly SKPaint accent;
    private readonly SKPaint line;

    public Ink(SKCanvas canvas, SKColor color, SKColor outlineColor)
    {
        this.canvas = canvas;
        fill = new SKPaint { Color = color, IsAntialias = true };
        outline = Stroke(outlineColor, OutlineWidth);
        accent = new SKPaint { Color = Palette.Mix(color, Palette.DarkOutline, 0.55f), IsAntialias = true };
        line = Stroke(Palette.Mix(outlineColor, color, 0.25f), OutlineWidth);
    }

    /// <summary>A closed shape through points.</summary>
    public void Polygon(params ReadOnlySpan<(float X, float Y)> corners)
    {
        using var path = Path(corners);
        Area(path);
    }

    /// <summary>A closed, filled and outlined shape.</summary>
    public void Area(SKPath path)
    {
        canvas.DrawPath(path, fill);
        canvas.DrawPath(path, outline);
    }

    /// <summary>Several shapes as one: the outline runs around all of them.</summary>
    public void Union(params ReadOnlySpan<(float X, float Y, float Radius)> circles)
    {
        foreach (var (x, y, radius) in circles)
        {
            canvas.DrawCircle(x, y, radius, outline);
        }

        foreach (var (x, y, radius) in circles)
        {
            canvas.DrawCircle(x, y, radius, fill);
        }
    }

    public void Circle(float x, float y, float radius) => Ellipse(x, y, radius, radius);

    public void Ellipse(float x, float y, float radiusX, float radiusY)
    {
        canvas.DrawOval(x, y, radiusX, radiusY, fill);
        canvas.DrawOval(x, y, radiusX, radiusY, outline);
    }

    public void Box(float left, float top, float right, float bottom)
    {
        canvas.DrawRect(new SKRect(left, top, right, bottom), fill);
        canvas.DrawRect(new SKRect(left, top, right, bottom), outline);
    }

    /// <summary>A small area in a darker tone of the thing's colour.</summary>
    public void AccentBox(float left, float top, float right, float bottom) => canvas.DrawRect(new SKRect(left, top, right, bottom), accent);

    public void AccentCircle(float x, float y, float radius) => canvas.DrawCircle(x, y, radius, accent);

    /// <summary>A thin line between points.</summary>
    public void Line(params ReadOnlySpan<(float X, float Y)> points)
    {
        for (var i = 1; i < points.Length; i++)
        {
            canvas.DrawLine(points[i - 1].X, points[i - 1].Y, points[i].X, points[i].Y, line);
        }
    }

    /// <summary>The points of a star or a sun: around a centre, outer and inner radius in turn, the first at the top.</summary>
    public static (float X, float Y)[] Spikes(int count, float outer, float inner) => [.. Enumerable.Range(0, 2 * count).Select(i =>
    {
        var (sine, cosine) = MathF.SinCos(MathF.PI * i / count);
        var radius = i % 2 == 0 ? outer : inner;
        return (sine * radius, -cosine * radius);
    })];

    public void Dispose()
    {
        fill.Dispose();
        outline.Dispose();
        accent.Dispose();
        line.Dispose();
    }

    private static SKPaint Stroke(SKColor color, float width) => new()
    {
        Color = color,
        IsAntialias = true,
        IsStroke = true,
        StrokeWidth = width,
        StrokeJoin = SKStrokeJoin.Round,
        StrokeCap = SKStrokeCap.Round,
    };

    private static SKPath Path(ReadOnlySpan<(float X, float Y)> corners)
    {
        using var builder = new SKPathBuilder();
        builder.MoveTo(corners[0].X, corners[0].Y);
        foreach (var (x, y) in corners[1..])
        {
            builder.LineTo(x, y);
        }

        builder.Close();
        return builder.Detach();
    }
}
