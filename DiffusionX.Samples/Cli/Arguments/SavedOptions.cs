using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;

namespace DiffusionX.Cli.Arguments;

/// <summary>
/// Options that the user does not write each time. Before the command line's own come, in this order, those of the environment
/// (<c>DIFFUSIONX_GENERATE_STEPS</c>, or
/// <c>DIFFUSIONX_STEPS</c> for every command that has it) and those of the file diffusionx.json of the current folder, or else of the user
/// (<c>{"device": "cuda", "generate": {"steps": 30}}</c>).
/// </summary>
internal sealed class SavedOptions
{
    private const string FileName = "diffusionx.json";
    private const string Prefix = "DIFFUSIONX_";

    private readonly string file;
    private readonly JsonElement settings;

    private SavedOptions(string file, JsonElement settings)
    {
        this.file = file;
        this.settings = settings;
    }

    /// <summary>The command line with the options that are saved and not on it.</summary>
    /// <param name="root">The program.</param>
    /// <param name="args">What the user wrote.</param>
    /// <param name="parsed">The same, parsed.</param>
    /// <exception cref="UsageException">The file is no JSON, or has an option that no command has.</exception>
    public static string[] AddTo(RootCommand root, string[] args, ParseResult parsed)
    {
        var path = PathTo(parsed.CommandResult);
        var saved = Read();
        saved.Check(root, saved.settings, recursive: true);
        var added = parsed.CommandResult.Command.Options
            .Where(option => parsed.GetResult(option) is null or { Implicit: true })
            .SelectMany(option => saved.Find(option, path))
            .ToArray();

        // After the command's name: what follows a -- is no option.
        var place = path.Aggregate(0, (from, name) => Array.IndexOf(args, name, from) + 1);
        return [.. args[..place], .. added, .. args[place..]];
    }

    private static SavedOptions Read()
    {
        var user = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "diffusionx", FileName);
        if (new[] { FileName, user }.FirstOrDefault(File.Exists) is not { } file)
        {
            return new SavedOptions(FileName, JsonDocument.Parse("{}").RootElement);
        }

        try
        {
            var root = JsonDocument.Parse(File.ReadAllBytes(file), new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip }).RootElement;
            return root.ValueKind == JsonValueKind.Object ? new SavedOptions(file, root) : throw new UsageException($"{file} has to hold a JSON object of options.");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{file} can't be read: {error.Message}");
        }
    }

    private static string[] PathTo(SymbolResult command)
    {
        var path = new List<string>();
        for (var result = command; result is CommandResult { Command: not RootCommand } named; result = result.Parent)
        {
            path.Insert(0, named.IdentifierToken.Value);
        }

        return [.. path];
    }

    // What would never take effect is a mistake.
    private void Check(Command command, JsonElement element, bool recursive)
    {
        foreach (var property in element.EnumerateObject())
        {
            var isCommand = property.Value.ValueKind == JsonValueKind.Object;
            var inner = command.Subcommands.FirstOrDefault(each => each.Name == property.Name);
            if (isCommand && inner is not null)
            {
                Check(inner, property.Value, recursive: false);
            }
            else if (isCommand || !Has(command, property.Name, recursive))
            {
                throw new UsageException($"{file} has '{property.Name}', which is no {(isCommand ? "command" : "option")} of {(command is RootCommand ? "any command" : command.Name)}.");
            }
        }
    }

    private static bool Has(Command command, string name, bool recursive) =>
        command.Options.Any(option => option.Name == $"--{name}") || (recursive && command.Subcommands.Any(inner => Has(inner, name, recursive)));

    private IEnumerable<string> Find(Option option, string[] path)
    {
        var name = option.Name.TrimStart('-');
        var variable = name.ToUpperInvariant().Replace('-', '_');
        var values = FromEnvironment($"{Prefix}{string.Join('_', path).ToUpperInvariant()}_{variable}") ?? FromEnvironment(Prefix + variable) ?? FromFile(name, path) ?? [];
        return values.Select(value => $"{option.Name}={value}");
    }

    private static string[]? FromEnvironment(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? [value] : null;

    private string[]? FromFile(string name, string[] path)
    {
        string[]? found = null;
        var element = settings;
        foreach (var step in path.Append(""))
        {
            found = element.TryGetProperty(name, out var value) ? Texts(name, value) : found;
            if (!element.TryGetProperty(step, out element) || element.ValueKind != JsonValueKind.Object)
            {
                break;
            }
        }

        return found;
    }

    private string[] Texts(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => [],
        JsonValueKind.Array => [.. value.EnumerateArray().SelectMany(each => Texts(name, each))],
        JsonValueKind.Object => throw new UsageException($"{file} has an object for the option '{name}'; it takes a value."),
        JsonValueKind.String => [value.GetString()!],
        _ => [value.GetRawText()],
    };
}
