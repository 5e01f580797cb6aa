using DiffusionX.Pipeline;

namespace DiffusionX.Tests.Pipeline;

/// <summary>Tests of what a mini model does, loaded once for all of them.</summary>
public abstract class MiniModelTests
{
    private protected TemporaryFolder Folder { get; private set; } = null!;

    private protected DiffusionModel Model { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task LoadAMiniModel()
    {
        Folder = new TemporaryFolder();
        MiniModel.Write(Folder.File("mini"));
        Model = await DiffusionModel.LoadAsync(Folder.File("mini"));
    }

    [OneTimeTearDown]
    public void FreeIt()
    {
        Model.Dispose();
        Folder.Dispose();
    }
}
