using Xunit;

namespace Millrace.Packages.Tests;

/// <summary>Tests that share one feed, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class FeedTests : ICollectionFixture<Feed>
{
    /// <summary>The name of the collection.</summary>
    public const string Name = "feed";
}
