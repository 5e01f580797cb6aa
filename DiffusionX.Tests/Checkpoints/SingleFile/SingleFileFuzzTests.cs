using DiffusionX.Checkpoints;
using DiffusionX.Fuzz.Targets;
using FsCheck;
using FsCheck.Fluent;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Checkpoints.SingleFile;

/// <summary>
/// Whatever names and shapes a file has: it is read as a model or a LoRA, or one exception of ours says why not. Configs that are derived
/// are within bounds.
/// </summary>
[TestFixture]
[NoTensorLeaks]
public sealed class SingleFileFuzzTests
{
    private static readonly Config Settings = Config.QuickThrowOnFailure.WithMaxTest(300).WithReplay(20261124, 7);

    private static readonly string[] Pieces =
    [
        "model.diffusion_model.", "first_stage_model.", "cond_stage_model.transformer.", "cond_stage_model.model.", "conditioner.embedders.1.model.", "input_blocks.", "output_blocks.",
        "middle_block.", "transformer.resblocks.", "text_model.encoder.layers.", "encoder.down.", "decoder.up.", "0.", "1.", "-1.", "999999999999999999999.", ".", "", "attn.in_proj_weight",
        "in_proj_bias", "text_projection", "op.weight", "proj_in.weight", "transformer_blocks.", "label_emb.", "norm.weight", "lora_unet_", "lora_te_", ".alpha", ".lora_down.weight", ".lora_up.weight",
    ];

    private static readonly long[][] Shapes = [[], [0], [1], [3], [32], [2, 2], [3, 0], [32, 32], [64, 32, 3, 3], [1, 1, 1, 1], [0, 1L << 40]];

    private TemporaryFolder folder = null!;
    private string[] real = null!;
    private Dictionary<string, long[]> shapes = null!;

    [OneTimeSetUp]
    public void MakeARealModel()
    {
        folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        shapes = MiniSingleFile.StableDiffusion2().ToDictionary(pair => pair.Key, pair => pair.Value.shape);
        real = [.. shapes.Keys];
    }

    [OneTimeTearDown]
    public void DeleteTheFolder() => folder.Dispose();

    [Test]
    public void A_model_of_which_tensors_are_missing_renamed_or_of_other_shapes_is_read_or_refused()
    {
        var changes = Gen.Zip(Gen.Choose(0, real.Length - 1), Gen.Choose(0, Shapes.Length + Pieces.Length)).ListOf();

        Check.One(Settings, Prop.ForAll(changes.ToArbitrary(), list => Open(Change(list))));
    }

    [Test]
    public void Tensors_named_by_pieces_of_real_names_are_read_or_refused()
    {
        var names = Gen.Elements(Pieces).ListOf().Select(pieces => string.Concat(pieces)).ListOf();
        var files = Gen.Zip(names, Gen.Elements(Shapes));

        Check.One(Settings, Prop.ForAll(files.ToArbitrary(), file => Open(file.Item1.Distinct().ToDictionary(name => name, _ => file.Item2))));
    }

    private Dictionary<string, long[]> Change(IEnumerable<(int Tensor, int Change)> changes)
    {
        var changed = new Dictionary<string, long[]>(shapes);
        foreach (var (tensor, change) in changes)
        {
            var name = real[tensor];
            if (change == 0)
            {
                changed.Remove(name);
            }
            else if (change <= Shapes.Length)
            {
                changed[name] = Shapes[change - 1];
            }
            else if (changed.Remove(name, out var shape))
            {
                changed[name + Pieces[change - Shapes.Length - 1]] = shape;
            }
        }

        return changed;
    }

    private void Open(Dictionary<string, long[]> tensors)
    {
        using var scope = NewDisposeScope();
        var path = folder.File("fuzzed.safetensors");
        SafetensorsWriter.Save(path, tensors.ToDictionary(pair => pair.Key, pair => zeros(pair.Value, ScalarType.Byte)));
        WeightTargets.ReadWeights(path);
    }
}
