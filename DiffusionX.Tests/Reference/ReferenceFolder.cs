namespace DiffusionX.Tests.Reference;

/// <summary>
/// The folder with the golden numbers of the Python implementations: beside the project, or where DIFFUSIONX_REFERENCE says.
/// </summary>
internal static class ReferenceFolder
{
    private const string Variable = "DIFFUSIONX_REFERENCE";
    private const string SolutionFile = "DiffusionX.sln";

    /// <summary>The folder's path, be it there or not.</summary>
    public static string Path => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path
        ? path
        : System.IO.Path.GetFullPath(System.IO.Path.Combine(ProjectRoot, "..", "shared", "reference"));

    /// <summary>The folder that holds the solution.</summary>
    public static string ProjectRoot
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, SolutionFile)))
            {
                folder = folder.Parent;
            }

            return folder?.FullName ?? throw new DirectoryNotFoundException($"No {SolutionFile} above {AppContext.BaseDirectory}.");
        }
    }

    /// <summary>Why there are no cases of a kind, for the message of a skipped test.</summary>
    public static string WhyNone(string kind) => Directory.Exists(Path)
        ? $"{Path} has no case of the kind '{kind}'."
        : $"{Path} is not there: set {Variable} to a folder with reference cases.";
}
