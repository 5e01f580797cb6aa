using DiffusionX.Checkpoints;
using DiffusionX.Scenes;
using DiffusionX.Scenes.Judging;

namespace DiffusionX.Tests.Evaluation.Quality;

/// <summary>A scenes judge that learned nothing: its weights are hashes of their names.</summary>
internal static class MiniJudge
{
    public static void Write(string folder)
    {
        using var network = new JudgeNetwork();
        HashWeights.Fill(network);
        new ScenesFolder(folder).SaveJudge(network);
    }
}
