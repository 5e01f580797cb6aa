using DiffusionX.Models.UNet;

namespace DiffusionX.Benchmarks;

/// <summary>UNets that are known by name.</summary>
public enum PublishedUNet
{
    StableDiffusion15,
    TinySD,
    StableDiffusionXL,
}

/// <summary>Their shapes.</summary>
internal static class PublishedUNets
{
    public static UNet2DConditionConfig ConfigOf(PublishedUNet model) => model switch
    {
        PublishedUNet.StableDiffusion15 => new UNet2DConditionConfig
        {
            BlockOutChannels = [320, 640, 1280, 1280],
            AttentionHeads = [8, 8, 8, 8],
            DownAttends = [true, true, true, false],
            UpAttends = [false, true, true, true],
            CrossAttentionDim = 768,
        },
        PublishedUNet.TinySD => new UNet2DConditionConfig
        {
            BlockOutChannels = [320, 640, 1280],
            AttentionHeads = [8, 8, 8],
            DownAttends = [true, true, true],
            UpAttends = [true, true, true],
            MidBlock = UNetMidBlock.None,
            LayersPerBlock = 1,
            CrossAttentionDim = 768,
        },
        PublishedUNet.StableDiffusionXL => new UNet2DConditionConfig
        {
            BlockOutChannels = [320, 640, 1280],
            AttentionHeads = [5, 10, 20],
            DownAttends = [false, true, true],
            UpAttends = [true, true, false],
            TransformerLayersPerBlock = [[1, 1], [2, 2], [10, 10]],
            ReverseTransformerLayersPerBlock = [[10, 10, 10], [2, 2, 2], [1, 1, 1]],
            CrossAttentionDim = 2048,
            UseLinearProjection = true,
            TextTime = new TextTimeConfig(TimeIdWidth: 256, Inputs: 2816),
        },
        _ => throw new ArgumentOutOfRangeException(nameof(model), model, "Not a published UNet."),
    };
}
