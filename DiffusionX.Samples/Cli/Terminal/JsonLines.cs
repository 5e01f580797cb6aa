using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DiffusionX.Cli.Terminal;

/// <summary>
/// What a program says with <c>--json</c>: a JSON object a line on standard output, each with what it is in <c>event</c>. Lines that are
/// meant for people come as
/// <c>output</c> and <c>progress</c>, with the line in <c>text</c>.
/// </summary>
/// <param name="kind">What the lines are.</param>
internal sealed class JsonLines(string kind) : TextWriter
{
    private static readonly Lock Sync = new();

    private readonly StringBuilder line = new();

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>Writes an event.</summary>
    public static void Write(string name, JsonObject values)
    {
        values.Insert(0, "event", name);
        lock (Sync)
        {
            Console.Out.WriteLine(values.ToJsonString(JsonSerializerOptions.Web));
            Console.Out.Flush();
        }
    }

    public override void Write(char value)
    {
        if (value != '\n')
        {
            line.Append(value);
            return;
        }

        var text = line.ToString().Trim();
        line.Clear();
        if (text.Length > 0)
        {
            Write(kind, new JsonObject { ["text"] = text });
        }
    }
}
