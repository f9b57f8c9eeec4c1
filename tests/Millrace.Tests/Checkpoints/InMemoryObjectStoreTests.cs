using Millrace.Checkpoints;
using Millrace.Testing.Conformance;
using Xunit;

namespace Millrace.Tests.Checkpoints;

public sealed class InMemoryObjectStoreTests
{
    public static TheoryData<string> Checks => new(ObjectStoreConformance.CheckNames);

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldConform(string check)
    {
        InMemoryObjectStore store = new();
        return new ObjectStoreConformance(() => store).RunAsync(check, CancellationToken.None);
    }
}
