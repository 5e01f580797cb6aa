using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DiffusionX.Tests.Transport.Tcp;

/// <summary>Self-signed certificates, as somebody makes them at home.</summary>
internal static class Certificates
{
    public static X509Certificate2 Server { get; } = Create("localhost");

    public static X509Certificate2 Client { get; } = Create("a client");

    public static X509Certificate2 Stranger { get; } = Create("a stranger");

    public static X509Certificate2 Create(string name, TimeSpan from, TimeSpan to)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow + from, DateTimeOffset.UtcNow + to);
    }

    private static X509Certificate2 Create(string name) => Create(name, TimeSpan.FromDays(-1), TimeSpan.FromDays(1));
}
