using Millrace.Infra.Tests.Support;

namespace Millrace.Infra.Tests.Bicep;

/// <summary>A copy of infra/ that the compiler may write into.</summary>
internal sealed class InfraCopy : IDisposable
{
    public InfraCopy()
    {
        foreach (string file in Directory.GetFiles(Original, "*", SearchOption.AllDirectories))
        {
            string copy = PathOf(Path.GetRelativePath(Original, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    public static string Original { get; } = Tree.PathOf("infra");

    public string Root { get; } = Directory.CreateTempSubdirectory("millrace-infra-").FullName;

    public string PathOf(string relative) => Path.Combine(Root, relative);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
