using DiffusionX.Checkpoints;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Checkpoints;

[TestFixture]
[NoTensorLeaks]
public sealed class CheckpointFilesTests
{
    [TestCase("model.safetensors", null)]
    [TestCase("model.fp16.safetensors", "fp16")]
    [TestCase("model.fp16.safetensors", null, Description = "the only variant")]
    public void Whole_files_are_found(string name, string? variant)
    {
        using var folder = new TemporaryFolder();
        Save(folder, name, "a");

        using var weights = CheckpointFiles.Open(folder.Path, "model", variant);

        Assert.That(weights.Tensors.Keys, Is.EqualTo(new[] { "a" }));
    }

    [TestCase("model.safetensors.index.json", null)]
    [TestCase("model.safetensors.index.fp16.json", "fp16")]
    [TestCase("model.safetensors.index.fp16.json", null, Description = "the only variant")]
    public void Sharded_files_are_found(string index, string? variant)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        Save(folder, "one.safetensors", "a");
        Save(folder, "two.safetensors", "b");
        folder.Write(index, """{"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}""");
        var target = empty(2);

        using var weights = CheckpointFiles.Open(folder.Path, "model", variant);
        weights.CopyTo("b", target);

        Assert.Multiple(() =>
        {
            Assert.That(weights.Tensors.Keys, Is.EquivalentTo(new[] { "a", "b" }));
            Assert.That(target.Equals(ones(2)), Is.True);
        });
    }

    [TestCase("model.fp16-00001-of-00002.safetensors", "model.fp16-00002-of-00002.safetensors")]
    [TestCase("model-00001-of-00002.fp16.safetensors", "model-00002-of-00002.fp16.safetensors")]
    public void Shards_of_the_only_variant_are_not_taken_for_other_variants(string first, string second)
    {
        using var folder = new TemporaryFolder();
        Save(folder, first, "a");
        Save(folder, second, "b");
        folder.Write("model.safetensors.index.fp16.json", $$"""{"weight_map": {"a": "{{first}}", "b": "{{second}}" } }""");

        using var weights = CheckpointFiles.Open(folder.Path, "model");

        Assert.That(weights.Tensors.Keys, Is.EquivalentTo(new[] { "a", "b" }));
    }

    [Test]
    public void The_plain_file_is_taken_before_a_variant()
    {
        using var folder = new TemporaryFolder();
        Save(folder, "model.safetensors", "plain");
        Save(folder, "model.fp16.safetensors", "half");

        using var weights = CheckpointFiles.Open(folder.Path, "model");

        Assert.That(weights.Tensors.Keys, Is.EqualTo(new[] { "plain" }));
    }

    [TestCase("model.safetensors", "fp16", Description = "other parts of the model have it")]
    [TestCase("model.safetensors", null)]
    public void A_part_without_the_variant_gives_its_plain_file(string there, string? variant)
    {
        using var folder = new TemporaryFolder();
        Save(folder, there, "plain");
        Save(folder, "model.non_ema.safetensors", "another");

        using var weights = CheckpointFiles.Open(folder.Path, "model", variant);

        Assert.That(weights.Tensors.Keys, Is.EqualTo(new[] { "plain" }));
    }

    [Test]
    public void A_part_with_neither_the_variant_nor_a_plain_file_names_those_that_it_has()
    {
        using var folder = new TemporaryFolder();
        Save(folder, "model.non_ema.safetensors", "another");

        Assert.That(
            () => CheckpointFiles.Open(folder.Path, "model", "fp16"),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("'fp16'").And.Message.Contains("'non_ema'"));
    }

    [TestCase("model.fp16.safetensors", true)]
    [TestCase("model.safetensors.index.fp16.json", true)]
    [TestCase("model.safetensors", false)]
    [TestCase("model.non_ema.safetensors", false)]
    public void It_is_known_whether_a_part_has_a_variant(string name, bool expected)
    {
        using var folder = new TemporaryFolder();
        folder.Write(name, "x");

        Assert.That(CheckpointFiles.HasVariant(folder.Path, "model", "fp16"), Is.EqualTo(expected));
    }

    [Test]
    public void Several_variants_want_to_be_chosen_from()
    {
        using var folder = new TemporaryFolder();
        Save(folder, "model.fp16.safetensors", "a");
        Save(folder, "model.ema.safetensors", "a");

        Assert.That(
            () => CheckpointFiles.Open(folder.Path, "model"),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("'ema'").And.Message.Contains("'fp16'"));
    }

    [Test]
    public void A_folder_with_pickle_files_alone_is_refused_with_a_way_to_convert_them()
    {
        using var folder = new TemporaryFolder();
        folder.Write("diffusion_pytorch_model.bin", "PK");

        Assert.That(
            () => CheckpointFiles.Open(folder.Path, "diffusion_pytorch_model"),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("diffusion_pytorch_model.bin").And.Message.Contains("safe_serialization=True"));
    }

    [TestCase("""{"weight_map": {"a": "gone.safetensors"}}""", "gone.safetensors")]
    [TestCase("""{"weight_map": {"missing": "one.safetensors"}}""", "'missing'")]
    [TestCase("""{"weight_map": {"a": "../one.safetensors"}}""", "beside the index")]
    [TestCase("""{"weight_map": {"a": null}}""", "beside the index")]
    [TestCase("""{"weights": {}}""", "weight_map")]
    [TestCase("""{"weight_map": [1]}""", "weight_map")]
    [TestCase("""{"weight_map": {"a": "one.safetensors", "a": "two.safetensors"}}""", "weight_map", Description = "a tensor in two files")]
    [TestCase("""no json""", "weight_map")]
    public void A_broken_index_is_refused_by_name(string index, string named)
    {
        using var folder = new TemporaryFolder();
        Save(folder, "one.safetensors", "a");
        folder.Write("model.safetensors.index.json", index);

        Assert.That(() => CheckpointFiles.Open(folder.Path, "model"), Throws.TypeOf<CheckpointException>().With.Message.Contains(named));
    }

    [Test]
    public void An_index_may_begin_with_a_byte_order_mark()
    {
        using var folder = new TemporaryFolder();
        Save(folder, "one.safetensors", "a");
        folder.Write("model.safetensors.index.json", "\uFEFF{\"weight_map\": {\"a\": \"one.safetensors\"}}");

        using var weights = CheckpointFiles.Open(folder.Path, "model");

        Assert.That(weights.Tensors.Keys, Is.EqualTo(new[] { "a" }));
    }

    private static void Save(TemporaryFolder folder, string name, string tensorName)
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.Save(folder.File(name), new Dictionary<string, Tensor> { [tensorName] = ones(2) });
    }
}
