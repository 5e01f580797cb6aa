using DiffusionX.Imaging;
using DiffusionX.Scenes.Streams;
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

    /// <summary>
    /// Prompts as ids, [B, L], int64, L the longest of them: what lies behind the end of a text changes nothing about it.
    /// </summary>
    public static Tensor ShortPrompts(IReadOnlyList<string> prompts, ClipTokenizer tokenizer, Device device)
    {
        int[][] encoded = [.. prompts.Select(tokenizer.Encode)];
        var ids = new long[encoded.Length, encoded.Max(prompt => prompt.Length)];
        for (var row = 0; row < ids.GetLength(0); row++)
        {
            for (var column = 0; column < ids.GetLength(1); column++)
            {
                ids[row, column] = column < encoded[row].Length ? encoded[row][column] : tokenizer.PadToken;
            }
        }

        return tensor(ids, device: device);
    }

    /// <summary>Prompts as BERT reads them: their ids and the mask that tells what is text, [B, L] each, int64.</summary>
    public static (Tensor Ids, Tensor Mask) Read(IReadOnlyList<string> prompts, BertTokenizer tokenizer, Device device)
    {
        using var scope = NewDisposeScope();
        var encodings = prompts.Select(prompt => tokenizer.EncodePadded(prompt, ScenesModels.PromptLength)).ToArray();
        var ids = stack(encodings.Select(encoding => tensor(encoding.Ids))).to(device);
        var mask = stack(encodings.Select(encoding => tensor(encoding.AttentionMask))).to(device);
        return (ids.MoveToOuterDisposeScope(), mask.MoveToOuterDisposeScope());
    }
}
