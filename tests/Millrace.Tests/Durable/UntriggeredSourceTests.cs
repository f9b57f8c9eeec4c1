using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Hosting;
using Millrace.Durable.Tasks;
using Millrace.Graph;
using Millrace.Tests.Testing.Conformance;
using Xunit;

namespace Millrace.Tests.Durable;

/// <summary>Topics that no trigger brings are read by ticks.</summary>
public sealed class UntriggeredSourceTests
{
    private static readonly DurableServices Services = new(TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
    private readonly MemoryLog _input = new("input", partitions: 2);
    private readonly MemoryLog _output = new("output", partitions: 1);
    private readonly InMemoryObjectStore _store = new();
    private int _appended;

    [Fact]
    public async Task ShouldReadWhatIsThere_WithEachTick()
    {
        await using DurableJobHost host = await OpenAsync();
        Signals tasks = new();

        Append(25_000);
        await host.Ticker.TickAsync(tasks, CancellationToken.None);
        Assert.Equal(_input.All.Order(StringComparer.Ordinal), _output.All.Order(StringComparer.Ordinal));

        Append(10);
        await host.Ticker.TickAsync(tasks, CancellationToken.None);
        await host.Ticker.TickAsync(tasks, CancellationToken.None);
        Assert.Equal(_input.All.Order(StringComparer.Ordinal), _output.All.Order(StringComparer.Ordinal));
        Assert.Contains(DurableOperation.Envelope, tasks.Operations);
    }

    [Fact]
    public async Task ShouldGoOnWithTheNextTick_WhenTheTimeIsOver()
    {
        // Over before the first round.
        await using DurableJobHost host = await OpenAsync(pullTime: TimeSpan.FromTicks(1));
        Append(50_000);
        int ticks = 0;
        for (; ticks < 10 && _output.All.Count < _input.All.Count; ticks++)
        {
            await host.Ticker.TickAsync(new Signals(), CancellationToken.None);
        }

        Assert.InRange(ticks, 2, 9);
        Assert.Equal(_input.All.Order(StringComparer.Ordinal), _output.All.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ShouldGoOnWhereTheLedgersAre_WhenAnotherProcessTicks()
    {
        await using (DurableJobHost first = await OpenAsync())
        {
            Append(100);
            await first.Ticker.TickAsync(new Signals(), CancellationToken.None);
        }

        Append(100);
        await using DurableJobHost second = await OpenAsync();
        await second.Ticker.TickAsync(new Signals(), CancellationToken.None);

        Assert.Equal(_input.All.Order(StringComparer.Ordinal), _output.All.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ShouldReadNewPartitionsFromTheirBeginning_WhenTheyComeLater()
    {
        await using DurableJobHost host = await OpenAsync();
        await host.Ticker.TickAsync(new Signals(), CancellationToken.None);

        _input.Append(2, "late");
        await host.Ticker.TickAsync(new Signals(), CancellationToken.None);

        Assert.Equal(["late"], _output.All);
    }

    [Fact]
    public async Task ShouldSuspendTheJob_WhenReadingFailsForGood()
    {
        await using DurableJobHost host = await OpenAsync(RawFault.FailsForGood);
        Append(2);

        await host.Ticker.TickAsync(new Signals(), CancellationToken.None);

        DurableControl control = (await host.Job.Controls.ReadAsync(CancellationToken.None))!;
        Assert.True(control.IsSuspended);
        Assert.Contains("is gone", control.Failure!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldHaveNoTrigger_WhenTheTopicIsNotKafkas()
    {
        await using DurableJobHost host = await OpenAsync();

        Assert.Empty(DurableTrigger.Of([host.Plan]));
    }

    private void Append(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _input.Append(i % 2, string.Create(CultureInfo.InvariantCulture, $"line {_appended++}"));
        }
    }

    private Task<DurableJobHost> OpenAsync(RawFault fault = RawFault.None, TimeSpan? pullTime = null)
    {
        StreamExecutionEnvironment env = new();
        DataStream<string> lines = env.FromSource(new MemoryLogSource(_input, Boundedness.ContinuousUnbounded, fault)).WithUid("lines");
        lines.SinkTo(new MemoryLogSink(_output, DurableSinkGuarantee.ExactlyOnce)).WithUid("copy");
        lines.KeyBy(line => line.Length).MaxBy(line => line).WithUid("max").SinkTo(new TextSink<string>(_ => { })).WithUid("maxima");
        JobGraph graph = env.GetJobGraph("lines", hasStatelessSources: true);
        return new DurableJobOpener(
            graph,
            _store,
            Services,
            new DurableHostOptions { PullTime = pullTime ?? TimeSpan.FromMinutes(1) }
        ).OpenAsync(CancellationToken.None);
    }

    private sealed class Signals : IDurableTasks
    {
        private readonly List<string> _operations = [];

        public IReadOnlyCollection<string> Operations
        {
            get
            {
                lock (_operations)
                {
                    return [.. _operations];
                }
            }
        }

        public Task SignalAsync(Stage stage, int task, string operation, byte[] content, CancellationToken cancellationToken)
        {
            lock (_operations)
            {
                _operations.Add(operation);
            }

            return Task.CompletedTask;
        }

        public Task<TaskImage> ReadStateAsync(Stage stage, int task, bool isWhole, CancellationToken cancellationToken) =>
            Task.FromResult(TaskImage.Empty);

        public Task EmitBestEffortAsync(
            string sinkUid,
            string batch,
            IReadOnlyList<DurableSinkRecord> records,
            CancellationToken cancellationToken
        ) => Task.CompletedTask;
    }
}
