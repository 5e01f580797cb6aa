using DiffusionX.Transport.Throttling;

namespace DiffusionX.Cli.Links;

/// <summary>The links that can be imitated, by name.</summary>
internal static class LinkProfiles
{
    public const string Mobile20 = "mobile20";
    public const string Unlimited = "unlimited";

    private static readonly Dictionary<string, LinkProfile> Known = new()
    {
        [Mobile20] = LinkProfile.Mobile20Mbps,
        ["weak-mobile"] = LinkProfile.WeakMobile,
        ["broadband"] = LinkProfile.Broadband,
        [Unlimited] = LinkProfile.Unlimited,
    };

    public static string[] Names => [.. Known.Keys];

    public static LinkProfile Of(string name) => Known[name];
}
