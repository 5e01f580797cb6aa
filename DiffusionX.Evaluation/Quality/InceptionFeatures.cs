using DiffusionX.Checkpoints;
using DiffusionX.Evaluation.Inception;
using DiffusionX.Imaging;
using DiffusionX.Models.Common;
using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Evaluation.Quality;

/// <summary>The Inception-v3 of the Fréchet Inception Distance, and of the Inception Score where its file has the classifier.</summary>
internal sealed class InceptionFeatures : IPictureFeatures
{
    private const string ClassifierName = "fc.weight";

    private readonly FidInceptionV3 network;
    private readonly Device device;
    private readonly Tensor? classifier;

    private InceptionFeatures(FidInceptionV3 network, Device device, Tensor? classifier)
    {
        this.network = network;
        this.device = device;
        this.classifier = classifier?.DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public string Name => "Inception-v3 (pytorch-fid)";

    /// <inheritdoc/>
    public string Resize => "bilinear to 299×299, no antialiasing";

    /// <inheritdoc/>
    public int FeatureCount => FidInceptionV3.FeatureCount;

    /// <inheritdoc/>
    public int ClassCount => (int)(classifier?.shape[0] ?? 0);

    /// <summary>Loads the network.</summary>
    /// <param name="path">pytorch-fid's weights as a .safetensors file.</param>
    /// <param name="device"><c>cpu</c>, <c>cuda</c> …</param>
    /// <exception cref="CheckpointException">The file is missing, damaged, or holds something else.</exception>
    /// <exception cref="TorchUnavailableException">libtorch, or the device, is not there.</exception>
    public static InceptionFeatures Load(string path, string device = "cpu")
    {
        using var scope = NewDisposeScope();
        var target = ComputeDevice.Open(device);
        using var placement = ParameterPlacement.On(target, ScalarType.Float32);
        using var file = SafetensorsFile.Open(path);
        var network = new FidInceptionV3();
        WeightLoader.Load(network, file, CheckpointKeys.Inception);
        return new InceptionFeatures(network, target, file.Tensors.ContainsKey(ClassifierName) ? file.Read(ClassifierName).to(ScalarType.Float32, target) : null);
    }

    /// <inheritdoc/>
    public PictureDescription Describe(IReadOnlyList<Picture> pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        Tensor[] images = [.. pictures.Select(picture => picture.ToTensor(PixelRange.ZeroToOne).to(device))];
        var areAlike = Array.TrueForAll(images, image => image.shape.SequenceEqual(images[0].shape));
        var features = areAlike ? network.Features(cat(images, 0)) : cat([.. images.Select(network.Features)], 0);

        // The score's first implementation leaves out the classifier's bias, and tables follow it.
        var logits = classifier is null ? null : features.mm(classifier.t()).MoveToOuterDisposeScope();
        return new PictureDescription(features.MoveToOuterDisposeScope(), logits);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        network.Dispose();
        classifier?.Dispose();
    }
}
