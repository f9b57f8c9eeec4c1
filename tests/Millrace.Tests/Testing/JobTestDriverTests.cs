using Millrace.Api;
using Millrace.Connectors;
using Millrace.Runtime;
using Millrace.Testing;
using Xunit;

namespace Millrace.Tests.Testing;

public sealed class JobTestDriverTests
{
    private const int Records = 60;

    [Fact]
    public void ShouldRunJobToItsEnd_WhenSourceIsBounded()
    {
        TestSink<int> sink = new();
        using JobTestDriver driver = JobTestDriver.Start(env =>
            env.FromElements(1, 2, 3).Map(x => x * 2).Rebalance().Filter(x => x != 4).SinkTo(sink)
        );
        driver.RunToEnd();
        Assert.True(driver.IsFinished);
        Assert.Equal([2, 6], sink.Values);
    }

    [Fact]
    public void ShouldTakeTheLowestWatermark_WhenSplitsDiffer()
    {
        TestSource<string> source = new(splits: 2);
        TestSink<string> sink = new();
        using JobTestDriver driver = JobTestDriver.Start(env => Count(env, source).SinkTo(sink));
        source.Add("a", 1, split: 0);
        source.AddWatermark(10, split: 0);
        driver.RunUntilIdle();
        Assert.Empty(sink.Records);
        source.AddWatermark(5, split: 1);
        driver.RunUntilIdle();
        Assert.Equal(["a:1@5"], sink.Records.Select(record => record.ToString()));
        source.End(split: 1);
        source.Add("a", 11, split: 0);
        source.AddWatermark(20, split: 0);
        driver.RunUntilIdle();
        Assert.Equal(["a:1@5", "a:2@20"], sink.Records.Select(record => record.ToString()));
    }

    [Fact]
    public void ShouldShowRecordsOnlyWhenCommitted_WhenSinkIsTransactional()
    {
        TestSource<int> source = new();
        TestSink<int> sink = new(transactional: true);
        JobTestDriver driver = Start(source, sink);
        source.Add(1);
        driver.RunUntilIdle();
        Assert.Empty(sink.Records);
        Assert.Equal(1, sink.UncommittedCount);
        JobSnapshot first = driver.TakeCheckpoint();
        Assert.Equal([1], sink.Values);

        // Prepared but the job fails before it learns that the checkpoint is complete.
        source.Add(2);
        driver.RunUntilIdle();
        JobSnapshot second = driver.TakeCheckpoint(complete: false);
        source.Add(3);
        driver.RunUntilIdle();
        driver.Dispose();
        Assert.Equal([1], sink.Values);
        Assert.True(second.CheckpointId > first.CheckpointId);

        using JobTestDriver next = Start(source, sink, second);
        Assert.Equal([1, 2], sink.Values);
        source.End();
        next.RunToEnd();
        Assert.Equal([1, 2, 3], sink.Values);
    }

    [Theory]
    [InlineData(1, 1, null)]
    [InlineData(2, 3, 1)]
    [InlineData(3, 1, 2)]
    [InlineData(2, 2, 3)]
    public void ShouldLoseAndDoubleNothing_WhenJobFailsAtAnyTurn(int parallelism, int parallelismAfter, int? seed)
    {
        string[] expected =
        [
            .. Enumerable
                .Range(0, Records)
                .Select(i => $"k{i % 7}")
                .GroupBy(key => key)
                .Select(group => $"{group.Key}:{group.Count()}")
                .Order(StringComparer.Ordinal),
        ];
        bool failed = true;
        for (int turns = 0; failed; turns += 3)
        {
            TestSource<string> source = Source();
            TestSink<string> sink = new(transactional: true);
            JobSnapshot? snapshot = null;
            using (JobTestDriver driver = Start(parallelism, restoreFrom: null))
            {
                for (int turn = 0; turn < turns && driver.RunTurn(); turn++)
                {
                    if (turn % 11 == 10)
                    {
                        snapshot = driver.TakeCheckpoint(complete: turn % 2 == 0);
                    }
                }

                failed = !driver.IsFinished;
            }

            using JobTestDriver next = Start(parallelismAfter, snapshot);
            next.RunToEnd();
            Assert.Equal(expected, sink.Values.Order(StringComparer.Ordinal));

            JobTestDriver Start(int tasks, JobSnapshot? restoreFrom) =>
                JobTestDriver.Start(
                    env => Count(env, source).SinkTo(sink).WithUid("sink"),
                    new JobTestOptions
                    {
                        Execution = new ExecutionOptions { Parallelism = tasks, BatchSize = 4 },
                        Seed = seed,
                        RestoreFrom = restoreFrom,
                    }
                );
        }
    }

