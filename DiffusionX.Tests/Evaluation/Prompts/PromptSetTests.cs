using DiffusionX.Evaluation.Prompts;

namespace DiffusionX.Tests.Evaluation.Prompts;

[TestFixture]
public sealed class PromptSetTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void What_was_written_is_read_again()
    {
        PromptSession[] sessions =
        [
            new("a", [new("a dog"), new("a \"brown\" dog – größer", "attribute")]),
            new("b", [new("a cat")]),
        ];

        PromptSet.Write(folder.File("prompts.jsonl"), sessions);

        Assert.That(PromptSet.Read(folder.File("prompts.jsonl")), Is.EqualTo(sessions));
    }

    [Test]
    public void A_file_can_be_written_by_hand()
    {
        var path = folder.Write("mine.jsonl", "\n{\"id\": \"mine\", \"rounds\": [{\"prompt\": \"a house\"}, {\"prompt\": \"a red house\"}]}\n\n");

        var sessions = PromptSet.Read(path);

        Assert.That(sessions.Single().Rounds, Is.EqualTo(new PromptRound[] { new("a house"), new("a red house") }));
    }

    [TestCase("""{"id": "b"}""", "rounds")]
    [TestCase("""{"rounds": [{"prompt": "a"}]}""", "id")]
    [TestCase("""{"id": " ", "rounds": [{"prompt": "a"}]}""", "the id is empty")]
    [TestCase("""{"id": "b", "rounds": []}""", "one round or more")]
    [TestCase("""{"id": "b", "rounds": null}""", "rounds")]
    [TestCase("""{"id": "b", "rounds": [null]}""", "one round or more")]
    [TestCase("""{"id": "b", "rounds": [{"prompt": ""}]}""", "each with a prompt")]
    [TestCase("""{"id": "b", "rounds": [{"prompt": 3}]}""", "prompt")]
    [TestCase("""{"id": "b", "rounds": [{"prompt": "a"}], "seed": 1}""", "seed")]
    [TestCase("""{"id": "a", "rounds": [{"prompt": "a"}]}""", "that of line 1")]
    [TestCase("null", "null is no session")]
    [TestCase("{", "line 3")]
    public void A_line_that_is_no_session_is_named(string line, string named)
    {
        var path = folder.Write("broken.jsonl", $$"""
            {"id": "a", "rounds": [{"prompt": "a house"}]}

            {{line}}
            """);

        Assert.That(() => PromptSet.Read(path), Throws.InstanceOf<PromptSetException>().With.Message.StartsWith($"{path}, line 3: ").And.Message.Contains(named));
    }

    [Test]
    public void An_empty_file_is_no_set() =>
        Assert.That(() => PromptSet.Read(folder.Write("empty.jsonl", "\n")), Throws.InstanceOf<PromptSetException>().With.Message.Contains("no session"));

    [Test]
    public void A_missing_file_is_named() =>
        Assert.That(() => PromptSet.Read(folder.File("missing.jsonl")), Throws.InstanceOf<PromptSetException>().With.Message.Contains("missing.jsonl"));
}
