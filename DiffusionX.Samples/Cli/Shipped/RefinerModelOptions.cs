using System.CommandLine;
using DiffusionX.Cli.Arguments;
using DiffusionX.Pipeline;

namespace DiffusionX.Cli.Shipped;

/// <summary>The model that refines other devices' drafts, and how it is loaded: of a server, or of a fleet's worker.</summary>
internal sealed class RefinerModelOptions
{
    private readonly Option<string?> model = new("--model", "-m") { Description = "The model that refines: a folder in diffusers' layout. Without it, the large one that comes with the program." };
    private readonly Option<string?> variant = new("--variant") { Description = "The variant of the weights, such as fp16." };
    private readonly Option<string[]> loras = new("--lora") { Arity = ArgumentArity.OneOrMore, DefaultValueFactory = _ => [] };
    private readonly Option<string> device = new("--device") { Description = "cpu, cuda, cuda:1 …", DefaultValueFactory = _ => "cpu" };
    private readonly Option<Precision> precision = new("--precision") { Description = "The numbers that it computes with." };
    private readonly HalfWeightsOption halfWeights = new();
    private readonly Option<int?> maxBatch = new("--max-batch");

    /// <param name="command">Gets the options.</param>
    /// <param name="loras">What clients may do with the LoRAs.</param>
    /// <param name="maxBatch">What the most at once is.</param>
    public RefinerModelOptions(Command command, string loras, string maxBatch)
    {
        this.loras.Description = $"A LoRA that clients may ask for, .safetensors. {loras} The option can be given several times.";
        this.maxBatch.Description = $"{maxBatch} Without it, as many as pay on this machine, which is measured once.";
        foreach (var option in new Option[] { model, variant, this.loras, device, precision, halfWeights, this.maxBatch })
        {
            command.Add(option);
        }
    }

    /// <summary>Whether it is the one that comes with the program.</summary>
    public bool IsShipped(ParseResult parsed) => parsed.GetValue(model) is null;

    /// <summary>Its folder.</summary>
    public string Folder(ParseResult parsed) => parsed.GetValue(model) ?? ShippedModels.Find(ShippedModels.Cloud);

    /// <summary>The files of the LoRAs that clients may ask for.</summary>
    public IReadOnlyList<string> Loras(ParseResult parsed) => parsed.GetRequiredValue(loras);

    /// <summary>How it is loaded.</summary>
    public DiffusionModelOptions Read(ParseResult parsed) => new()
    {
        Device = parsed.GetRequiredValue(device),
        Precision = parsed.GetValue(precision),
        HalfPrecisionWeights = parsed.GetValue(halfWeights),
        Variant = parsed.GetValue(variant),
        MaxBatch = parsed.GetValue(maxBatch),
    };
}
