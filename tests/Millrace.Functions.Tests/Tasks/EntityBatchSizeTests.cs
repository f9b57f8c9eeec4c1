using System.Text;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Functions.Tasks;
using Millrace.Functions.Tests.Runner;
using Xunit;

namespace Millrace.Functions.Tests.Tasks;

public sealed class EntityBatchSizeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public void ShouldCountOperations_WhenTheBatchIsAsTheHostSendsIt(int operations) =>
        Assert.Equal(operations, EntityBatchSize.Count(Encode(Batch(operations))));

    [Fact]
    public void ShouldSayThatItDoesNotKnow_WhenTheBatchIsSomethingElse()
    {
        Assert.Null(EntityBatchSize.Count(null));
        Assert.Null(EntityBatchSize.Count(""));
        Assert.Null(EntityBatchSize.Count("no base64!"));
        Assert.Null(EntityBatchSize.Count(Encode([])));
        Assert.Null(EntityBatchSize.Count(Encode([0xFF, 0xFF])));

        // Cut anywhere: not known, or at most what is there; a count that is too small makes the batch fail, and nothing is lost.
        byte[] batch = [.. Batch(3)];
        for (int length = 0; length < batch.Length; length++)
        {
            Assert.InRange(EntityBatchSize.Count(Encode(batch[..length])) ?? 1, 1, 3);
        }
    }

    [Fact]
    public void ShouldStandInFrontOfThePipeline_WhenThereIsOne()
    {
        ServiceCollection services = new();
        EntityBatchSize.AddTo(services);
        Assert.Empty(services);

        FunctionExecutionDelegate inner = static _ => Task.CompletedTask;
        services.AddSingleton(_ => inner);
        EntityBatchSize.AddTo(services);
        using ServiceProvider provider = services.BuildServiceProvider();

        Assert.NotSame(inner, provider.GetRequiredService<FunctionExecutionDelegate>());
        Assert.Null(EntityBatchSize.Of(new RunnerFunctionContext("f", CancellationToken.None)));
    }

    // EntityBatchRequest of orchestrator_service.proto: an id, a state, operations with a name, an id and an input, a map, and fields that
    // are not there yet.
    private static IEnumerable<byte> Batch(int operations)
    {
        IEnumerable<byte> state = Field(2, Field(1, Encoding.UTF8.GetBytes(new string('x', 5000))));
        IEnumerable<byte> operation = Field(
            3,
            Field(1, "envelope"u8).Concat(Field(2, "guid"u8)).Concat(Field(3, Field(1, Encoding.UTF8.GetBytes(new string('y', 300)))))
        );
        return Field(1, "@millrace@job"u8)
            .Concat(state)
            .Concat(Enumerable.Repeat(operation, operations).SelectMany(static bytes => bytes))
            .Concat(Field(4, "entry"u8))
            .Concat((byte[])[(9 << 3) | 0, 5, (10 << 3) | 1, 1, 2, 3, 4, 5, 6, 7, 8, (11 << 3) | 5, 1, 2, 3, 4]);
    }

    private static byte[] Field(int number, IEnumerable<byte> content) => Field(number, content.ToArray().AsSpan());

    private static byte[] Field(int number, ReadOnlySpan<byte> content)
    {
        List<byte> bytes = [(byte)((number << 3) | 2)];
        for (uint length = (uint)content.Length; ; length >>= 7)
        {
            bytes.Add((byte)((length & 0x7F) | (length > 0x7F ? 0x80u : 0)));
            if (length <= 0x7F)
            {
                break;
            }
        }

        bytes.AddRange(content);
        return [.. bytes];
    }

    private static string Encode(IEnumerable<byte> bytes) => Convert.ToBase64String([.. bytes]);
}
