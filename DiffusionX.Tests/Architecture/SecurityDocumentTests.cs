using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using DiffusionX.Hosting.Configuration;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;
using DiffusionX.Tests.Reference;
using DiffusionX.Transport.InMemory;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Tests.Architecture;

/// <summary>SECURITY.md tells limits as they are.</summary>
[TestFixture]
public sealed partial class SecurityDocumentTests
{
    private static readonly object[] Options =
        [new CloudRefinerOptions(), new TcpTransportOptions(), new InMemoryTransportOptions(), new HttpApiOptions(), new SessionsOptions(), new RefinementOptions()];

    private static string Document => File.ReadAllText(Path.Combine(ReferenceFolder.ProjectRoot, "SECURITY.md"));

    private static IEnumerable<TestCaseData> Rows() => Row().Matches(Document)
        .Select(row => new TestCaseData(row.Groups["type"].Value, row.Groups["option"].Value, row.Groups["value"].Value).SetArgDisplayNames(row.Groups["type"].Value, row.Groups["option"].Value));

    [TestCaseSource(nameof(Rows))]
    public void A_limit_is_as_it_is_documented(string type, string option, string documented)
    {
        var options = Options.Single(each => each.GetType().Name == type);

        var value = options.GetType().GetProperty(option)?.GetValue(options);

        Assert.That(Convert.ToString(value, CultureInfo.InvariantCulture), Is.EqualTo(documented));
    }

    [Test]
    public void Every_limit_of_a_server_is_documented()
    {
        var limits = new[] { typeof(CloudRefinerOptions), typeof(TcpTransportOptions), typeof(HttpApiOptions), typeof(SessionsOptions) }
            .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            .Where(property => property.Name.StartsWith("Max", StringComparison.Ordinal))
            .Select(property => $"`{property.DeclaringType!.Name}.{property.Name}`");

        Assert.That(limits.Where(limit => !Document.Contains(limit, StringComparison.Ordinal)), Is.Empty);
    }

    [GeneratedRegex(@"^\| `(?<type>\w+)\.(?<option>\w+)` \| (?<value>[^ ]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
