using System.Text;

namespace DiffusionX.Training.StrengthLabels;

/// <summary>A line of CSV as RFC 4180 has it: fields with commas or quotes are quoted, quotes in them doubled. Line breaks within a field become spaces.</summary>
internal static class CsvLine
{
    public static string Write(IEnumerable<string> fields) => string.Join(',', fields.Select(Quoted));

    public static IReadOnlyList<string> Read(string line)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            var isDoubled = quoted && line[i] == '"' && i + 1 < line.Length && line[i + 1] == '"';
            if (isDoubled)
            {
                field.Append(line[i++]);
            }
            else if (line[i] == '"')
            {
                quoted = !quoted;
            }
            else if (line[i] == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(line[i]);
            }
        }

        fields.Add(field.ToString());
        return fields;
    }

    private static string Quoted(string field)
    {
        var line = field.ReplaceLineEndings(" ");
        return line.AsSpan().IndexOfAny(',', '"') < 0 ? line : $"\"{line.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
