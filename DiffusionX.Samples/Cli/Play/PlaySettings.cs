using DiffusionX.Cli.Arguments;
using DiffusionX.Cli.Shipped;
using DiffusionX.Pipeline;
using DiffusionX.Transport.Tcp;
using DiffusionX.Transport.Throttling;

namespace DiffusionX.Cli.Play;

/// <summary>What the user asked <c>diffusionx play</c> for.</summary>
internal sealed record PlaySettings
{
    public required string EdgeFolder { get; init; }

    public required DiffusionModelOptions Edge { get; init; }

    /// <summary>The model that refines; null where a server has one and nobody knows which.</summary>
    public string? CloudFolder { get; init; }

    public required DiffusionModelOptions Cloud { get; init; }

    /// <summary>The LoRAs of the model that refines; none for those of the drafting one.</summary>
    public IReadOnlyList<LoraSelection> CloudLoras { get; init; } = [];

    /// <summary>Where the LoRAs lie that prompts name; null to leave them out.</summary>
    public LoraFolder? LoraFolder { get; init; }

    /// <summary>The server that refines; null to do it in this process.</summary>
    public TcpTransportOptions? Server { get; init; }

    public string? Token { get; init; }

    /// <summary>The link that is imitated between the two.</summary>
    public required LinkProfile Link { get; init; }

    /// <summary>What predicts strengths; the cloud's is the server's own where there is one.</summary>
    public required StrengthFolders Strengths { get; init; }

    public long Seed { get; init; }

    /// <summary>Steps of previews, if not the model's own number.</summary>
    public int? Steps { get; init; }

    /// <summary>Which part of the refinement's steps the drafting model takes; null for none.</summary>
    public double? RelayShare { get; init; }

    /// <summary>The quality that planned refinements have at least; null to plan none.</summary>
    public double? PlannedQuality { get; init; }

    /// <summary>Whether previews are refined while the user still looks at them.</summary>
    public bool RefinesAhead { get; init; }

    /// <summary>A file with what to type; null to ask the user.</summary>
    public string? Script { get; init; }

    /// <summary>A saved session to go on with.</summary>
    public string? Session { get; init; }

    /// <summary>The folder for pictures.</summary>
    public required string OutputFolder { get; init; }

    public bool DrawsInTerminal { get; init; }
}
