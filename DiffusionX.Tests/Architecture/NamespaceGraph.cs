using Mono.Cecil;
using Mono.Cecil.Cil;

namespace DiffusionX.Tests.Architecture;

/// <summary>
/// Which namespaces of this project use which others, read off the compiled assemblies: signatures, bodies, attributes and all.
/// </summary>
internal sealed class NamespaceGraph
{
    private const string Root = "DiffusionX";

    private readonly Dictionary<(string From, string To), SortedSet<string>> uses = [];

    private NamespaceGraph()
    {
    }

    /// <summary>All uses, from one namespace to another, each with the types that make it.</summary>
    public IReadOnlyDictionary<(string From, string To), SortedSet<string>> Uses => uses;

    public static NamespaceGraph Of(params string[] assemblyPaths)
    {
        var graph = new NamespaceGraph();
        foreach (var path in assemblyPaths)
        {
            using var module = ModuleDefinition.ReadModule(path);
            foreach (var type in module.GetTypes())
            {
                graph.Add(type);
            }
        }

        return graph;
    }

    /// <summary>The groups of namespaces that reach each other, each in alphabetical order; none where there is no cycle.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Cycles()
    {
        string[] names = [.. uses.Keys.SelectMany(use => new[] { use.From, use.To }).Distinct().Order(StringComparer.Ordinal)];
        var reachable = names.ToDictionary(name => name, Reach);
        return
        [
            .. names.Select(name => (string[])[.. names.Where(other => reachable[name].Contains(other) && reachable[other].Contains(name))])
                .Where(group => group.Length > 0)
                .DistinctBy(group => group[0]),
        ];
    }

    /// <summary>The uses within a group of namespaces, in a line each, for a message.</summary>
    public string Describe(IReadOnlyList<string> group) => string.Join(
        Environment.NewLine,
        uses.Where(use => group.Contains(use.Key.From) && group.Contains(use.Key.To))
            .OrderBy(use => use.Value.Count)
            .Select(use => $"  {use.Key.From} -> {use.Key.To}: {string.Join(", ", use.Value.Take(4))}{(use.Value.Count > 4 ? $" and {use.Value.Count - 4} more" : "")}"));

    private HashSet<string> Reach(string start)
    {
        var reached = new HashSet<string>();
        var open = new Queue<string>([start]);
        while (open.TryDequeue(out var name))
        {
            foreach (var (from, to) in uses.Keys)
            {
                if (from == name && reached.Add(to))
                {
                    open.Enqueue(to);
                }
            }
        }

        return reached;
    }

    private void Add(TypeDefinition type)
    {
        if (NamespaceOf(type) is not { } from)
        {
            return;
        }

        foreach (var used in References(type).SelectMany(Parts))
        {
            if (NamespaceOf(used) is { } to && to != from && !IsException(used))
            {
                if (!uses.TryGetValue((from, to), out var types))
                {
                    uses[(from, to)] = types = new SortedSet<string>(StringComparer.Ordinal);
                }

                types.Add($"{Outermost(type).Name} uses {Outermost(used).Name}");
            }
        }
    }

    // A part throws the exceptions of the whole that it belongs to, and needs nothing else of it.
    private static bool IsException(TypeReference type) => type.Name.EndsWith("Exception", StringComparison.Ordinal);

    private static TypeReference Outermost(TypeReference type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static string? NamespaceOf(TypeReference type)
    {
        var name = Outermost(type).Namespace;
        return name == Root || name.StartsWith(Root + ".", StringComparison.Ordinal) ? name : null;
    }

    private static IEnumerable<TypeReference> References(TypeDefinition type)
    {
        IEnumerable<TypeReference?> all =
        [
            type.BaseType,
            .. type.Interfaces.Select(implemented => implemented.InterfaceType),
            .. type.CustomAttributes.Select(attribute => attribute.AttributeType),
            .. type.Fields.Select(field => field.FieldType),
            .. type.Methods.SelectMany(References),
        ];
        return all.OfType<TypeReference>();
    }

    private static IEnumerable<TypeReference> References(MethodDefinition method)
    {
        yield return method.ReturnType;
        foreach (var parameter in method.Parameters)
        {
            yield return parameter.ParameterType;
        }

        if (!method.HasBody)
        {
            yield break;
        }

        foreach (var variable in method.Body.Variables)
        {
            yield return variable.VariableType;
        }

        foreach (var instruction in method.Body.Instructions)
        {
            foreach (var reference in References(instruction))
            {
                yield return reference;
            }
        }
    }

    private static IEnumerable<TypeReference> References(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        GenericInstanceMethod method => [method.DeclaringType, .. method.GenericArguments],
        MemberReference { DeclaringType: { } declaring } => [declaring],
        _ => [],
    };

    private static IEnumerable<TypeReference> Parts(TypeReference type) => type switch
    {
        GenericInstanceType generic => [generic.ElementType, .. generic.GenericArguments.SelectMany(Parts)],
        TypeSpecification specification => Parts(specification.ElementType),
        GenericParameter => [],
        _ => [type],
    };
}
