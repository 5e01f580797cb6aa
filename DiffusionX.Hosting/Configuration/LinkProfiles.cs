using DiffusionX.Transport.Throttling;

namespace DiffusionX.Hosting.Configuration;

/// <summary>The links to the cloud that can be imitated, by name.</summary>
internal static class LinkProfiles
{
    /// <summary>A telephone's, as the paper has it.</summary>
    public const string Mobile20 = "mobile20";

    /// <summary>The link as it is.</summary>
    public const string Unlimited = "unlimited";

    /// <summary>All of them, the slowest first.</summary>
    public static IReadOnlyDictionary<string, LinkProfile> All { get; } = new Dictionary<string, LinkProfile>(StringComparer.Ordinal)
    {
        ["weak-mobile"] = LinkProfile.WeakMobile,
        [Mobile20] = LinkProfile.Mobile20Mbps,
        ["broadband"] = LinkProfile.Broadband,
        [Unlimited] = LinkProfile.Unlimited,
    };

    /// <summary>Their names, for a message.</summary>
    public static string Names => string.Join(", ", All.Keys);
}
