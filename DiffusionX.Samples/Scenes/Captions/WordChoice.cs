using System.IO.Hashing;
using System.Text;

namespace DiffusionX.Scenes.Captions;

/// <summary>
/// Choices of words that depend on a seed and on what is being worded, and on nothing else: when one part of a scene changes, the other
/// parts of its caption keep their words.
/// </summary>
internal readonly struct WordChoice(int seed)
{
    /// <summary>One of several ways to say something.</summary>
    public T Of<T>(string subject, params ReadOnlySpan<T> ways) => ways[(int)(Ticket(subject) % (ulong)ways.Length)];

    /// <summary>Whether to do something that is done in so many of a hundred cases.</summary>
    public bool InPercent(string subject, int share) => Ticket(subject) % 100 < (ulong)share;

    /// <summary>A number that puts subjects into an order.</summary>
    public ulong Ticket(string subject) => XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(subject), seed);
}
