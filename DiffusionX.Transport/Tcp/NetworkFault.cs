using System.Net.Sockets;
using System.Security.Authentication;

namespace DiffusionX.Transport.Tcp;

/// <summary>
/// What went wrong on the network, in words of ours: what libraries say may hold what the other end sent, and differs from system to
/// system.
/// </summary>
internal static class NetworkFault
{
    public static string Describe(Exception error) => error switch
    {
        TlsRefusedException refused => refused.Message,
        AuthenticationException => "the two ends could not agree on TLS",
        SocketException socket => Describe(socket.SocketErrorCode),
        IOException { InnerException: SocketException socket } => Describe(socket.SocketErrorCode),
        OperationCanceledException => "it took too long",
        ObjectDisposedException => "it was closed at this end",
        _ => "the other end broke off",
    };

    private static string Describe(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "nobody listens there",
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => "the other end cut it",
        SocketError.TimedOut => "the other end does not answer",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery => "there is no host of that name",
        SocketError.HostUnreachable or SocketError.HostDown => "there is no way to it",
        SocketError.NetworkUnreachable or SocketError.NetworkDown => "there is no network to it",
        SocketError.AddressAlreadyInUse => "the address is taken",
        SocketError.AddressNotAvailable => "the address is none of this machine's",
        SocketError.AccessDenied => "this user is not allowed to",
        SocketError.TooManyOpenSockets => "this process has too many open files",
        SocketError.OperationAborted or SocketError.Interrupted => "it was closed at this end",
        _ => $"the network failed ({error})",
    };
}
