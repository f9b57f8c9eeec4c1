using System.IO.Compression;
using System.Xml.Linq;

namespace Millrace.Packages.Tests;

/// <summary>What a package file says of itself, and the names of its files.</summary>
internal sealed class Package
{
    private readonly XElement _metadata;

    public Package(string file)
    {
        using ZipArchive archive = ZipFile.OpenRead(file);
        Files = [.. archive.Entries.Select(entry => entry.FullName)];
        using Stream nuspec = archive.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        _metadata = XDocument.Load(nuspec).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
    }

    public IReadOnlyList<string> Files { get; }

    /// <summary>Id -> version.</summary>
    public IReadOnlyDictionary<string, string> Dependencies =>
        Elements("dependency").ToDictionary(element => Attribute(element, "id"), element => Attribute(element, "version"));

    public IReadOnlyList<string> Frameworks => [.. Elements("frameworkReference").Select(element => Attribute(element, "name"))];

    /// <summary>An element of the metadata; empty if it is not there.</summary>
    public string Value(string name) => Elements(name).SingleOrDefault()?.Value ?? "";

    /// <summary>An attribute of an element of the metadata; empty if it is not there.</summary>
    public string Value(string name, string attribute) =>
        Elements(name).Select(element => Attribute(element, attribute)).SingleOrDefault() ?? "";

    private static string Attribute(XElement element, string name) => element.Attribute(name)?.Value ?? "";

    private IEnumerable<XElement> Elements(string name) => _metadata.Descendants().Where(element => element.Name.LocalName == name);
}
