using System.Globalization;
using CsvHelper;
using DiffusionX.Runtime;
using DiffusionX.Strength;

namespace DiffusionX.Training.StrengthLabels;

/// <summary>
/// Labels as a table that a person can open, CSV with a line for each pair: what was compared, how it was drawn, and the score of each
/// strength. A line is written when its pair is done, so that an interrupted run goes on after it.
/// </summary>
internal sealed class StrengthLabelTable
{
    private const int FirstSetting = 5;
    private const int SettingCount = 8;
    private const int NoiseColumn = FirstSetting + SettingCount;
    private const int FirstScore = NoiseColumn + 2;

    private static readonly string[] Columns =
    [
        "session", "round", "start_prompt", "prompt", "seed", "starts", "images", "steps", "share_of_steps", "guidance", "solver", "first_seed", "models", "noise", "start_score",
        .. StrengthRange.Labels.Select(strength => string.Create(CultureInfo.InvariantCulture, $"score_{strength:F2}")), "best_score", "frugal",
    ];

    private static readonly CsvWriterOptions WriterOptions = new() { NewLine = "\n" };

    private static readonly CsvReaderOptions ReaderOptions =
        new() { Separator = ',', HasHeader = false, TrackLineNumbers = true, MalformedData = CsvMalformedDataHandling.Throw };

    private readonly string path;
    private readonly StrengthLabelOptions options;
    private readonly string[] settings;
    private readonly Dictionary<string, StrengthLabel> labels = [];

    private StrengthLabelTable(string path, StrengthLabelOptions options, string models)
    {
        this.path = path;
        this.options = options;
        settings = [Text(options.Starts), Text(options.Images), Text(options.Steps), Text(options.MaxStepFraction), Text(options.GuidanceScale), options.Scheduler?.ToString() ?? "default", Text(options.Seed), options.KeptWeight == 0 ? models : $"{models}; kept parts weigh {Text(options.KeptWeight)}"];
    }

    /// <summary>The labels, in the order in which they were written.</summary>
    public IReadOnlyCollection<StrengthLabel> Labels => labels.Values;

    /// <summary>Opens a table to go on with, or begins one. A last line that was not finished is cut off.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="options">How its pictures are drawn.</param>
    /// <param name="models">What names the models that draw them.</param>
    /// <exception cref="StrengthException">The file is no such table, or its pictures were drawn otherwise.</exception>
    public static StrengthLabelTable Open(string path, StrengthLabelOptions options, string models)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(models);
        var table = new StrengthLabelTable(path, options, models);
        if (File.Exists(path))
        {
            table.Read();
        }
        else
        {
            AtomicFile.Write(path, Line(Columns));
        }

        return table;
    }

    /// <summary>The label of a pair, or null while it has none.</summary>
    /// <exception cref="StrengthException">The table has a pair of that name with other prompts.</exception>
    public StrengthLabel? Find(StrengthPair pair)
    {
        ArgumentNullException.ThrowIfNull(pair);
        if (!labels.TryGetValue(pair.Id, out var label))
        {
            return null;
        }

        return OneLine(label.Pair) == OneLine(pair)
            ? label
            : throw new StrengthException($"{path}: round {pair.Round} of session {pair.Session} goes from '{label.Pair.StartPrompt}' to '{label.Pair.Prompt}', and now to '{pair.Prompt}'. "
                + "Use the same sessions, or another file.");
    }

    /// <summary>Writes a label.</summary>
    public void Add(StrengthLabel label)
    {
        ArgumentNullException.ThrowIfNull(label);
        File.AppendAllText(path, Line(Fields(label)));
        labels[label.Pair.Id] = label;
    }

    private IEnumerable<string> Fields(StrengthLabel label) =>
    [
        label.Pair.Session, Text(label.Pair.Round), label.Pair.StartPrompt, label.Pair.Prompt, Text(label.Seed), .. settings, Text(label.Noise), Text(label.StartScore),
        .. label.Scores.Select(Text), Text(label.Strength(StrengthRule.BestScore, options)), Text(label.Strength(StrengthRule.Frugal, options)),
    ];

    // One line each, whatever the prompts hold: a run that was cut short is cut off after the last whole line.
    private static string Line(IEnumerable<string> fields)
    {
        using var text = new StringWriter();
        using var csv = CsvWriter.Create(text, WriterOptions);
        csv.WriteRecord([.. fields.Select(field => field.ReplaceLineEndings(" "))]);
        csv.Flush();
        return text.ToString();
    }

    private static StrengthPair OneLine(StrengthPair pair) => pair with { StartPrompt = pair.StartPrompt.ReplaceLineEndings(" "), Prompt = pair.Prompt.ReplaceLineEndings(" ") };

    private void Read()
    {
        var text = File.ReadAllText(path);
        var whole = text[..(text.LastIndexOf('\n') + 1)];
        if (whole.Length < text.Length)
        {
            AtomicFile.Write(path, whole);
        }

        using var csv = CsvReader.FromText(whole, ReaderOptions);
        try
        {
            ReadFrom(csv);
        }
        catch (CsvFormatException error)
        {
            throw new StrengthException($"{path}, line {error.LineNumber}: a quote stands in the middle of a field. Mend the line, or remove it.", error);
        }
    }

    private void ReadFrom(CsvReader csv)
    {
        if (!csv.Read() || !csv.Current.ToArray().SequenceEqual(Columns))
        {
            throw new StrengthException($"{path} is no table of labels: its first line has other columns. Name another file, or remove this one.");
        }

        while (csv.Read())
        {
            var label = Parse(csv.Current.ToArray(), $"{path}, line {csv.LineNumber}");
            labels[label.Pair.Id] = label;
        }
    }

    private StrengthLabel Parse(string[] fields, string place)
    {
        if (fields.Length != Columns.Length)
        {
            throw new StrengthException($"{place}: there are {fields.Length} fields, and the table has {Columns.Length} columns.");
        }

        for (var i = 0; i < SettingCount; i++)
        {
            if (fields[FirstSetting + i] != settings[i])
            {
                throw new StrengthException(
                    $"{place}: its pictures were drawn with {Columns[FirstSetting + i]} {fields[FirstSetting + i]}, and the run asks for {settings[i]}. Use the same settings, or another file.");
            }
        }

        try
        {
            var pair = new StrengthPair(fields[0], int.Parse(fields[1], CultureInfo.InvariantCulture), fields[2], fields[3]);
            var scores = fields.Skip(FirstScore).Take(StrengthRange.Labels.Count).Select(Number).ToArray();
            return new StrengthLabel(pair, long.Parse(fields[4], CultureInfo.InvariantCulture), Number(fields[NoiseColumn + 1]), scores, Number(fields[NoiseColumn]));
        }
        catch (FormatException error)
        {
            throw new StrengthException($"{place}: {error.Message}", error);
        }
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
