using System.Globalization;

namespace DiffusionX.Scenes.Captions;

/// <summary>
/// Describes scenes as people write prompts: with synonyms, in varying order, leaving things out. Every thing is named with its colour, and
/// nothing is said that the picture does not show.
/// </summary>
internal static class CaptionWriter
{
    private const int SizePercent = 35;
    private const int BackdropPercent = 75;
    private const int TimePercent = 85;
    private const int DaylightPercent = 12;
    private const int RelationPercent = 60;
    private const int PlacePercent = 30;
    private const int SettingFirstPercent = 20;
    private const int MediumPercent = 12;
    private const int BarePercent = 15;
    private const int SentencePercent = 15;

    /// <summary>A caption.</summary>
    /// <param name="scene">What to describe.</param>
    /// <param name="words">Decides the words; the same number words an unchanged part of another scene in the same way.</param>
    /// <param name="details">What must be said.</param>
    public static string Write(Scene scene, int words, CaptionDetails details = CaptionDetails.None)
    {
        ArgumentNullException.ThrowIfNull(scene);
        var choice = new WordChoice(words);
        var subject = Subject(scene, choice, details);
        var setting = Setting(scene, choice, details);
        var settingFirst = setting.Length > 0 && choice.InPercent("setting first", SettingFirstPercent);
        var medium = !settingFirst && !IsBare(choice) && choice.InPercent("medium", MediumPercent)
            ? choice.Of("which medium", "a drawing of ", "a picture of ", "an illustration of ")
            : "";
        var caption = medium + (settingFirst ? $"{setting}, {subject}" : Joined(subject, setting, choice));
        return choice.InPercent("sentence", SentencePercent) ? char.ToUpper(caption[0], CultureInfo.InvariantCulture) + caption[1..] + "." : caption;
    }

    private static string Joined(string subject, string setting, WordChoice choice) =>
        setting.Length == 0 ? subject : subject + choice.Of("before the setting", " ", ", ") + setting;

    private static string Subject(Scene scene, WordChoice choice, CaptionDetails details)
    {
        var things = scene.Things.OrderBy(thing => choice.Ticket($"order of {thing.Kind}")).ToArray();
        var phrases = things.Select(thing => Phrase(thing, choice, details)).ToArray();
        return things.Length switch
        {
            1 => phrases[0] + Placed(things[0], choice, details),
            2 => Two(things, phrases, choice, details),
            _ => Three(things, phrases, choice, details),
        };
    }

    private static string Two(Thing[] things, string[] phrases, WordChoice choice, CaptionDetails details) =>
        !details.HasFlag(CaptionDetails.Places) && Related(things[0], things[1], choice) is { } relation
            ? $"{phrases[0]} {relation} {phrases[1]}"
            : phrases[0] + Placed(things[0], choice, details) + choice.Of("between two", " and ", " and ", " with ", ", ") + phrases[1] + Placed(things[1], choice, details);

    private static string Three(Thing[] things, string[] phrases, WordChoice choice, CaptionDetails details) =>
        Two(things[..2], phrases, choice, details) + choice.Of("before the third", ", and ", " and ", ", ") + phrases[2] + Placed(things[2], choice, details);

    private static string Phrase(Thing thing, WordChoice choice, CaptionDetails details)
    {
        var size = details.HasFlag(CaptionDetails.Sizes) || choice.InPercent($"say the size of {thing.Kind}", SizePercent)
            ? choice.Of($"size of {thing.Kind}", Vocabulary.Of(thing.Size)) + " "
            : "";
        var color = choice.Of($"color of {thing.Kind}", Vocabulary.Of(thing.Color));
        var name = $"{size}{color} {choice.Of($"name of {thing.Kind}", Vocabulary.Of(thing.Kind))}";
        var article = "aeiou".Contains(name[0], StringComparison.Ordinal) ? "an " : "a ";
        return IsBare(choice) ? name : article + name;
    }

    private static bool IsBare(WordChoice choice) => choice.InPercent("bare", BarePercent);

    private static string? Related(Thing one, Thing other, WordChoice choice) =>
        Layout.Between(one, other) is { } relation && choice.InPercent("relation", RelationPercent)
            ? choice.Of("which relation", Vocabulary.Of(relation))
            : null;

    private static string Placed(Thing thing, WordChoice choice, CaptionDetails details) =>
        Layout.Of(thing) is { } place && (details.HasFlag(CaptionDetails.Places) || choice.InPercent($"place of {thing.Kind}", PlacePercent))
            ? " " + choice.Of($"which place of {thing.Kind}", Vocabulary.Of(place))
            : "";

    private static string Setting(Scene scene, WordChoice choice, CaptionDetails details)
    {
        var backdrop = choice.InPercent("backdrop", BackdropPercent) ? choice.Of("which backdrop", Vocabulary.Of(scene.Backdrop)) : "";
        var time = SaysTime(scene, choice, details) ? choice.Of("which time", Vocabulary.Of(scene.Time)) : "";
        var timeFirst = choice.InPercent("time first", 25);
        return string.Join(choice.Of("within the setting", " ", " ", ", "), new[] { timeFirst ? time : backdrop, timeFirst ? backdrop : time }.Where(part => part.Length > 0));
    }

    // A plain backdrop has no time.
    private static bool SaysTime(Scene scene, WordChoice choice, CaptionDetails details) =>
        !SceneSampler.IsPlain(scene.Backdrop)
        && (details.HasFlag(CaptionDetails.Time) || choice.InPercent("time", scene.Time == TimeOfDay.Day ? DaylightPercent : TimePercent));
}
