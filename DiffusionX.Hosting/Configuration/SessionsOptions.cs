namespace DiffusionX.Hosting.Configuration;

/// <summary>How a host keeps its edge sessions.</summary>
public sealed class SessionsOptions
{
    /// <summary>The model that draws previews; null for the cloud's <see cref="CloudOptions.Edge"/>, or else the first model.</summary>
    public string? Model { get; set; }

    /// <summary>
    /// The folder that sessions are saved in, round by round, so that they survive a restart. Null keeps them in memory alone.
    /// </summary>
    public string? Folder { get; set; }

    /// <summary>Sessions at once, those in the folder included; further ones are refused.</summary>
    public int MaxSessions { get; set; } = 1000;

    /// <summary>Rounds of one session.</summary>
    public int MaxRounds { get; set; } = 200;

    /// <summary>
    /// How long a session that nobody uses stays open. Then it is closed: one that is saved is opened again when it is asked for, one in
    /// memory alone is gone.
    /// </summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Looks at a round or a refinement while it is drawn, about evenly over its steps.</summary>
    public int Previews { get; set; } = 4;

    /// <summary>
    /// Whether clients choose where their drafts are refined, and over which imitated link. Off, since the host connects to where they say:
    /// for hosts that serve nobody but this machine.
    /// </summary>
    public bool ClientsChooseCloud { get; set; }

    /// <summary>The learned predictor of how much noise a change of prompt needs (<c>train strength</c>); null for a rule.</summary>
    public string? StrengthFolder { get; set; }
}
