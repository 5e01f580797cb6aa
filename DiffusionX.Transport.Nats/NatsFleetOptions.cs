namespace DiffusionX.Transport.Nats;

/// <summary>
/// The NATS that gateways and workers meet at, and what they agree on there. Gateways and workers of one fleet need the same.
/// </summary>
public sealed record NatsFleetOptions
{
    /// <summary>
    /// The addresses of the NATS servers, between commas: <c>nats://host:4222</c>, or <c>tls://host:4222</c>, which encrypts. A user and a
    /// password, or a token, may stand in it: <c>nats://user:password@host</c>.
    /// </summary>
    public string Url { get; init; } = "nats://127.0.0.1:4222";

    /// <summary>The credentials file of a user of NATS (<c>.creds</c>); null for none.</summary>
    public string? Credentials { get; init; }

    /// <summary>The certificates of authorities that the server's certificate may be of, PEM; null for the system's.</summary>
    public string? CertificateAuthority { get; init; }

    /// <summary>The certificate that this process shows the server, PEM; null for none.</summary>
    public string? Certificate { get; init; }

    /// <summary>The key of <see cref="Certificate"/>, PEM.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>
    /// What the names of subjects, streams and buckets begin with: lower-case letters, digits and hyphens. Fleets with different prefixes
    /// don't see each other.
    /// </summary>
    public string Prefix { get; init; } = "diffusionx";

    /// <summary>What this process is called in NATS' lists of connections.</summary>
    public string Name { get; init; } = "diffusionx";

    /// <summary>
    /// After what silence of a worker its request is given to another one. Workers speak up three times in it, whether a step has ended or
    /// not.
    /// </summary>
    public TimeSpan AckWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many workers may die of a request before it ends with an error.</summary>
    public int MaxDeliveries { get; init; } = 3;

    /// <summary>How long a request may lie in the queue at most.</summary>
    public TimeSpan KeepRequests { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a result is kept for an edge that comes back through another gateway. At least as long as requests are.</summary>
    public TimeSpan KeepResults { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often a worker says that it is there. One that has not for three times as long counts as gone.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>On how many servers of a NATS cluster everything is kept: 1, 3 or 5. Looked at when the queue is made for the first time.</summary>
    public int Replicas { get; init; } = 1;

    /// <exception cref="TransportException">An option is out of range; the message names it.</exception>
    internal void Validate()
    {
        var check = new OptionChecker(message => new TransportException(message));
        check.NotNull(Url, nameof(Url));
        check.NotNull(Prefix, nameof(Prefix));
        check.NotNull(Name, nameof(Name));
        if (Prefix.Length is 0 or > 32 || !Prefix.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-'))
        {
            throw new TransportException($"The option {nameof(Prefix)} is '{Prefix}'; it has to be 1 to 32 lower-case letters, digits and hyphens.");
        }

        CheckFile(Credentials, nameof(Credentials));
        CheckFile(CertificateAuthority, nameof(CertificateAuthority));
        CheckFile(Certificate, nameof(Certificate));
        CheckFile(CertificateKey, nameof(CertificateKey));
        check.Within(AckWait.TotalSeconds, 0.5, 3600, nameof(AckWait), " s");
        check.Within(MaxDeliveries, 1, 100, nameof(MaxDeliveries));
        check.Within(KeepRequests.TotalSeconds, 1, TimeSpan.FromDays(1).TotalSeconds, nameof(KeepRequests), " s");
        check.Within(KeepResults.TotalSeconds, KeepRequests.TotalSeconds, TimeSpan.FromDays(1).TotalSeconds, nameof(KeepResults), " s");
        check.Within(Heartbeat.TotalSeconds, 0.1, 60, nameof(Heartbeat), " s");
        check.Within(Replicas, 1, 5, nameof(Replicas));
    }

    // Where the client can't read one, it says that the server can't be reached.
    private static void CheckFile(string? file, string option)
    {
        if (file is not null && !File.Exists(file))
        {
            throw new TransportException($"The option {option} is '{file}', and there is no such file.");
        }
    }
}
