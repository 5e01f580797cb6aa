using System.Text.Json;

namespace DiffusionX.Evaluation.Prompts;

/// <summary>Goes through a file of COCO captions token by token, and remembers where it is between two pieces of it.</summary>
/// <param name="path">The file's, for messages.</param>
internal sealed class CocoCaptionParser(string path)
{
    private const string Annotations = "annotations";
    private const int RootDepth = 1;
    private const int AnnotationDepth = 2;
    private const int PropertyDepth = 3;

    private JsonReaderState state = new(new JsonReaderOptions());
    private string? rootProperty;
    private string? property;
    private bool isAnnotated;
    private int count;
    private long? id;
    private long? imageId;
    private string? text;

    /// <summary>Parses the next piece.</summary>
    /// <param name="piece">What was left of the last piece, and what follows it.</param>
    /// <param name="isLast">Whether nothing follows.</param>
    /// <param name="used">How many bytes are done with.</param>
    /// <returns>The captions that ended in it.</returns>
    public List<CocoCaption> Parse(ReadOnlySpan<byte> piece, bool isLast, out int used)
    {
        var captions = new List<CocoCaption>();
        var reader = new Utf8JsonReader(piece, isLast, state);
        try
        {
            while (reader.Read())
            {
                if (Take(ref reader) is { } caption)
                {
                    captions.Add(caption);
                }
            }
        }
        catch (JsonException error)
        {
            throw new PromptSetException($"{path} is no valid JSON: {error.Message}", error);
        }

        if (isLast && !isAnnotated)
        {
            throw new PromptSetException($"{path}: there are no '{Annotations}' in it. Expected is a file of COCO captions, such as captions_val2017.json.");
        }

        state = reader.CurrentState;
        used = (int)reader.BytesConsumed;
        return captions;
    }

    private bool IsInAnnotations => isAnnotated && rootProperty == Annotations;

    private CocoCaption? Take(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName when reader.CurrentDepth == RootDepth:
                rootProperty = reader.GetString();
                return null;
            case JsonTokenType.StartArray when reader.CurrentDepth == RootDepth && rootProperty == Annotations:
                isAnnotated = true;
                return null;
            case JsonTokenType.PropertyName when reader.CurrentDepth == PropertyDepth:
                property = reader.GetString();
                return null;
            case JsonTokenType.EndObject when IsInAnnotations && reader.CurrentDepth == AnnotationDepth:
                return Finish();
            case JsonTokenType.EndArray when reader.CurrentDepth == RootDepth:
                rootProperty = null;
                return null;
            default:
                TakeValue(ref reader);
                return null;
        }
    }

    private void TakeValue(ref Utf8JsonReader reader)
    {
        if (!IsInAnnotations)
        {
            CheckPlace(ref reader);
        }
        else if (reader.CurrentDepth == PropertyDepth)
        {
            TakeProperty(ref reader);
        }
        else if (reader.CurrentDepth == AnnotationDepth && reader.TokenType != JsonTokenType.StartObject)
        {
            throw Wrong("has to be an object");
        }
    }

    private void CheckPlace(ref Utf8JsonReader reader)
    {
        if (reader.CurrentDepth == RootDepth && rootProperty == Annotations)
        {
            throw new PromptSetException($"{path}: '{Annotations}' has to be an array.");
        }
    }

    private void TakeProperty(ref Utf8JsonReader reader)
    {
        switch (property)
        {
            case "id":
                id = Number(ref reader);
                break;
            case "image_id":
                imageId = Number(ref reader);
                break;
            case "caption":
                text = reader.TokenType == JsonTokenType.String ? reader.GetString() : throw Wrong("'caption' has to be a text");
                break;
        }
    }

    private long Number(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) ? number : throw Wrong($"'{property}' has to be a whole number");

    private CocoCaption Finish()
    {
        var caption = new CocoCaption(
            id ?? throw Wrong("'id' is missing"), imageId ?? throw Wrong("'image_id' is missing"), text ?? throw Wrong("'caption' is missing"));
        (id, imageId, text, property) = (null, null, null, null);
        count++;
        return caption;
    }

    private PromptSetException Wrong(string what) => new($"{path}: {Annotations}[{count}]: {what}.");
}
