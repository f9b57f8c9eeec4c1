using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.AzureBlobs.Tests;

[CollectionDefinition(Name)]
public sealed class AzuriteCollection : ICollectionFixture<AzuriteFixture>
{
    public const string Name = "Azurite";
}
