using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Cloud;

/// <summary>What computes the requests that a <see cref="RefinementServer"/> takes on: a model of this process, or other processes.</summary>
internal interface IRefinementBackend
{
    /// <summary>How many requests it is given at once, at least one; it may change at any time.</summary>
    int Places { get; }

    /// <summary>How many more it is given of addresses that have none there, while others have several.</summary>
    int PlacesOfNewcomers { get; }

    /// <summary>How many requests come before one that is given to it, as far as anybody knows then; 0 where its turn comes at once.</summary>
    int FirstPlace { get; }

    /// <summary>What a client is told in its handshake: what it can ask for, or why it can ask for nothing.</summary>
    HandshakeReply Greet(Hello client);

    /// <summary>What is wrong with a request, for its sender; null for a good one.</summary>
    /// <param name="request">The request.</param>
    /// <param name="client">What its sender said in its handshake, the same object that was greeted.</param>
    string? FindFault(Refine request, Hello client);

    /// <summary>Computes a request; never fails itself.</summary>
    /// <param name="job">The request.</param>
    /// <param name="dispatcher">Is told how it goes.</param>
    /// <returns>The result or the error, and how long it was computed.</returns>
    Task<(RequestMessage Outcome, TimeSpan Compute)> RunAsync(RefinementJob job, RequestDispatcher dispatcher);
}
