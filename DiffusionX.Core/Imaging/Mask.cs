using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Imaging;

/// <summary>Which pixels of a picture are to be redrawn. It never changes, so threads can share it.</summary>
public sealed class Mask
{
    private readonly bool[] redrawn;

    /// <summary>Makes a mask from a copy of <paramref name="redrawn"/>.</summary>
    /// <param name="width">In pixels, at least 1.</param>
    /// <param name="height">In pixels, at least 1.</param>
    /// <param name="redrawn">Row by row from the top left: width × height values.</param>
    /// <exception cref="ArgumentException">The size is not positive, or the number of values does not match it.</exception>
    public Mask(int width, int height, ReadOnlySpan<bool> redrawn)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (redrawn.Length != (long)width * height)
        {
            throw new ArgumentException($"{redrawn.Length} values do not make a mask of {width} × {height} pixels.", nameof(redrawn));
        }

        Width = width;
        Height = height;
        this.redrawn = redrawn.ToArray();
    }

    /// <summary>The width in pixels.</summary>
    public int Width { get; }

    /// <summary>The height in pixels.</summary>
    public int Height { get; }

    /// <summary>Whether a pixel is to be redrawn: row by row from the top left, width × height values.</summary>
    public ReadOnlySpan<bool> Redrawn => redrawn;

    /// <summary>
    /// Reads a mask from a picture's file, of the formats that <see cref="Picture.Load"/> reads. A picture with transparent pixels is
    /// redrawn where it is transparent, as OpenAI's edits have it; one without is redrawn where it is white, as diffusers and A1111 have
    /// it: where its brightness is a half or more.
    /// </summary>
    /// <exception cref="PictureException">The file can't be read, is damaged or of another format; the message names it.</exception>
    public static Mask Load(string path) => Decode(PictureFile.Read(path), path);

    /// <summary>Decodes a mask in memory, as <see cref="Load"/> does.</summary>
    /// <exception cref="PictureException">The bytes are empty, damaged or of another format.</exception>
    public static Mask Decode(ReadOnlySpan<byte> encoded) => Decode(encoded, "The mask");

    /// <summary>The mask in another size; a pixel is taken from the place that its top left corner falls on.</summary>
    /// <param name="width">In pixels, at least 1.</param>
    /// <param name="height">In pixels, at least 1.</param>
    public Mask Resize(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if ((width, height) == (Width, Height))
        {
            return this;
        }

        var resized = new bool[checked(width * height)];
        for (var y = 0; y < height; y++)
        {
            var row = redrawn.AsSpan((int)((long)y * Height / height) * Width, Width);
            for (var x = 0; x < width; x++)
            {
                resized[(y * width) + x] = row[(int)((long)x * Width / width)];
            }
        }

        return new Mask(width, height, resized);
    }

    /// <summary>A mask by which nothing is redrawn.</summary>
    /// <param name="width">In pixels, at least 1.</param>
    /// <param name="height">In pixels, at least 1.</param>
    public static Mask Empty(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        return new Mask(width, height, new bool[checked(width * height)]);
    }

    /// <summary>
    /// The mask on a larger canvas, all of which is redrawn beside it: what outpainting needs, as <see cref="Picture.Extend"/> has the
    /// picture.
    /// </summary>
    /// <param name="left">Pixels that are added at the left, at least 0.</param>
    /// <param name="top">Pixels above.</param>
    /// <param name="right">Pixels at the right.</param>
    /// <param name="bottom">Pixels below.</param>
    /// <exception cref="ArgumentException">A number is negative, or a side becomes longer than <see cref="Picture.MaxSide"/>.</exception>
    public Mask Extend(int left, int top, int right, int bottom)
    {
        var (width, height) = Canvas.Extend(Width, Height, left, top, right, bottom);
        var extended = new bool[width * height];
        Array.Fill(extended, true);
        for (var y = 0; y < Height; y++)
        {
            redrawn.AsSpan(y * Width, Width).CopyTo(extended.AsSpan(((y + top) * width) + left));
        }

        return new Mask(width, height, extended);
    }

    /// <summary>
    /// The mask of the latent of a picture of this size: of each square of pixels the one at its top left decides, as in diffusers'
    /// <c>prepare_mask_latents</c>.
    /// </summary>
    /// <param name="pixelsPerLatent">How many pixels a latent position is wide: 8 in Stable Diffusion.</param>
    /// <exception cref="ArgumentException">The sides are no multiples of <paramref name="pixelsPerLatent"/>.</exception>
    public Mask ToLatent(int pixelsPerLatent = 8)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pixelsPerLatent);
        return Width % pixelsPerLatent == 0 && Height % pixelsPerLatent == 0
            ? Resize(Width / pixelsPerLatent, Height / pixelsPerLatent)
            : throw new ArgumentException($"A mask of {Width} × {Height} has no latent of whole positions: its sides have to be multiples of {pixelsPerLatent}.");
    }

    /// <summary>The mask as a float32 tensor [1, 1, H, W] on the CPU: 1 where it is redrawn, 0 where it is kept.</summary>
    /// <exception cref="TorchUnavailableException">libtorch can't be loaded.</exception>
    public Tensor ToTensor()
    {
        TorchRuntime.EnsureLoaded();
        return tensor(Array.ConvertAll(redrawn, each => each ? 1f : 0f), [1, 1, Height, Width]);
    }

    /// <summary>
    /// The mask in one bit a pixel, row after row without a gap, the first pixel in the highest bit: NumPy's <c>packbits</c>.
    /// </summary>
    public byte[] Pack()
    {
        var packed = new byte[PackedLength(Width, Height)];
        for (var i = 0; i < redrawn.Length; i++)
        {
            packed[i / 8] |= (byte)(redrawn[i] ? 0x80 >> (i % 8) : 0);
        }

        return packed;
    }

    /// <summary>A mask from what <see cref="Pack"/> gave.</summary>
    /// <exception cref="ArgumentException">The size is not positive, or the number of bytes does not match it.</exception>
    public static Mask Unpack(int width, int height, ReadOnlySpan<byte> packed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (packed.Length != PackedLength(width, height))
        {
            throw new ArgumentException($"{packed.Length} bytes do not make a mask of {width} × {height}, which takes {PackedLength(width, height)}.", nameof(packed));
        }

        var redrawn = new bool[width * height];
        for (var i = 0; i < redrawn.Length; i++)
        {
            redrawn[i] = (packed[i / 8] & (0x80 >> (i % 8))) != 0;
        }

        return new Mask(width, height, redrawn);
    }

    private static long PackedLength(int width, int height) => (((long)width * height) + 7) / 8;

    private static Mask Decode(ReadOnlySpan<byte> encoded, string name)
    {
        var picture = PictureCodec.DecodeTransparent(encoded, name);
        var hasTransparency = picture.HasTransparency();
        var redrawn = new bool[picture.Width * picture.Height];
        for (var y = 0; y < picture.Height; y++)
        {
            for (var x = 0; x < picture.Width; x++)
            {
                redrawn[(y * picture.Width) + x] = hasTransparency ? picture[x, y][3] < 128 : Brightness(picture[x, y]) >= 128;
            }
        }

        return new Mask(picture.Width, picture.Height, redrawn);
    }

    /// <summary>Whether anything is redrawn.</summary>
    internal bool IsEmpty => !redrawn.AsSpan().Contains(true);

    // ITU-R 601-2 luma in fixed point, as Pillow's mode L.
    private static int Brightness(ReadOnlySpan<byte> rgba) => ((rgba[0] * 19595) + (rgba[1] * 38470) + (rgba[2] * 7471) + 0x8000) >> 16;
}

/// <summary>What pictures and masks are put on.</summary>
internal static class Canvas
{
    /// <summary>The size of a canvas that is larger by margins.</summary>
    /// <exception cref="ArgumentException">A margin is negative, or a side too long.</exception>
    public static (int Width, int Height) Extend(int width, int height, int left, int top, int right, int bottom)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(left);
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        ArgumentOutOfRangeException.ThrowIfNegative(right);
        ArgumentOutOfRangeException.ThrowIfNegative(bottom);
        var (wide, high) = ((long)width + left + right, (long)height + top + bottom);
        return wide <= Picture.MaxSide && high <= Picture.MaxSide
            ? ((int)wide, (int)high)
            : throw new ArgumentException($"The canvas would have {wide} × {high} pixels; a side has at most {Picture.MaxSide}.");
    }
}
