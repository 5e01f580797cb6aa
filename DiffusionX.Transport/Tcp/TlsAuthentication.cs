using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace DiffusionX.Transport.Tcp;

/// <summary>Puts TLS on a stream.</summary>
internal static class TlsAuthentication
{
    public static async Task<SslStream> AuthenticateAsClientAsync(Stream stream, TlsOptions tls, string host, CancellationToken cancellationToken)
    {
        var secured = new SslStream(stream);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = tls.ServerName ?? host,
            ClientCertificates = tls.Certificate is null ? [] : [tls.Certificate],
            CertificateChainPolicy = ChainPolicy(),
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => IsTrusted(tls, certificate, errors, required: true),
        };
        return await DisposeUnlessAsync(secured, secured.AuthenticateAsClientAsync(options, cancellationToken)).ConfigureAwait(false);
    }

    public static async Task<SslStream> AuthenticateAsServerAsync(Stream stream, TlsOptions tls, CancellationToken cancellationToken)
    {
        var secured = new SslStream(stream);
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificate = tls.Certificate,
            ClientCertificateRequired = tls.AsksClients,
            CertificateChainPolicy = ChainPolicy(),
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => IsTrusted(tls, certificate, errors, required: tls.AsksClients),
        };
        return await DisposeUnlessAsync(secured, secured.AuthenticateAsServerAsync(options, cancellationToken)).ConfigureAwait(false);
    }

    private static async Task<SslStream> DisposeUnlessAsync(SslStream secured, Task authenticated)
    {
        try
        {
            await authenticated.ConfigureAwait(false);
            return secured;
        }
        catch
        {
            await secured.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static bool IsTrusted(TlsOptions tls, X509Certificate? certificate, SslPolicyErrors errors, bool required)
    {
        if (certificate is null)
        {
            return !required;
        }

        return tls.TrustedFingerprints.Count > 0 ? tls.Trusts(certificate) : errors == SslPolicyErrors.None;
    }

    // A certificate of a stranger must not make this end fetch things from addresses that are written in it.
    private static X509ChainPolicy ChainPolicy() => new() { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };
}
