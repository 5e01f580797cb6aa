using System.Security.Cryptography.X509Certificates;
using DiffusionX.Pipeline;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Strength;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Tests.Sessions;

/// <summary>The program that the tests are when they are started as one: a cloud over TCP and TLS, until its standard input ends.</summary>
internal static class CloudProcess
{
    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is not [var folder, var port, var certificate])
        {
            await Console.Error.WriteLineAsync("Usage: MODEL-FOLDER PORT CERTIFICATE. The tests themselves run under 'dotnet test'.");
            return 2;
        }

        using var identity = X509CertificateLoader.LoadPkcs12FromFile(certificate, password: null);
        using var model = await DiffusionModel.LoadAsync(folder);
        var link = new TcpTransport(new TcpTransportOptions
        {
            Port = int.Parse(port, System.Globalization.CultureInfo.InvariantCulture),
            Tls = new TlsOptions { Certificate = identity },
        });
        await using var refiner = await CloudRefiner.StartAsync(model, link, new CloudRefinerOptions { Name = "another process", Strength = new FixedStrength(0.5) });
        Console.WriteLine(refiner.Address);
        await Console.In.ReadToEndAsync();
        return 0;
    }
}
