using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Batches;
using Millrace.Operators;
using Millrace.Operators.Patterns;
using Millrace.Patterns;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Tests.Operators;
using Xunit;

namespace Millrace.Tests.Patterns;

/// <summary>Events that begin no match cost no memory, once tables have grown.</summary>
public sealed class PatternAllocationTests
{
    private const int Records = 512;
    private static readonly IKeyHasher<long> Hasher = KeyHashers.For<long>();
    private static readonly TypeSerializer<long> Numbers = TypeSerializers.For<long>();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldAllocateNothing_WhenNoEventBeginsAMatch(bool isProcessingTime)
    {
        Pattern<long> pattern = Pattern
            .Begin<long>("a")
            .Where(value => value < 0)
            .OneOrMore()
            .FollowedBy("b")
            .Where(value => value > 9)
            .Within(TimeSpan.FromSeconds(1));
        using PatternOperator<long, long, long> subject = new(
            AutomatonCompiler<long>.Compile(pattern),
            new SelectingPatternFunction<long, long>(match => match.Events[0]),
            null,
            null,
            isProcessingTime,
            Hasher,
            Numbers,
            Numbers
        );
        subject.Output = new OperatorOutput<long>(DiscardingInput<long>.Instance, Records);
        subject.Setup(
            new OperatorContext(
                "job",
                "op",
                "op",
                0,
                1,
                128,
                Records,
                TimeProvider.System,
                new ManualTime(),
                NullLoggerFactory.Instance,
                default
            )
        );
        subject.Open(restored: null);
        KeyedBatch<long, long> batch = new(Records);
        for (int i = 0; i < Records; i++)
        {
            batch.Add(i % 256, Hasher.Hash(i % 256), i, 0);
        }

        // The first batches grow tables and compile code.
        long time = Feed(subject, batch, 0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Feed(subject, batch, time);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(0, subject.KeyCount);
    }

    private static long Feed(PatternOperator<long, long, long> subject, KeyedBatch<long, long> batch, long time)
    {
        for (int i = 0; i < 50; i++)
        {
            batch.MutableTimestamps.Fill(++time);
            subject.OnBatch(batch);
            subject.OnWatermark(time);
        }

        return time;
    }
}
