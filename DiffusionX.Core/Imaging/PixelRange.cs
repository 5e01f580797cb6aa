namespace DiffusionX.Imaging;

/// <summary>The numbers between which a tensor's pixel values lie.</summary>
internal enum PixelRange
{
    /// <summary>Black is 0, white is 1: what metrics and predictors take, and what pipelines return.</summary>
    ZeroToOne,

    /// <summary>Black is -1, white is 1: what the VAE takes.</summary>
    MinusOneToOne,
}
