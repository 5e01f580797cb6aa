namespace DiffusionX.Cli.Help;

/// <summary>A command whose help ends with examples.</summary>
internal interface IHasExamples
{
    IReadOnlyList<Example> Examples { get; }
}
