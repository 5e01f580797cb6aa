using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace DiffusionX.Transport.Tcp;

/// <summary>Puts TLS on a stream.</summary>
internal static class TlsAuthentication
{
    public static async Task<SslStream> AuthenticateAsClientAsync(
        Stream stream, TlsOptions tls, string host, CancellationToken cancellationToken)
    {
        var check = new CertificateCheck(tls, required: true);
        var secured = new SslStream(stream);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = tls.ServerName ?? host,
            ClientCertificates = tls.Certificate is null ? [] : [tls.Certificate],
            CertificateChainPolicy = ChainPolicy(),
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => check.IsTrusted(certificate, errors),
        };
        return await DisposeUnlessAsync(
            secured, secured.AuthenticateAsClientAsync(options, cancellationToken), check).ConfigureAwait(false);
    }

    public static async Task<SslStream> AuthenticateAsServerAsync(Stream stream, TlsOptions tls, CancellationToken cancellationToken)
    {
        var check = new CertificateCheck(tls, required: tls.AsksClients);
        var secured = new SslStream(stream);
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificate = tls.Certificate,
            ClientCertificateRequired = tls.AsksClients,
            CertificateChainPolicy = ChainPolicy(),
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => check.IsTrusted(certificate, errors),
        };
        return await DisposeUnlessAsync(
            secured, secured.AuthenticateAsServerAsync(options, cancellationToken), check).ConfigureAwait(false);
    }

    private static async Task<SslStream> DisposeUnlessAsync(SslStream secured, Task authenticated, CertificateCheck check)
    {
        try
        {
            await authenticated.ConfigureAwait(false);
            return secured;
        }
        catch (Exception error)
        {
            await secured.DisposeAsync().ConfigureAwait(false);
            if (error is AuthenticationException && check.Fault is { } fault)
            {
                throw new TlsRefusedException(fault);
            }

            throw;
        }
    }

    // A certificate of a stranger must not make this end fetch things from addresses that are written in it.
    private static X509ChainPolicy ChainPolicy() =>
        new() { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };

    /// <summary>Looks at one connection's certificate, and knows afterwards what was wrong with it.</summary>
    private sealed class CertificateCheck(TlsOptions tls, bool required)
    {
        public string? Fault { get; private set; }

        public bool IsTrusted(X509Certificate? certificate, SslPolicyErrors errors)
        {
            Fault = FindFault(certificate as X509Certificate2, errors);
            return Fault is null;
        }

        private string? FindFault(X509Certificate2? certificate, SslPolicyErrors errors)
        {
            if (certificate is null)
            {
                return required ? "the other end has no certificate" : null;
            }

            if (tls.TrustedFingerprints.Count == 0)
            {
                return errors == SslPolicyErrors.None
                    ? null
                    : "the other end's certificate is not trusted by this system, is for another name, or its time is over";
            }

            if (!tls.Trusts(certificate))
            {
                return "the other end's certificate is not the trusted one";
            }

            return tls.AllowExpired || IsValidNow(certificate) ? null : "the time of the other end's certificate is over, or has not begun";
        }

        private static bool IsValidNow(X509Certificate2 certificate)
        {
            var now = DateTime.UtcNow;
            return certificate.NotBefore.ToUniversalTime() <= now && now <= certificate.NotAfter.ToUniversalTime();
        }
    }
}

/// <summary>This end does not trust the other end's certificate. The message says why, in words of ours.</summary>
internal sealed class TlsRefusedException(string fault) : AuthenticationException(fault);
