using DiffusionX.Imaging;
using DiffusionX.Tokenizers;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>Scenes as what models take.</summary>
internal static class SceneBatch
{
    /// <summary>The pictures in [-1, 1], [B, 3, H, W].</summary>
    public static Tensor Images(IReadOnlyList<ScenePicture> scenes, Device device)
    {
        using var scope = NewDisposeScope();
        return cat([.. scenes.Select(scene => scene.Picture.ToTensor(PixelRange.MinusOneToOne))], 0).to(device).MoveToOuterDisposeScope();
    }

    /// <summary>The pictures as CLIP's image encoder takes them, [B, 3, H, W].</summary>
    public static Tensor PixelValues(IReadOnlyList<ScenePicture> scenes, Device device)
    {
        using var scope = NewDisposeScope();
        return cat([.. scenes.Select(scene => ClipPreprocessing.ToPixelValues(scene.Picture, scene.Picture.Width))], 0).to(device).MoveToOuterDisposeScope();
    }

    /// <summary>Prompts as ids, [B, L], int64, as long as the tokenizer makes them.</summary>
    public static Tensor Prompts(IEnumerable<string> prompts, ClipTokenizer tokenizer, Device device)
    {
        using var scope = NewDisposeScope();
        return stack(prompts.Select(prompt => tensor(tokenizer.EncodePadded(prompt)))).to(device).MoveToOuterDisposeScope();
    }

    /// <summary>The captions' ids, [B, L], int64, L the longest of them: what lies behind the end of a text changes nothing about it.</summary>
    public static Tensor ShortPrompts(IReadOnlyList<ScenePicture> scenes, ClipTokenizer tokenizer, Device device)
    {
        using var all = Prompts(scenes.Select(scene => scene.Caption), tokenizer, device);
        var longest = scenes.Max(scene => Math.Min(tokenizer.CountTokens(scene.Caption), tokenizer.MaxLength));
        return all.narrow(1, 0, longest).contiguous();
    }
}
