using System.CommandLine;
using DiffusionX.Cli.Help;
using DiffusionX.Evaluation.Prompts;

namespace DiffusionX.Cli.Prompts;

/// <summary><c>diffusionx prompts coco</c>: sessions that grow to captions of COCO.</summary>
internal sealed class PromptsCocoCommand : Command, IHasExamples
{
    private readonly Option<string> captions = new("--captions") { Description = "COCO's captions, such as annotations/captions_val2017.json.", Required = true };
    private readonly PromptSetOptions options;

    public PromptsCocoCommand()
        : base("coco", "Sessions that grow to a caption of COCO: the object, its attributes, the setting, the whole caption; or that change a word at last.")
    {
        Add(captions);
        options = new PromptSetOptions(this);
        SetAction((parsed, cancellationToken) => Task.Run(() => Program(parsed).Run(cancellationToken), CancellationToken.None));
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx prompts coco --captions captions_val2017.json --out prompts.jsonl --sessions 400 --rounds 3 --seed 1", "The 400 sessions that reports are made with"),
    ];

    private PromptSetProgram Program(ParseResult parsed)
    {
        var path = parsed.GetRequiredValue(captions);
        return new PromptSetProgram(parsed.GetRequiredValue(options.Output), path, cancellationToken => CocoSessions.Draw(
            Stoppable(CocoCaptions.Read(path), cancellationToken), parsed.GetValue(options.Sessions), parsed.GetValue(options.Rounds), parsed.GetValue(options.Seed)));
    }

    private static IEnumerable<CocoCaption> Stoppable(IEnumerable<CocoCaption> captions, CancellationToken cancellationToken)
    {
        foreach (var caption in captions)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return caption;
        }
    }
}