    [Fact]
    public void ShouldRunTheSameWay_WhenTheSeedIsTheSame()
    {
        Assert.Equal(Run(7), Run(7));

        static IReadOnlyList<StreamRecord<string>> Run(int seed)
        {
            TestSink<string> sink = new();
            using JobTestDriver driver = JobTestDriver.Start(
                env => env.FromSource(Source()).Map(x => x).Rebalance().Map(x => x).SinkTo(sink),
                new JobTestOptions
                {
                    Execution = new ExecutionOptions { Parallelism = 3, BatchSize = 4 },
                    Seed = seed,
                }
            );
            driver.RunToEnd();
            return sink.Records;
        }
    }

    [Fact]
    public void ShouldRefuseTheSnapshot_WhenTheJobLacksAnOperatorOfIt()
    {
        TestSource<string> source = Source();
        JobSnapshot snapshot;
        using (JobTestDriver driver = JobTestDriver.Start(env => Count(env, source).SinkTo(new DiscardingSink<string>())))
        {
            driver.RunUntilIdle();
            snapshot = driver.TakeCheckpoint();
        }

        StateRestoreException exception = Assert.Throws<StateRestoreException>(() =>
            JobTestDriver.Start(
                env => env.FromSource(source).WithUid("words").SinkTo(new DiscardingSink<string>()),
                new JobTestOptions { RestoreFrom = snapshot }
            )
        );
        Assert.Contains("'count'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldGiveUp_WhenTheJobNeverComesToRest()
    {
        using JobTestDriver driver = JobTestDriver.Start(
            env => env.FromGenerator(long.MaxValue, n => n).SinkTo(new DiscardingSink<long>()),
            new JobTestOptions { MaxTurns = 100 }
        );
        Assert.Contains("100 turns", Assert.Throws<TimeoutException>(driver.RunUntilIdle).Message, StringComparison.Ordinal);
        Assert.Throws<TimeoutException>(driver.RunToEnd);
    }

    [Fact]
    public void ShouldSayThatInputIsMissing_WhenSourceHasNotEnded()
    {
        using JobTestDriver driver = Start(new TestSource<int>(), new TestSink<int>());
        Assert.Contains("End", Assert.Throws<InvalidOperationException>(driver.RunToEnd).Message, StringComparison.Ordinal);
    }

    private static JobTestDriver Start(TestSource<int> source, TestSink<int> sink, JobSnapshot? restoreFrom = null) =>
        JobTestDriver.Start(
            env => env.FromSource(source).WithUid("numbers").SinkTo(sink).WithUid("sink"),
            new JobTestOptions { RestoreFrom = restoreFrom }
        );

    private static SingleOutputStreamOperator<string> Count(StreamExecutionEnvironment env, TestSource<string> source) =>
        env.FromSource(source, source.Watermarks)
            .WithUid("words")
            .KeyBy(word => word)
            .Transform("count", () => new KeyedCountOperator(), isStateful: true)
            .WithUid("count");

    private static TestSource<string> Source()
    {
        TestSource<string> source = new(splits: 2);
        for (int i = 0; i < Records; i++)
        {
            source.Add($"k{i % 7}", i, split: i % 2);
        }

        source.End();
        return source;
    }
}
