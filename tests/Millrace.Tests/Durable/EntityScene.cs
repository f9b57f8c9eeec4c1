using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Apps;
using Millrace.Durable.Hosting;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.State;
using Millrace.Testing;
using Millrace.Time;
using Millrace.UserFunctions;

namespace Millrace.Tests.Durable;

/// <summary>
/// A task that counts clicks per page, as an entity of an app with several processes: its state as JSON, its blobs in a store that counts.
/// </summary>
internal sealed class EntityScene : IAsyncDisposable
{
    /// <summary>Times of clicks that are no clicks.</summary>
    public const int Ask = -1;
    public const int Forget = -2;
    public const int Fail = -3;

    private readonly List<AppJobs> _processes = [];
    private readonly List<string> _answers = [];
    private readonly DurableHostOptions _options;
    private readonly bool _knowsBatchSizes;
    private DurableSourceRunner? _source;
    private LedgerState _ledger = LedgerState.Initial(0).TakenOver();
    private long _offset;
    private List<(string Name, byte[] Content)> _last = [];

    public EntityScene(DurableHostOptions? options = null, bool knowsBatchSizes = true)
    {
        _options = options ?? new DurableHostOptions();
        _knowsBatchSizes = knowsBatchSizes;
        Store = new CountingStore();
        Services = new DurableServices(Time, NullLoggerFactory.Instance, CancellationToken.None);
    }

    public CountingStore Store { get; }

    public ManualTimeProvider Time { get; } = new();

    public DurableServices Services { get; }

    /// <summary>The saved state of the entity.</summary>
    public string? Json { get; set; }

    public TaskState? State => Json is null ? null : JsonSerializer.Deserialize<TaskState>(Json);

    /// <summary>How often the task's function was opened, and closed.</summary>
    public Opens Opens { get; } = new();

    /// <summary>Characters of all states that were saved.</summary>
    public long JsonWritten { get; private set; }

    public AppJobs Start()
    {
        StreamExecutionEnvironment env = new();
        env.SetParallelism(1);
        env.FromSource(
                new TextSource(),
                WatermarkStrategy<Click>.ForMonotonousTimestamps().WithTimestampAssigner(static click => click.Time)
            )
            .WithUid("clicks")
            .KeyBy(static click => click.Page)
            .Process(() => new Counter(Opens))
            .WithUid("count")
            .SinkTo(new TextSink<string>(_answers.AddRange))
            .WithUid("answers");
        AppJobs process = new([new AppJob(env.GetJobGraph("clicks", hasStatelessSources: true), null)], Store, _options, Services);
        _processes.Add(process);
        return process;
    }

    /// <summary>Runs a batch with an operation for each message that the clicks make.</summary>
    public async Task RunAsync(AppJobs process, params Click[] clicks)
    {
        DurableJobHost host = await process.OpenAsync(process.Jobs[0], CancellationToken.None);
        _last = await MessagesAsync(host, clicks);
        await RedoAsync(process);
    }

    /// <summary>Runs a batch with the messages of the last one.</summary>
    public async Task RedoAsync(AppJobs process)
    {
        DurableJobHost host = await process.OpenAsync(process.Jobs[0], CancellationToken.None);
        Json = await RunAsync(process, host, _last);
        JsonWritten += Json!.Length;
    }

    /// <summary>What the task says of some pages.</summary>
    public async Task<IReadOnlyList<string>> AskAsync(AppJobs process, params IEnumerable<string> pages)
    {
        _answers.Clear();
        await RunAsync(process, [.. pages.Select(page => new Click(page, Ask))]);
        DurableJobHost host = await process.OpenAsync(process.Jobs[0], CancellationToken.None);
        Json = await RunAsync(process, host, [(DurableOperation.Flush, [])]);
        return [.. _answers];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (AppJobs process in _processes)
        {
            await process.DisposeAsync();
        }

        if (_source is not null)
        {
            await _source.DisposeAsync();
        }
    }

