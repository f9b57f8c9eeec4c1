using System.Reflection;
using Millrace.AzureBlobs;
using Millrace.Checkpoints;
using Millrace.Testing;
using PublicApiGenerator;
using Xunit;

namespace Millrace.Architecture.Tests;

/// <summary>The public API of every library is reviewed as text: <c>src/{library}/PublicApi.approved.txt</c>.</summary>
public sealed class PublicApiTests
{
    private const string ApproveVariable = "MILLRACE_APPROVE_API";

    private static readonly Dictionary<string, Assembly> Libraries = new[]
    {
        typeof(IObjectStore).Assembly,
        typeof(BlobObjectStore).Assembly,
        typeof(ManualTimeProvider).Assembly,
        Assembly.Load("Millrace.Durable"),
        Assembly.Load("Millrace.Kafka"),
        Assembly.Load("Millrace.Kafka.Protocol"),
        Assembly.Load("Millrace.DevBroker"),
        Assembly.Load("Millrace.Formats"),
        Assembly.Load("Millrace.RocksDb"),
        Assembly.Load("Millrace.Hosting"),
    }.ToDictionary(assembly => assembly.GetName().Name!, StringComparer.Ordinal);

    public static TheoryData<string> Names => new(Libraries.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void ShouldBeApproved_WhenApiIsPublic(string library)
    {
        string folder = Path.Combine(RepositoryTree.Root, "src", library);
        string approvedFile = Path.Combine(folder, "PublicApi.approved.txt");
        string receivedFile = Path.Combine(folder, "PublicApi.received.txt");
        string actual =
            Libraries[library]
                .GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false })
                .ReplaceLineEndings("\n")
                .TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable(ApproveVariable) == "1")
        {
            File.WriteAllText(approvedFile, actual);
        }

        string approved = File.Exists(approvedFile) ? File.ReadAllText(approvedFile).ReplaceLineEndings("\n") : "";
        if (approved == actual)
        {
            File.Delete(receivedFile);
            return;
        }

        File.WriteAllText(receivedFile, actual);
        string[] added = [.. actual.Split('\n').Except(approved.Split('\n')).Select(line => "+ " + line.Trim())];
        string[] removed = [.. approved.Split('\n').Except(actual.Split('\n')).Select(line => "- " + line.Trim())];
        Assert.Fail(
            $"The public API of {library} is not the approved one:\n{string.Join('\n', removed.Concat(added).Take(40))}\n"
                + $"Review it. To approve, move PublicApi.received.txt over PublicApi.approved.txt in src/{library}, or run these tests "
                + $"once with {ApproveVariable}=1."
        );
    }
}
