namespace DiffusionX.Scenes.Captions;

/// <summary>What a caption must say where it otherwise might leave it out.</summary>
[Flags]
internal enum CaptionDetails
{
    /// <summary>Only things and their colours, which every caption says.</summary>
    None = 0,

    /// <summary>How large each thing is.</summary>
    Sizes = 1,

    /// <summary>Whether it is day, sunset or night.</summary>
    Time = 2,

    /// <summary>On which side of the picture each thing is.</summary>
    Places = 4,
}
