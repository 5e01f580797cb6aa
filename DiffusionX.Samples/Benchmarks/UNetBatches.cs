using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionX.Benchmarks;

/// <summary>
/// Milliseconds of a UNet's call by the rows of its batch, hash weights, a line of JSON for each: what ../shared/gpu/unet_peer.py prints of
/// PyTorch on the same card. Two rows are a picture with guidance.
/// </summary>
internal static class UNetBatches
{
    public const string Verb = "unet-batches";

    private const int TextLength = 77;
    private const int WarmUps = 3;

    // Of Stable Diffusion XL: the original size, the crop and the target size.
    private const int TimeIds = 6;

    /// <param name="model"><c>sd15</c>, <c>tiny-sd</c> or <c>sdxl</c>.</param>
    /// <param name="side">Of the latent.</param>
    /// <param name="batches">Rows, numbers between commas.</param>
    /// <param name="device">Such as <c>cuda</c>.</param>
    /// <param name="dtype">Such as <c>Float16</c>.</param>
    /// <param name="runs">How many calls the median is of.</param>
    public static int Run(string model, int side, string batches, string device, string dtype, int runs)
    {
        TorchRuntime.TuneProcess();
        TorchRuntime.EnsureLoaded();
        using var inference = inference_mode();
        var (on, type) = (new Device(device), Enum.Parse<ScalarType>(dtype, ignoreCase: true));
        using var unet = Build(model, on, type);
        foreach (var rows in batches.Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture)))
        {
            var milliseconds = Measure(unet, rows, side, on, type, runs);
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                model,
                mode = "diffusionx",
                dtype,
                size = side,
                batch = rows,
                ms = Math.Round(milliseconds, 3),
                ms_per_row = Math.Round(milliseconds / rows, 3),
                device,
            }));
        }

        return 0;
    }

    private static UNet2DConditionModel Build(string model, Device device, ScalarType type)
    {
        var config = PublishedUNets.ConfigOf(model switch
        {
            "tiny-sd" => PublishedUNet.TinySD,
            "sdxl" => PublishedUNet.StableDiffusionXL,
            _ => PublishedUNet.StableDiffusion15,
        });
        using var placement = ParameterPlacement.On(device, type);
        var unet = new UNet2DConditionModel(config);
        HashWeights.Fill(unet);
        return unet;
    }

    private static double Measure(UNet2DConditionModel unet, int rows, int side, Device device, ScalarType type, int runs)
    {
        using var scope = NewDisposeScope();
        using var text = unet.Attend(randn([rows, TextLength, unet.Config.CrossAttentionDim], type, device), ConditionsOf(unet, rows, device));
        var sample = randn([rows, unet.Config.InChannels, side, side], type, device);
        var timesteps = full([rows], 500f, ScalarType.Float32, device);
        var times = new List<double>();
        for (var run = 0; run < WarmUps + runs; run++)
        {
            Wait(device);
            var began = Stopwatch.GetTimestamp();
            unet.Forward(sample, timesteps, text).Dispose();
            Wait(device);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        return times.Skip(WarmUps).Order().ElementAt(runs / 2);
    }

    private static AddedConditions ConditionsOf(UNet2DConditionModel unet, int rows, Device device) =>
        unet.Config.TextTime is not { } told ? new AddedConditions() : new AddedConditions
        {
            TextEmbeddings = randn([rows, told.Inputs - (TimeIds * told.TimeIdWidth)], ScalarType.Float32, device),
            TimeIds = full([rows, TimeIds], 1024f, ScalarType.Float32, device),
        };

    private static void Wait(Device device)
    {
        if (device.type == DeviceType.CUDA)
        {
            cuda.synchronize();
        }
    }
}
