using System.Security.Cryptography;

namespace DiffusionX.Transport.Nats;

/// <summary>What streams, buckets and subjects of a fleet are called.</summary>
/// <param name="prefix">What sets it apart from other fleets.</param>
internal sealed class FleetNames(string prefix)
{
    private const int ModelDigits = 16;

    /// <summary>The stream of requests that wait or are being computed.</summary>
    public string Queue { get; } = $"{prefix}-requests";

    /// <summary>The bucket of outcomes, by the request's key.</summary>
    public string Outcomes { get; } = $"{prefix}-outcomes";

    /// <summary>The bucket of runs that are past their half, by the request's key.</summary>
    public string SavedRuns { get; } = $"{prefix}-runs";

    public string AnyRequest { get; } = $"{prefix}.request.*";

    public string AnyTaken { get; } = $"{prefix}.taken.*";

    public string AnyWorker { get; } = $"{prefix}.worker.*.*";

    public string AnyCancel { get; } = $"{prefix}.cancel.*";

    /// <summary>Where requests for a model go.</summary>
    public string Request(string model) => $"{prefix}.request.{model}";

    /// <summary>Where workers say which request of a model they have just taken, by its number in the stream.</summary>
    public string Taken(string model) => $"{prefix}.taken.{model}";

    /// <summary>Where a worker says that it is there.</summary>
    public string Worker(string model, string worker) => $"{prefix}.worker.{model}.{worker}";

    /// <summary>Where a worker says how a request goes.</summary>
    public string Notice(string key) => $"{prefix}.notice.{key}";

    /// <summary>Where a gateway says that nobody wants a request any more.</summary>
    public string Cancel(string key) => $"{prefix}.cancel.{key}";

    /// <summary>
    /// The key of a request: what identifies it, and from which nobody comes back to its ids, which are secrets of the client.
    /// </summary>
    public static string Key(Guid session, Guid request)
    {
        Span<byte> ids = stackalloc byte[32];
        session.TryWriteBytes(ids, bigEndian: true, out _);
        request.TryWriteBytes(ids[16..], bigEndian: true, out _);
        return Convert.ToHexStringLower(SHA256.HashData(ids));
    }

    /// <summary>The name of a model in subjects, of everything that its results depend on.</summary>
    public static string Model(string identity) =>
        Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(identity)))[..ModelDigits];

    /// <summary>The last token of a subject.</summary>
    public static string LastToken(string subject) => subject[(subject.LastIndexOf('.') + 1)..];
}
