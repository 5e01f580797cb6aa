using DiffusionX.Checkpoints;
using DiffusionX.Evaluation.Quality;
using DiffusionX.Imaging;
using DiffusionX.Scenes.Captions;
using DiffusionX.Scenes.Judging;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Evaluation;

/// <summary>
/// The share of a prompt's things that the scenes' judge finds in the picture, each in its colour. A prompt that names nothing has no
/// score, which is NaN.
/// </summary>
internal sealed class JudgedFidelity : IPromptScorer
{
    private readonly SceneJudge judge;

    private JudgedFidelity(SceneJudge judge) => this.judge = judge;

    /// <inheritdoc/>
    public string Name => "scenes judge, things in their colours";

    /// <inheritdoc/>
    public string Resize => JudgeNetwork.Resize;

    /// <summary>With the judge of a folder of scenes models.</summary>
    /// <exception cref="CheckpointException">The file is missing, damaged, or holds something else.</exception>
    public static JudgedFidelity Load(ScenesFolder folder) => new(SceneJudge.Load(folder));

    /// <inheritdoc/>
    public Tensor Score(IReadOnlyList<Picture> pictures, IReadOnlyList<string> prompts)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(prompts);
        return tensor(judge.Judge(pictures).Zip(prompts, (verdict, prompt) => (float)verdict.Fidelity(CaptionReader.Read(prompt))).ToArray());
    }

    /// <inheritdoc/>
    public void Dispose() => judge.Dispose();
}
