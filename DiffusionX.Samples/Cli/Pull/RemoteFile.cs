namespace DiffusionX.Cli.Pull;

/// <summary>A file at the hub, and what it says about it.</summary>
/// <param name="Path">Below the repository, with slashes.</param>
/// <param name="Address">Where it is fetched from.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Checksum">What its bytes have to give.</param>
/// <param name="Commit">The commit that the revision stood for; null if the hub does not say.</param>
internal sealed record RemoteFile(string Path, Uri Address, long Size, Checksum Checksum, string? Commit);
