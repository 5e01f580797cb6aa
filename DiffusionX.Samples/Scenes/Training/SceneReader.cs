using DiffusionX.Models.Clip;
using DiffusionX.Models.Common;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DiffusionX.Scenes.Training;

/// <summary>A text encoder with the questions that it learns from, which are thrown away afterwards.</summary>
internal sealed class SceneReader : nn.Module
{
    private const double SettingWeight = 0.25;
    private const double SizeWeight = 0.25;
    private const double PlaceWeight = 4;

    private readonly Linear states;
    private readonly Linear sizes;
    private readonly Linear places;
    private readonly Linear backdrops;
    private readonly Linear times;

    public SceneReader(ClipTextConfig config)
        : base(nameof(SceneReader))
    {
        Encoder = new ClipTextModel(config with { ProjectionDim = null });
        states = nn.Linear(config.HiddenSize, SceneLabels.Kinds * SceneLabels.States, device: ParameterPlacement.Here);
        sizes = nn.Linear(config.HiddenSize, SceneLabels.Kinds, device: ParameterPlacement.Here);
        places = nn.Linear(config.HiddenSize, SceneLabels.Kinds * 2, device: ParameterPlacement.Here);
        backdrops = nn.Linear(config.HiddenSize, SceneLabels.Backdrops, device: ParameterPlacement.Here);
        times = nn.Linear(config.HiddenSize, SceneLabels.Times, device: ParameterPlacement.Here);
        register_module("encoder", Encoder);
        register_module("states", states);
        register_module("sizes", sizes);
        register_module("places", places);
        register_module("backdrops", backdrops);
        register_module("times", times);
    }

    public ClipTextModel Encoder { get; }

    /// <summary>
    /// How wrong the answers are that captions allow. What a caption leaves open can only be guessed, which costs the same whatever is
    /// learned.
    /// </summary>
    /// <param name="prompts">The captions' ids, [B, L].</param>
    /// <param name="scenes">What the captions describe.</param>
    public Tensor Loss(Tensor prompts, IReadOnlyList<Scene> scenes)
    {
        using var scope = NewDisposeScope();
        var device = prompts.device;
        var pooled = Encoder.Pool(prompts, Encoder.LastHiddenState(prompts));
        var present = SceneLabels.Present(scenes, device);
        var state = F.cross_entropy(states.forward(pooled).view(-1, SceneLabels.States), SceneLabels.StatesOfKinds(scenes, device).flatten());
        var size = F.binary_cross_entropy_with_logits(sizes.forward(pooled), SceneLabels.Large(scenes, device), weight: present);
        var place = ((places.forward(pooled).view(-1, SceneLabels.Kinds, 2) - SceneLabels.Places(scenes, device)).square() * present.unsqueeze(2)).mean();
        var setting = F.cross_entropy(backdrops.forward(pooled), SceneLabels.BackdropsOf(scenes, device)) + F.cross_entropy(times.forward(pooled), SceneLabels.TimesOf(scenes, device));
        return (state + (SizeWeight * size) + (PlaceWeight * place) + (SettingWeight * setting)).MoveToOuterDisposeScope();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Encoder.Dispose();
            foreach (var question in new[] { states, sizes, places, backdrops, times })
            {
                question.Dispose();
            }
        }

        base.Dispose(disposing);
    }
}
