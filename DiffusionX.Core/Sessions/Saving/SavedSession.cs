namespace DiffusionX.Sessions.Saving;

/// <summary>The JSON part of a session's file.</summary>
internal sealed record SavedSession(string Vae, long Seed, int? Current, IReadOnlyList<SavedRound> Rounds)
{
    public static SavedSession Of(SessionSnapshot snapshot, string vaeFingerprint) =>
        new(vaeFingerprint, snapshot.Seed, snapshot.Current, [.. snapshot.Rounds.Select(SavedRound.Of)]);
}