    private async Task<List<(string Name, byte[] Content)>> MessagesAsync(DurableJobHost host, Click[] clicks)
    {
        _source ??= new DurableSourceRunner(host.Plan, host.Plan.Sources[0], DurableJobPlan.UpstreamOf(0, 0), Services);
        RawRecord[] records = [.. clicks.Select((click, i) => TextSource.Encode(0, _offset + i, click))];
        OffsetRange range = new(_offset, _offset + clicks.Length - 1);
        SourceRangeResult result = _source.Process(_ledger, range, records, isResend: false);
        _ledger = _ledger.Committed(range.To, result.Watermark, result.Sent);
        _offset += clicks.Length;
        return [.. host.Plan.Pack(result.Envelopes).Select(each => (DurableOperation.Envelope, each.Message))];
    }

    private async Task<string?> RunAsync(AppJobs process, DurableJobHost host, List<(string Name, byte[] Content)> messages)
    {
        Operation operation = new(TaskKey.Of(host, host.Plan.KeyedStages[0], 0).ToString(), Json);
        using EntityBatch batch = new(process, _knowsBatchSizes ? messages.Count : null, CancellationToken.None);
        foreach ((string name, byte[] content) in messages)
        {
            (operation.Name, operation.Content) = (name, content);
            await batch.RunAsync(operation);
        }

        batch.ThrowIfIncomplete();
        return operation.Json;
    }

    private sealed class Operation(string key, string? json) : IEntityOperation
    {
        public string? Json { get; private set; } = json;

        public string Name { get; set; } = "";

        public byte[] Content { get; set; } = [];

        public string Key => key;

        public TaskState? State
        {
            get => Json is null ? null : JsonSerializer.Deserialize<TaskState>(Json);
            set => Json = JsonSerializer.Serialize(value);
        }

        public void Signal(TaskKey task, string operation, byte[] content)
        {
            // The test says when a batch comes.
        }

        public void Emit(AppOutput output) => throw new NotSupportedException("The scene has no such sink.");
    }

    private sealed class Counter(Opens opens) : KeyedProcessFunction<string, Click, string>
    {
        private IValueState<long> _count = null!;

        public override void ProcessElement(Click value, IKeyedProcessContext<string> context, Collector<string> output)
        {
            switch (value.Time)
            {
                case Ask:
                    output.Collect($"{value.Page}={_count.Value}");
                    break;
                case Forget:
                    _count.Clear();
                    break;
                case Fail:
                    _count.Update(_count.Value + 1);
                    throw new FormatException("A click that this function does not take.");
                default:
                    _count.Update(_count.Value + 1);
                    break;
            }
        }

        protected override void Close() => opens.Closed++;

        protected override void Open()
        {
            _count = RuntimeContext.GetState(new ValueStateDescriptor<long>("count"));
            opens.Opened++;
        }
    }
}

/// <summary>How often functions were opened and closed.</summary>
internal sealed class Opens
{
    public int Opened { get; set; }

    public int Closed { get; set; }
}

/// <summary>Objects in memory, and what was done to them.</summary>
internal sealed class CountingStore : IObjectStore
{
    private readonly InMemoryObjectStore _store = new();

    public int Puts { get; private set; }

    public int Gets { get; private set; }

    public int Deletes { get; private set; }

    public long BytesPut { get; private set; }

    public void Reset() => (Puts, Gets, Deletes, BytesPut) = (0, 0, 0, 0);

    public Task<string> PutAsync(string name, ReadOnlySequence<byte> content, PutCondition condition, CancellationToken cancellationToken)
    {
        Puts++;
        BytesPut += content.Length;
        return _store.PutAsync(name, content, condition, cancellationToken);
    }

    public Task<StoredObject?> GetAsync(string name, CancellationToken cancellationToken)
    {
        Gets++;
        return _store.GetAsync(name, cancellationToken);
    }

    public IAsyncEnumerable<string> ListAsync(string prefix, CancellationToken cancellationToken) =>
        _store.ListAsync(prefix, cancellationToken);

    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        Deletes++;
        return _store.DeleteAsync(name, cancellationToken);
    }

    /// <summary>Blobs of task states.</summary>
    public async Task<List<string>> StatesAsync()
    {
        List<string> names = [];
        await foreach (string name in _store.ListAsync("jobs/", CancellationToken.None))
        {
            if (name.Contains("/state/", StringComparison.Ordinal))
            {
                names.Add(name);
            }
        }

        return names;
    }
}
