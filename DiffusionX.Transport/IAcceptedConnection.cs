namespace DiffusionX.Transport;

/// <summary>A connection that a listener accepted, from somebody who has shown nothing yet.</summary>
internal interface IAcceptedConnection
{
    /// <summary>How long it has existed. What meeting may take counts from there, TLS included.</summary>
    TimeSpan Age { get; }

    /// <summary>Where it comes from, in one word: an address, or a network of IPv6. Null where that is not known.</summary>
    string? Origin { get; }

    /// <summary>The other end has been let in. Until then newer clients may get its place.</summary>
    void LetIn();
}
