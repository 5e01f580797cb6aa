using DiffusionX.Checkpoints;
using DiffusionX.Tests.Tokenizers;
using DiffusionX.Tokenizers;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Checkpoints;

[TestFixture]
[NoTensorLeaks]
public sealed class TextualInversionTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [TestCase("emb_params", "cat-toy")]
    [TestCase("<cat-toy>", "<cat-toy>")]
    public void A_file_with_one_tensor_is_a_concept_called_as_the_file_or_the_tensor(string key, string name)
    {
        var path = Save("cat-toy.safetensors", (key, [2, 3]));

        var concept = TextualInversion.Load(path);

        Assert.That(concept.Name, Is.EqualTo(name));
        Assert.That(concept.Tokens, Is.EqualTo([name, $"{name}_1"]));
        Assert.That((concept.First.Count, concept.First.Width), Is.EqualTo((2, 3)));
        Assert.That(concept.First.Values.ToArray(), Is.EqualTo(new float[] { 0, 1, 2, 3, 4, 5 }));
        Assert.That(concept.Second, Is.Null);
    }

    [Test]
    public void A_single_vector_needs_no_rows()
    {
        var concept = TextualInversion.Load(Save("x.safetensors", ("<x>", [4])));

        Assert.That((concept.First.Count, concept.First.Width), Is.EqualTo((1, 4)));
        Assert.That(concept.Tokens, Is.EqualTo(["<x>"]));
    }

    [Test]
    public void A_file_for_Stable_Diffusion_XL_has_vectors_for_both_encoders()
    {
        var concept = TextualInversion.Load(Save("style.safetensors", ("clip_g", [2, 5]), ("clip_l", [2, 3])), name: "<style>");

        Assert.That(concept.Name, Is.EqualTo("<style>"));
        Assert.That(concept.First.Width, Is.EqualTo(3));
        Assert.That(concept.Second!.Width, Is.EqualTo(5));
    }

    [Test]
    public void The_tokens_of_a_concept_stand_for_its_vectors()
    {
        using var vocabulary = SmallVocabulary.Write();
        var concept = TextualInversion.Load(Save("x.safetensors", ("<x>", [3, 4])));
        var tokenizer = ClipTokenizer.Load(vocabulary.Path);

        var ids = tokenizer.WithAddedTokens(concept.Tokens, tokenizer.VocabularySize).Encode("a <x>");

        Assert.That(ids[2..^1], Is.EqualTo(Enumerable.Range(SmallVocabulary.Size, 3)));
    }

    [Test]
    public void An_embedding_in_a_pickle_file_is_refused_with_the_way_to_convert_it()
    {
        var path = folder.Write("style.pt", "PK");

        Assert.That(() => TextualInversion.Load(path), Throws.TypeOf<CheckpointException>().With.Message.Contains("emb_params").And.Message.Contains(path));
    }

    [Test]
    public void What_is_no_concept_is_refused_by_name()
    {
        (string, string)[] cases =
        [
            (Save("two.safetensors", ("a", [1, 2]), ("b", [1, 2])), "holds 2 tensors"),
            (Save("rank.safetensors", ("a", [1, 1, 2])), "1 to 75 vectors"),
            (Save("many.safetensors", ("a", [76, 2])), "1 to 75 vectors"),
            (Save("none.safetensors", ("a", [0, 2])), "1 to 75 vectors"),
            (Save("uneven.safetensors", ("clip_l", [1, 2]), ("clip_g", [2, 2])), "as many for both"),
            (Save("wide.safetensors", ("a", [1, 8193])), "1 to 75 vectors"),
            (Save("blank.safetensors", (" ", [1, 2])), "can't stand for a concept"),
        ];

        Assert.Multiple(() =>
        {
            foreach (var (path, message) in cases)
            {
                Assert.That(() => TextualInversion.Load(path), Throws.TypeOf<CheckpointException>().With.Message.Contains(message).And.Message.Contains(path));
            }
        });
    }

    [Test]
    public void Values_that_are_no_numbers_are_refused()
    {
        using var scope = NewDisposeScope();
        var path = folder.File("nan.safetensors");
        SafetensorsWriter.Save(path, [new("<x>", tensor([1f, float.NaN]))]);

        Assert.That(() => TextualInversion.Load(path), Throws.TypeOf<CheckpointException>().With.Message.Contains("NaN"));
    }

    private string Save(string name, params IEnumerable<(string Key, long[] Shape)> tensors)
    {
        using var scope = NewDisposeScope();
        var path = folder.File(name);
        SafetensorsWriter.Save(path, tensors.Select(each =>
            KeyValuePair.Create(each.Key, arange(each.Shape.Aggregate(1L, (product, size) => product * size), float32).reshape(each.Shape))));
        return path;
    }
}
