using System.Xml.Linq;
using Millrace.Checkpoints;
using Xunit;

namespace Millrace.Architecture.Tests;

public sealed class ArrowTests
{
    [Fact]
    public void ShouldReferenceOnlyWhatTheDesignAllows_WhenProjectIsInSrc()
    {
        string[] projects = [.. RepositoryTree.Files("src", ".csproj").Where(file => !RepositoryTree.IsTemplate(file))];
        Assert.NotEmpty(projects);
        List<string> violations = new();
        foreach (string project in projects)
        {
            string name = Path.GetFileNameWithoutExtension(project);
            if (!Arrows.Projects.TryGetValue(name, out string[]? allowed))
            {
                violations.Add($"{name} is not in docs/design.md, section 6, and Arrows.Projects; add it to both.");
                continue;
            }

            XDocument xml = XDocument.Load(Path.Combine(RepositoryTree.Root, project));
            IEnumerable<string> ours = Includes(xml, "ProjectReference")
                .Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')));
            violations.AddRange(
                ours.Where(reference => !allowed.Contains(reference, StringComparer.Ordinal)).Select(reference => $"{name} -> {reference}")
            );
            violations.AddRange(
                Includes(xml, "PackageReference")
                    .Where(package => !allowed.Any(start => package.StartsWith(start, StringComparison.Ordinal)))
                    .Select(package => $"{name} -> {package} (package)")
            );
        }

        Assert.True(violations.Count == 0, "Arrows that the design does not have:\n" + string.Join('\n', violations));
    }

    [Fact]
    public void ShouldNameTheVersionsOfThisRepository_WhenProjectIsATemplate()
    {
        Dictionary<string, string> versions = Elements("Directory.Packages.props", "PackageVersion")
            .ToDictionary(each => each.Name, each => each.Version!, StringComparer.Ordinal);
        string[] templates = [.. RepositoryTree.Files("src", ".csproj").Where(RepositoryTree.IsTemplate)];

        Assert.NotEmpty(templates);
        Assert.All(
            templates.SelectMany(file => Elements(file, "PackageReference")),
            reference =>
                Assert.Equal(
                    reference.Name.StartsWith("Millrace", StringComparison.Ordinal)
                        ? "$millraceVersion$"
                        : versions.GetValueOrDefault(reference.Name, reference.Version!),
                    reference.Version
                )
        );

        static IEnumerable<(string Name, string? Version)> Elements(string file, string element) =>
            XDocument
                .Load(Path.Combine(RepositoryTree.Root, file))
                .Descendants(element)
                .Select(each => (each.Attribute("Include")!.Value, each.Attribute("Version")?.Value));
    }

    [Fact]
    public void ShouldUseOnlyLowerLayers_WhenNamespaceIsInTheCore()
    {
        (string User, string Used)[] uses = UsesOf(typeof(IObjectStore).Assembly.Location);

        Assert.Contains(uses, use => use is { User: "Millrace.Checkpoints.MergedSnapshotReader", Used: "Millrace.State.KeyGroupRange" });
        Check(uses, "Millrace.", Arrows.CoreLayers, nameof(Arrows.CoreLayers));
    }

    [Fact]
    public void ShouldUseOnlyLowerLayers_WhenNamespaceIsInTheEngine()
    {
        (string User, string Used)[] uses = UsesOf(Path.Combine(AppContext.BaseDirectory, "Millrace.Durable.dll"));

        Assert.Contains(
            uses,
            use => use is { User: "Millrace.Durable.Hosting.SourceSlot", Used: "Millrace.Durable.Protocol.PartitionTask" }
        );
        Check(uses, "Millrace.Durable.", Arrows.EngineLayers, nameof(Arrows.EngineLayers));
    }

    [Fact]
    public void ShouldNeedLittle_WhenStateMachineIsOfTheProtocol()
    {
        string[] used =
        [
            .. RepositoryTree
                .Files("src/Millrace.Durable/Protocol", ".cs")
                .SelectMany(file => File.ReadLines(Path.Combine(RepositoryTree.Root, file)))
                .Where(line => line.StartsWith("using Millrace", StringComparison.Ordinal))
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];

        Assert.Equal(["using Millrace.Serialization;", "using Millrace.Time;"], used);
    }

    private static (string User, string Used)[] UsesOf(string assembly)
    {
        using TypeReferences references = new(assembly);
        return [.. references.Read().Distinct()];
    }

    private static void Check((string User, string Used)[] uses, string root, IReadOnlyList<string[]> layers, string table)
    {
        Dictionary<string, int> layerOf = layers
            .SelectMany((names, layer) => names.Select(name => (name, layer)))
            .ToDictionary(pair => root + pair.name, pair => pair.layer, StringComparer.Ordinal);
        string[] unknown =
        [
            .. uses.SelectMany(use => new[] { NamespaceOf(use.User), NamespaceOf(use.Used) })
                .Where(name => name.StartsWith(root, StringComparison.Ordinal) && !layerOf.ContainsKey(name))
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];
        Assert.True(
            unknown.Length == 0,
            $"Namespaces without a layer: {string.Join(", ", unknown)}; add them to docs/design.md, section 6, and Arrows.{table}."
        );

        string[] violations =
        [
            .. uses.Where(use => layerOf.ContainsKey(NamespaceOf(use.User)) && layerOf.ContainsKey(NamespaceOf(use.Used)))
                .Where(use =>
                    NamespaceOf(use.User) != NamespaceOf(use.Used) && layerOf[NamespaceOf(use.User)] <= layerOf[NamespaceOf(use.Used)]
                )
                .Select(use => $"{use.User} -> {use.Used}")
                .Order(StringComparer.Ordinal),
        ];
        Assert.True(violations.Length == 0, "Uses of a higher layer, or across one:\n" + string.Join('\n', violations));
    }

    private static string NamespaceOf(string type) => type[..type.LastIndexOf('.')];

    private static IEnumerable<string> Includes(XDocument xml, string item) =>
        xml.Descendants(item).Select(element => (string?)element.Attribute("Include") ?? "").Where(include => include.Length > 0);
}
