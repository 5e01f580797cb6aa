using System.Diagnostics;
using System.Text.Json.Nodes;
using DiffusionX.Cli.Terminal;
using Spectre.Console;

namespace DiffusionX.Cli.Evaluate;

/// <summary>
/// An evaluation while the user watches: a bar for each of its parts, with the time left. What earlier runs did does not count as speed.
/// </summary>
internal sealed class EvaluationBars
{
    private readonly ProgressContext context;
    private readonly Dictionary<string, Part> parts = [];

    private EvaluationBars(ProgressContext context) => this.context = context;

    public static Task<T> ShowAsync<T>(Func<EvaluationBars, Task<T>> work) => Consoles.Progress.Progress()
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
        .StartAsync(context => work(new EvaluationBars(context)));

    /// <summary>Shows where a part is.</summary>
    /// <param name="name">The part.</param>
    /// <param name="done">What is done of it.</param>
    /// <param name="count">What there is to do.</param>
    public void Set(string name, int done, int count)
    {
        Consoles.Tell("measuring", new JsonObject { ["part"] = name, ["done"] = done, ["count"] = count });
        if (!parts.TryGetValue(name, out var part))
        {
            parts[name] = part = new Part(context.AddTask(Markup.Escape(name), maxValue: Math.Max(count, 1)), done, Stopwatch.StartNew());
        }

        part.Bar.Value = done;
        part.Bar.Description = Markup.Escape($"{name}  {done} of {count}{Left(part, done, count)}");
    }

    private static string Left(Part part, int done, int count) => done > part.Begun && done < count
        ? FormattableString.Invariant($"  {part.Clock.Elapsed * (count - done) / (done - part.Begun):h\\:mm\\:ss} left")
        : "";

    private sealed record Part(ProgressTask Bar, int Begun, Stopwatch Clock);
}
