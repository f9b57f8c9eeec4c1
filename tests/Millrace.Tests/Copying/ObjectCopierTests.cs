using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Millrace.Copying;
using Xunit;

namespace Millrace.Tests.Copying;

public sealed class ObjectCopierTests
{
    private readonly ObjectCopier _copier = new();

    private enum Colour
    {
        Red,
    }

    [Fact]
    public void ShouldBeNeedless_WhenNobodyCanChangeTheType()
    {
        Assert.True(ObjectCopier.IsNeedless<string>());
        Assert.True(ObjectCopier.IsNeedless<long>());
        Assert.True(ObjectCopier.IsNeedless<Colour?>());
        Assert.True(ObjectCopier.IsNeedless<(string, decimal)>());
        Assert.True(ObjectCopier.IsNeedless<Immutable>());
        Assert.True(ObjectCopier.IsNeedless<MutableStruct>());
        Assert.True(ObjectCopier.IsNeedless<ImmutableArray<Immutable>>());
        Assert.True(ObjectCopier.IsNeedless<KeyValuePair<string, Immutable>>());
        Assert.True(ObjectCopier.IsNeedless<Func<int>>());

        Assert.False(ObjectCopier.IsNeedless<Plain>());
        Assert.False(ObjectCopier.IsNeedless<(string, Plain)>());
        Assert.False(ObjectCopier.IsNeedless<byte[]>());
        Assert.False(ObjectCopier.IsNeedless<List<int>>());
        Assert.False(ObjectCopier.IsNeedless<object>());
        Assert.False(ObjectCopier.IsNeedless<WithList>());
    }

    [Fact]
    public void ShouldCopyAllThatCanBeChanged_WhenDataIsPlain()
    {
        Plain value = new()
        {
            Number = 1,
            Tags = ["a"],
            Parts = [new Plain { Number = 2 }],
            ByName = new(StringComparer.OrdinalIgnoreCase) { ["x"] = [3] },
            Pair = (4, new Plain { Number = 5 }),
        };

        Plain copy = _copier.Copy(value);
        copy.Number = 10;
        copy.Tags.Add("b");
        copy.Parts[0].Number = 20;
        copy.ByName["X"][0] = 30;
        copy.Pair.Item2.Number = 50;

        Assert.Equal(1, value.Number);
        Assert.Equal(["a"], value.Tags);
        Assert.Equal(2, value.Parts[0].Number);
        Assert.Equal(3, Assert.Single(value.ByName).Value[0]);
        Assert.Equal(5, value.Pair.Item2.Number);
    }

    [Fact]
    public void ShouldCopyByActualType_WhenAClassIsDerived()
    {
        Plain copy = _copier.Copy<Plain>(new Derived("hidden", 7) { Number = 1 });

        Derived derived = Assert.IsType<Derived>(copy);
        Assert.Equal(("hidden", 7), (derived.Hidden, derived.ReadOnly));
    }

    [Fact]
    public void ShouldKeepTheGraph_WhenItLeadsBackToItself()
    {
        Node parent = new() { Name = "parent" };
        parent.Children.Add(new Node { Name = "child", Parent = parent });

        Node copy = _copier.Copy(parent);

        Assert.NotSame(parent, copy);
        Assert.Same(copy, copy.Children[0].Parent);
        Assert.NotSame(copy, _copier.Copy(parent));
    }

    [Fact]
    public void ShouldReplaceWhatAStructRefersTo_WhenItIsCopied()
    {
        (string Name, int[] Numbers) value = ("a", [1]);

        (string Name, int[] Numbers) copy = _copier.Copy(value);
        object boxed = _copier.CopyObject(value);
        copy.Numbers[0] = 2;
        (((string, int[] Numbers))boxed).Numbers[0] = 3;

        Assert.Equal(1, value.Numbers[0]);
    }

    [Fact]
    public void ShouldCopyOtherKnownTypes_WhenTheyCanBeChanged()
    {
        JsonNode json = JsonNode.Parse("""{"a":1}""")!;
        JsonNode copy = _copier.Copy(json);
        copy["a"] = 2;
        Assert.Equal(1, (int)json["a"]!);

        SortedSet<string> sorted = new(StringComparer.OrdinalIgnoreCase) { "a" };
        Assert.Contains("A", _copier.Copy(sorted));
        Queue<int> queue = new([1, 2]);
        Assert.Equal(2, _copier.Copy(new Stack<int>([1, 2])).Pop());
        Assert.Equal(1, _copier.Copy(queue).Dequeue());
        Assert.Equal(2, queue.Count);
    }

    [Fact]
    public void ShouldShare_WhenAnObjectIsNoPlainData()
    {
        Service service = new();
        Assert.Same(service, _copier.Copy(service));
        Assert.False(ObjectCopier.CanCopy(typeof(Service)));
    }

    private sealed record Immutable(string Name, int? Number, ImmutableArray<string> Tags, IReadOnlyList<int> Numbers)
    {
        public DateTimeOffset Time { get; init; }
    }

    private struct MutableStruct
    {
        public int Number { get; set; }
    }

    private sealed record WithList(List<int> Numbers);

    private class Plain
    {
        public int Number { get; set; }

        public List<string> Tags { get; set; } = [];

        public Plain[] Parts { get; set; } = [];

        public Dictionary<string, int[]> ByName { get; set; } = [];

        public (int, Plain) Pair { get; set; }
    }

    private sealed class Derived(string hidden, int readOnly) : Plain
    {
        public string Hidden => hidden;

        public int ReadOnly { get; } = readOnly;
    }

    private sealed class Node
    {
        public string Name { get; set; } = "";

        public Node? Parent { get; set; }

        public List<Node> Children { get; } = [];
    }

    private sealed class Service
    {
        private readonly HttpClient _client = new();

        public int Calls { get; set; }

        public override string ToString() => $"{_client.Timeout} {Calls}";
    }
}
