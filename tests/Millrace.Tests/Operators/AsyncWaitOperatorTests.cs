using System.Buffers;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Errors;
using Millrace.Operators;
using Millrace.Operators.Async;
using Millrace.Serialization;
using Millrace.UserFunctions;
using Xunit;

namespace Millrace.Tests.Operators;

public sealed class AsyncWaitOperatorTests
{
    [Fact]
    public void ShouldKeepOrder_WhenOrderedResultsComeBackwards()
    {
        Fixture fixture = new(ordered: true);
        fixture.Push(1, 2);
        fixture.Operator.OnWatermark(10);
        fixture.Push(3);
        fixture.Complete(3);
        fixture.Complete(2);
        Assert.Empty(fixture.Output.Events);
        fixture.Complete(1);

        Assert.Equal(["1", "2", "w10", "3"], fixture.Output.Events);
    }

    [Fact]
    public void ShouldOvertakeRecordsButNoWatermark_WhenUnordered()
    {
        Fixture fixture = new(ordered: false);
        fixture.Push(1, 2);
        fixture.Operator.OnWatermark(10);
        fixture.Push(3);
        fixture.Complete(3);
        fixture.Complete(2);
        Assert.Equal(["2"], fixture.Output.Events);
        fixture.Complete(1);

        Assert.Equal(["2", "1", "w10", "3"], fixture.Output.Events);
    }

    [Theory]
    [InlineData(true, new[] { "2", "3" })]
    [InlineData(false, new[] { "3", "2" })]
    public void ShouldAskAgain_WhenRestoredWithRequestsUnderWay(bool ordered, string[] expected)
    {
        Fixture before = new(ordered);
        before.Push(1, 2, 3);
        before.Complete(1);
        byte[] part = before.Snapshot();

        Fixture after = new(ordered, part);
        Assert.Equal([2, 3], after.Requests.Asked);
        after.Complete(3);
        after.Complete(2);
        Assert.Equal(expected, after.Output.Events);
    }

    [Fact]
    public void ShouldTryAgainAsToldAndThenFail_WhenRequestsFail()
    {
        Fixture fixture = new(
            ordered: true,
            retry: AsyncRetryStrategy.FixedDelay(3, TimeSpan.Zero).OnlyOn(failure => failure is IOException)
        );
        fixture.Requests.Failures.Enqueue(new IOException("away"));
        fixture.Requests.Failures.Enqueue(new IOException("still away"));
        fixture.Push(1);
        Assert.True(SpinWait.SpinUntil(() => fixture.Requests.Asked.Count == 3, TimeSpan.FromSeconds(10)));
        fixture.Complete(1);
        Assert.Equal(["1"], fixture.Output.Events);

        fixture.Requests.Failures.Enqueue(new InvalidOperationException("for good"));
        UserCodeException failure = Assert.Throws<UserCodeException>(() =>
        {
            fixture.Push(2);
            fixture.Operator.Finish();
        });
        Assert.Equal("for good", Assert.IsType<InvalidOperationException>(failure.InnerException).Message);
    }

    [Fact]
    public void ShouldAskFunction_WhenRequestTakesTooLong()
    {
        Fixture fixture = new(ordered: true, timeout: TimeSpan.FromMilliseconds(1));
        fixture.Push(7);
        fixture.Operator.Finish();

        Assert.Equal(["-7"], fixture.Output.Events);
    }

    [Fact]
    public async Task ShouldWaitForRoom_WhenCapacityIsReached()
    {
        Fixture fixture = new(ordered: false, capacity: 2);
        fixture.Push(1, 2);
        Task push = Task.Run(() => fixture.Push(3));
        Assert.True(SpinWait.SpinUntil(() => fixture.Requests.Asked.Count == 2, TimeSpan.FromSeconds(10)));
        fixture.Requests.Complete(2);
        await push.WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Equal([1, 2, 3], fixture.Requests.Asked);
        Assert.Equal(["2"], fixture.Output.Events);
    }

    private sealed class Fixture : IProcessingTimeService
    {
        private readonly Queue<Action> _actions = new();

        public Fixture(bool ordered, byte[]? state = null, AsyncRetryStrategy? retry = null, TimeSpan? timeout = null, int capacity = 10)
        {
            AsyncRequests<int, string> requests = new(Requests, timeout ?? TimeSpan.FromMinutes(1), retry ?? AsyncRetryStrategy.None);
            Operator = new AsyncWaitOperator<int, string>(requests, capacity, ordered, TypeSerializers.For<int>())
            {
                Output = new OperatorOutput<string>(Output, 16),
            };
            Operator.Setup(
                new OperatorContext("job", "async", "async", 0, 1, 8, 16, TimeProvider.System, this, NullLoggerFactory.Instance, default)
            );
            Operator.Open(
                state is null
                    ? null
                    : MergedSnapshotReader.Create([new TaskSnapshotReader(state, "part")], "async", new Millrace.State.KeyGroupRange(0, 8))
            );
        }

        public AsyncWaitOperator<int, string> Operator { get; }

        public Lookups Requests { get; } = new();

        public Recorder Output { get; } = new();

        public long Now => 0;

        public void Execute(Action action)
        {
            lock (_actions)
            {
                _actions.Enqueue(action);
            }
        }

        public void Register(long timestamp, IProcessingTimeCallback callback) =>
            throw new NotSupportedException("Requests have their own timeouts.");

        public void Push(params int[] values)
        {
            RecordBatch<int> batch = new(16);
            foreach (int value in values)
            {
                batch.Add(value, value);
            }

            Operator.OnBatch(batch);
        }

        public void Complete(int value)
        {
            Requests.Complete(value);
            Assert.True(SpinWait.SpinUntil(() => RunActions(), TimeSpan.FromSeconds(10)));
            Operator.Flush();
        }

        public byte[] Snapshot()
        {
            using TaskSnapshotWriter writer = new();
            Operator.Snapshot(1, writer.Operator("async"));
            using TaskSnapshot snapshot = writer.Complete();
            return snapshot.Content.ToArray();
        }

        private bool RunActions()
        {
            lock (_actions)
            {
                if (!_actions.TryDequeue(out Action? action))
                {
                    return false;
                }

                action();
                return true;
            }
        }
    }

    private sealed class Lookups : IAsyncFunction<int, string>
    {
        private readonly Dictionary<int, TaskCompletionSource<IReadOnlyCollection<string>>> _open = [];

        public List<int> Asked { get; } = [];

        public Queue<Exception> Failures { get; } = new();

        public Task<IReadOnlyCollection<string>> InvokeAsync(int value, CancellationToken cancellationToken)
        {
            lock (_open)
            {
                Asked.Add(value);
                if (Failures.TryDequeue(out Exception? failure))
                {
                    return Task.FromException<IReadOnlyCollection<string>>(failure);
                }

                TaskCompletionSource<IReadOnlyCollection<string>> source = new();
                _open[value] = source;
                return source.Task;
            }
        }

        public IReadOnlyCollection<string> OnTimeout(int value) => [$"{-value}"];

        public void Complete(int value)
        {
            lock (_open)
            {
                _open[value].SetResult([$"{value}"]);
            }
        }
    }

    private sealed class Recorder : IInput<string>
    {
        public List<string> Events { get; } = [];

        public void OnBatch(RecordBatch<string> batch) => Events.AddRange(batch.Values);

        public void OnWatermark(long watermark) => Events.Add($"w{watermark}");

        public void OnIdle(bool idle)
        {
            // Not under test.
        }

        public void Flush()
        {
            // Nothing is buffered.
        }
    }
}
