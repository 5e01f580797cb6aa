namespace DiffusionX.Scenes.Sessions;

/// <summary>How somebody changes a prompt from one round to the next.</summary>
internal enum EditKind
{
    /// <summary>A thing gets another colour.</summary>
    Recolored,

    /// <summary>A thing comes in.</summary>
    Added,

    /// <summary>A thing goes.</summary>
    Removed,

    /// <summary>A thing goes to the other side.</summary>
    Moved,

    /// <summary>Day becomes night, or the other way round.</summary>
    TimeChanged,

    /// <summary>A thing shrinks or grows.</summary>
    Resized,

    /// <summary>The same scene in other words.</summary>
    Reworded,
}
