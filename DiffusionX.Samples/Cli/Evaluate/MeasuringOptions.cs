using System.CommandLine;

namespace DiffusionX.Cli.Evaluate;

/// <summary>What pictures are measured with.</summary>
internal sealed class MeasuringOptions
{
    private readonly Option<string?> inception = new("--inception") { Description = "pytorch-fid's Inception weights as a .safetensors file, for FID and, if it has the classifier, the Inception Score." };
    private readonly Option<string?> judge = new("--judge") { Description = "A folder of scenes models, whose judge takes Inception's place; its figures are named so." };
    private readonly Option<string?> clip = new("--clip") { Description = "A CLIP, in transformers' layout or as text_encoder, image_encoder and tokenizer, for the CLIP score." };
    private readonly Option<string> device = new("--measuring-device") { Description = "Where these compute: cpu, cuda, cuda:1 …", DefaultValueFactory = _ => "cpu" };

    public MeasuringOptions(Command command)
    {
        foreach (var option in new Option[] { inception, judge, clip, device })
        {
            command.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetValue(inception) is not null && result.GetValue(judge) is not null)
            {
                result.AddError("--inception and --judge describe pictures in different ways, whose figures do not compare; give one of them.");
            }
            else if (new[] { inception, judge, clip }.All(option => result.GetValue(option) is null))
            {
                result.AddError("There is nothing to measure with: give --inception or --judge, --clip, or both.");
            }
        });
    }

    public MeasuringModels Read(ParseResult parsed) => new()
    {
        Inception = parsed.GetValue(inception),
        Judge = parsed.GetValue(judge),
        Clip = parsed.GetValue(clip),
        Device = parsed.GetRequiredValue(device),
    };
}
