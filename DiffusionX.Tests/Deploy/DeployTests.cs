using DiffusionX.Tests.Reference;
using YamlDotNet.RepresentationModel;

namespace DiffusionX.Tests.Deploy;

/// <summary>What deploy/ says is what orchestrators take, as far as that can be told without one.</summary>
public sealed class DeployTests
{
    private static readonly string Folder = Path.Combine(ReferenceFolder.ProjectRoot, "deploy");

    private static readonly Dictionary<string, string> Versions = new()
    {
        ["Deployment"] = "apps/v1",
        ["Service"] = "v1",
        ["PodDisruptionBudget"] = "policy/v1",
        ["ScaledObject"] = "keda.sh/v1alpha1",
    };

    private static string[] Manifests() => ["gateway.yaml", "worker.yaml", "autoscaling.yaml"];

    [TestCaseSource(nameof(Manifests))]
    public void Each_object_has_the_version_of_its_kind_and_a_name(string file)
    {
        foreach (var manifest in Read($"kubernetes/{file}"))
        {
            Assert.That(Text(manifest, "apiVersion"), Is.EqualTo(Versions[Text(manifest, "kind")]));
            Assert.That(Text(manifest, "metadata", "name"), Does.Match("^[a-z][a-z0-9-]*$"));
        }
    }

    [TestCase("gateway.yaml", "diffusionx-gateway")]
    [TestCase("worker.yaml", "diffusionx-worker")]
    public void A_deployment_selects_its_own_pods_probes_them_and_waits_for_them_longer_than_they_drain(string file, string name)
    {
        var deployment = Read($"kubernetes/{file}").Single(each => Text(each, "kind") == "Deployment");
        var pod = Map(deployment, "spec", "template");
        var container = (YamlMappingNode)((YamlSequenceNode)Map(pod, "spec").Children["containers"]).Single();
        string[] arguments = [.. ((YamlSequenceNode)container.Children["args"]).Select(argument => argument.ToString())];

        Assert.That(Text(deployment, "spec", "selector", "matchLabels", "app"), Is.EqualTo(name).And.EqualTo(Text(pod, "metadata", "labels", "app")));
        Assert.That(container.Children.Keys.Select(key => key.ToString()), Is.SupersetOf(new[] { "startupProbe", "readinessProbe", "livenessProbe", "resources" }));
        Assert.That(Seconds(Text(pod, "spec", "terminationGracePeriodSeconds")), Is.GreaterThan(Seconds(arguments[Array.IndexOf(arguments, "--drain") + 1])));
        Assert.That(VolumesOf(container, "volumeMounts"), Is.EquivalentTo(VolumesOf(Map(pod, "spec"), "volumes")));
    }

    [TestCase("gateway.yaml", "diffusionx-gateway")]
    [TestCase("worker.yaml", "diffusionx-worker")]
    public void A_disruption_budget_stands_for_the_deployments_pods(string file, string name)
    {
        var budget = Read($"kubernetes/{file}").Single(each => Text(each, "kind") == "PodDisruptionBudget");

        Assert.That(Text(budget, "spec", "selector", "matchLabels", "app"), Is.EqualTo(name));
        Assert.That(Map(budget, "spec").Children.Keys.Select(key => key.ToString()), Has.One.AnyOf("minAvailable", "maxUnavailable"));
    }

    [Test]
    public void Workers_are_scaled_by_the_consumer_of_the_fleets_own_stream()
    {
        var scaled = Read("kubernetes/autoscaling.yaml").Single();
        var trigger = (YamlMappingNode)((YamlSequenceNode)Map(scaled, "spec").Children["triggers"]).Single();
        var metadata = Map(trigger, "metadata").Children.ToDictionary(pair => pair.Key.ToString(), pair => pair.Value.ToString());

        Assert.That((Text(scaled, "spec", "scaleTargetRef", "name"), Text(trigger, "type")), Is.EqualTo(("diffusionx-worker", "nats-jetstream")));
        Assert.That(metadata.Keys, Is.SupersetOf(new[] { "natsServerMonitoringEndpoint", "account", "stream", "consumer", "lagThreshold" }));
        Assert.That(metadata["stream"], Is.EqualTo("diffusionx-requests"));
    }

    [TestCase("compose.yaml", "services")]
    [TestCase("kubernetes/nats.yaml", "config")]
    public void Other_files_can_be_read(string file, string key) => Assert.That(Map(Read(file).Single(), key).Children, Is.Not.Empty);

    [Test]
    public void The_composed_services_depend_on_what_there_is()
    {
        var services = Map(Read("compose.yaml").Single(), "services");
        string[] names = [.. services.Children.Keys.Select(key => key.ToString())];

        Assert.That(names, Is.EquivalentTo(new[] { "nats", "gateway", "worker" }));
        Assert.That(
            services.Children.Values.Cast<YamlMappingNode>().SelectMany(service => service.Children.TryGetValue("depends_on", out var others) ? (YamlSequenceNode)others : []).Select(other => other.ToString()).Distinct(),
            Is.SubsetOf(names));
    }

    [TestCase("gateway.yaml", "gateway")]
    [TestCase("worker.yaml", "worker")]
    public void The_arguments_are_ones_that_the_program_takes(string file, string command)
    {
        var deployment = Read($"kubernetes/{file}").Single(each => Text(each, "kind") == "Deployment");
        var container = (YamlMappingNode)((YamlSequenceNode)Map(deployment, "spec", "template", "spec").Children["containers"]).Single();
        string[] arguments = [.. ((YamlSequenceNode)container.Children["args"]).Select(argument => argument.ToString())];

        var parsed = new DiffusionX.Cli.DiffusionXCommand().Parse(arguments);

        Assert.That(parsed.Errors, Is.Empty);
        Assert.That(parsed.CommandResult.Command.Name, Is.EqualTo(command));
    }

    private static int Seconds(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static YamlMappingNode[] Read(string file)
    {
        var stream = new YamlStream();
        using var reader = File.OpenText(Path.Combine(Folder, file));
        stream.Load(reader);
        return [.. stream.Documents.Select(document => (YamlMappingNode)document.RootNode)];
    }

    private static YamlMappingNode Map(YamlMappingNode node, params string[] path) =>
        path.Aggregate(node, (inner, key) => (YamlMappingNode)inner.Children[key]);

    private static string Text(YamlMappingNode node, params string[] path) => Map(node, path[..^1]).Children[path[^1]].ToString();

    private static IEnumerable<string> VolumesOf(YamlMappingNode node, string list) =>
        ((YamlSequenceNode)node.Children[list]).Select(volume => Text((YamlMappingNode)volume, "name"));
}
