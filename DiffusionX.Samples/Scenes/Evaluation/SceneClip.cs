using DiffusionX.Evaluation;
using DiffusionX.Evaluation.Quality;
using DiffusionX.Imaging;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Evaluation;

/// <summary>The scenes' CLIP as a judge of how well pictures fit captions.</summary>
internal sealed class SceneClip(ScenesFolder weights) : IDisposable
{
    private const int AtOnce = 64;

    private readonly ClipScorer clip = ClipScorer.Load(weights.Clip, "scenes CLIP");

    /// <summary>The mean cosine between pictures and their captions.</summary>
    public double Score(IReadOnlyList<Picture> pictures, IReadOnlyList<string> captions)
    {
        using var noGradient = inference_mode();
        using var scope = NewDisposeScope();
        return ClipScore.Mean(Embed(pictures), Embed(captions));
    }

    /// <summary>In which share of cases a caption is nearest to its own picture, among as many pictures as there are in a group.</summary>
    public double Retrieval(IReadOnlyList<Picture> pictures, IReadOnlyList<string> captions, int groupSize)
    {
        using var noGradient = inference_mode();
        using var scope = NewDisposeScope();
        var groups = pictures.Count / groupSize;
        var (images, texts) = (nn.functional.normalize(Embed(pictures)), nn.functional.normalize(Embed(captions)));
        var own = arange(groupSize, ScalarType.Int64);
        var hits = Enumerable.Range(0, groups).Sum(group =>
        {
            var (first, count) = (group * groupSize, groupSize);
            var nearest = texts.narrow(0, first, count).mm(images.narrow(0, first, count).t()).argmax(1);
            return nearest.eq(own).sum().item<long>();
        });
        return hits / (double)(groups * groupSize);
    }

    /// <inheritdoc/>
    public void Dispose() => clip.Dispose();

    private Tensor Embed(IReadOnlyList<Picture> pictures) => cat([.. pictures.Chunk(AtOnce).Select(clip.Embed)], 0);

    private Tensor Embed(IReadOnlyList<string> captions) => cat([.. captions.Chunk(AtOnce).Select(clip.Embed)], 0);
}
