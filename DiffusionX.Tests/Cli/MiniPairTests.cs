using DiffusionX.Tests.Pipeline;

namespace DiffusionX.Tests.Cli;

/// <summary>Tests of commands in a folder where a pair of mini models lies where the shipped ones would.</summary>
public abstract class MiniPairTests
{
    private protected TemporaryFolder Folder { get; private set; } = null!;

    [OneTimeSetUp]
    public void WriteMiniModels()
    {
        Folder = new TemporaryFolder();
        MiniModel.Write(Folder.File("weights/scenes/edge"));
        MiniModel.Write(Folder.File("weights/scenes/cloud"));
    }

    [OneTimeTearDown]
    public void DeleteThem() => Folder.Dispose();
}
