using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Hosting;
using Millrace.Durable.Tasks;
using Millrace.Graph;
using Millrace.Tests.Testing.Conformance;

namespace Millrace.Tests.Durable;

/// <summary>
/// Processes of a trigger-driven host in one process: the product's own hosts and task batches over a store, topics and entities in memory.
/// The job copies its lines, counts those that begin with "keep", and writes both exactly once.
/// </summary>
internal sealed class DurableScene : IAsyncDisposable
{
    private readonly List<DurableJobHost> _hosts = [];

    public InMemoryObjectStore Store { get; } = new();

    public List<MemoryLog> Inputs { get; } = [new("a", partitions: 1)];

    /// <summary>Counts, one line for each line that is counted.</summary>
    public MemoryLog Counts { get; } = new("counts", partitions: 1);

    /// <summary>Lines as they came.</summary>
    public MemoryLog Copies { get; } = new("copies", partitions: 1);

    /// <summary>Dead letters of lines that begin with "bad".</summary>
    public List<string> Letters { get; } = [];

    public SceneEntities Entities { get; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public DurableHostOptions Options { get; init; } =
        new()
        {
            ResendTimeout = TimeSpan.FromTicks(1),
            RepairTimeout = TimeSpan.FromTicks(1),
            BackPressureWait = TimeSpan.FromTicks(1),
        };

    /// <summary>Offsets behind the last record of each partition that are none.</summary>
    public int Markers { get; set; }

    /// <summary>How often a partition was asked for its last record.</summary>
    public int Looks { get; private set; }

    /// <summary>Whether a partition cannot be looked at.</summary>
    public Func<string, int, bool> Fails { get; set; } = static (_, _) => false;

    /// <summary>Where a topic begins for a job that has not read it.</summary>
    public Func<string, long> StartOf { get; set; } = static _ => 0;

    /// <summary>The first offset that the topics still have.</summary>
    public long Begin { get; set; }

    /// <summary>Whether the topics have been created anew.</summary>
    public bool AreAnew { get; set; }

    /// <summary>A further keyed stage, for jobs of another shape.</summary>
    public bool CountsTwice { get; set; }

    public async Task<DurableJobHost> OpenAsync(string? restoreFrom = null, IObjectStore? store = null, ILedgerStore? ledgers = null)
    {
        DurableServices services = new(Time, NullLoggerFactory.Instance, CancellationToken.None);
        DurableJobHost host = await new DurableJobOpener(
            Graph(),
            store ?? Store,
            services,
            Options with
            {
                RestoreFrom = restoreFrom,
            },
            ledgers
        ).OpenAsync(CancellationToken.None);
        _hosts.Add(host);
        return host;
    }

    public SceneTasks Tasks(DurableJobHost host) => new(host, Entities);

    /// <summary>Appends lines "keep 0", "keep 1" and so on to a partition.</summary>
    public void Append(int count, int topic = 0, int partition = 0, string line = "keep")
    {
        int first = Inputs[topic].All.Count;
        for (int i = first; i < first + count; i++)
        {
            Inputs[topic].Append(partition, string.Create(CultureInfo.InvariantCulture, $"{line} {i}"));
        }
    }

    /// <summary>
    /// Delivers what a partition has from one line on, as a trigger does: again where another process owned the partition.
    /// </summary>
    public async Task DeliverAsync(DurableJobHost host, int from, int to, int topic = 0, IDurableTasks? tasks = null)
    {
        for (bool isAgain = false; ; isAgain = true)
        {
            try
            {
                await host.Sources.ProcessAsync(
                    host.Plan.Sources[0],
                    [.. Inputs[topic].Read(0, 0, long.MaxValue).Skip(from).Take(to - from)],
                    tasks ?? Tasks(host),
                    CancellationToken.None
                );
                return;
            }
            catch (PartitionSupersededException) when (!isAgain)
            {
                // The next attempt takes it over.
            }
        }
    }

    public Task<string> StopAsync(DurableJobHost host, string? name = null, bool drain = false) =>
        host.Savepoints.TakeAsync(
            name,
            drain ? SavepointEnd.Drain : SavepointEnd.Suspend,
            TimeSpan.FromSeconds(30),
            Tasks(host),
            CancellationToken.None
        );

    public Task ResumeAsync(DurableJobHost host) => host.Savepoints.ResumeAsync(Tasks(host), CancellationToken.None);

    public async Task TickAsync(DurableJobHost host, int times = 1)
    {
        for (int i = 0; i < times; i++)
        {
            await host.Ticker.TickAsync(Tasks(host), CancellationToken.None);
        }
    }

    public static IReadOnlyList<string> Numbers(int count) =>
        [.. Enumerable.Range(1, count).Select(number => number.ToString(CultureInfo.InvariantCulture))];

    public async ValueTask DisposeAsync()
    {
        foreach (DurableJobHost host in _hosts)
        {
            await host.DisposeAsync();
        }
    }

    private JobGraph Graph()
    {
        StreamExecutionEnvironment env = new();
        DataStream<string> lines = env.FromSource(new Source(this)).WithUid("lines");
        lines.SinkTo(new MemoryLogSink(Copies, DurableSinkGuarantee.ExactlyOnce)).WithUid("copies");
        DataStream<long> counts = lines
            .Filter(line => line.StartsWith("keep", StringComparison.Ordinal))
            .Map(_ => 1L)
            .KeyBy(_ => 0)
            .Reduce((left, right) => left + right)
            .WithUid("count");
        counts
            .Map(count => count.ToString(CultureInfo.InvariantCulture))
            .SinkTo(new MemoryLogSink(Counts, DurableSinkGuarantee.ExactlyOnce))
            .WithUid("counts");
        if (CountsTwice)
        {
            counts.KeyBy(_ => 0).Reduce((_, last) => last).WithUid("last").SinkTo(new TextSink<long>(_ => { })).WithUid("lasts");
        }

        return env.GetJobGraph("scene", hasStatelessSources: true);
    }

    // Topics of a trigger's connector, so that ticks leave them to triggers.
    private sealed class Source(DurableScene scene) : IRawRecordSource<string>
    {
        public IReadOnlyList<Topic> Topics => [.. scene.Inputs.Select(log => new Topic("kafka", log.Topic.Name))];

        public void Validate(ICollection<string> errors)
        {
            // Topics in memory are always right.
        }

        public IRawTopicReader CreateTopicReader(ConnectorContext context) => new Reader(scene);

        public IRawRecordReader<string> CreateRawReader(ConnectorContext context) => new LineReader(scene);
    }

    private sealed class Reader(DurableScene scene) : IRawTopicReader
    {
        public Task<int> CountPartitionsAsync(string topic, CancellationToken cancellationToken) => Task.FromResult(Find(topic).Partitions);

        public Task<long> FindStartAsync(string topic, int partition, bool isInitial, CancellationToken cancellationToken) =>
            Task.FromResult(scene.StartOf(topic));

        public Task<IReadOnlyList<RawPosition>> ValidateAsync(IReadOnlyList<SourceSplit> splits, CancellationToken cancellationToken) =>
            scene.AreAnew
                ? Task.FromException<IReadOnlyList<RawPosition>>(new SuppressRestartsException("The topic is another one."))
                : Task.FromResult<IReadOnlyList<RawPosition>>([]);

        public Task<IReadOnlyList<long>> FindEndsAsync(IReadOnlyList<RawPosition> positions, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<long>>([
                .. positions.Select(position =>
                    scene.Fails(position.Topic, position.Partition)
                        ? -1
                        : Find(position.Topic).LastOf(position.Partition) + 1 + scene.Markers
                ),
            ]);

        public Task<long> FindLastRecordAsync(string topic, int partition, long from, CancellationToken cancellationToken)
        {
            scene.Looks++;
            return scene.Fails(topic, partition)
                ? Task.FromException<long>(new TimeoutException("The partition has no leader."))
                : Task.FromResult(Find(topic).LastOf(partition) is var last && last < from ? -1 : last);
        }

        public Task<RawRecordRange> ReadAsync(
            string topic,
            int partition,
            long from,
            long to,
            int maxRecords,
            CancellationToken cancellationToken
        )
        {
            if (from < scene.Begin)
            {
                throw new SuppressRestartsException($"Offset {from} is gone.");
            }

            RawRecord[] records = [.. Find(topic).Read(partition, from, to).Take(maxRecords)];
            return Task.FromResult(new RawRecordRange(records, records.Length == maxRecords ? records[^1].Offset : to));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private MemoryLog Find(string topic) => scene.Inputs.First(log => log.Topic.Name == topic);
    }

    private sealed class LineReader(DurableScene scene) : IRawRecordReader<string>
    {
        private readonly List<string> _letters = [];

        public void Read(RawRecord record, RecordBatch<string> output)
        {
            string line = Encoding.UTF8.GetString(record.Value!.Value.Span);
            if (line.StartsWith("bad", StringComparison.Ordinal))
            {
                _letters.Add(line);
                return;
            }

            output.Add(line, record.Timestamp);
        }

        public Task FlushAsync(CancellationToken cancellationToken)
        {
            scene.Letters.AddRange(_letters);
            _letters.Clear();
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>What outlives processes: the states of tasks, and messages that are on their way.</summary>
internal sealed class SceneEntities
{
    public SemaphoreSlim Gate { get; } = new(1);

    public Dictionary<(int Incarnation, string Stage, int Task), TaskState> States { get; } = [];

    public Queue<SceneMessage> Messages { get; } = new();
}

/// <summary>A message for a task of one incarnation.</summary>
internal sealed record SceneMessage(int Incarnation, string Stage, int Task, string Operation, byte[] Content);

/// <summary>One process's way to the tasks, which run at once, in this process, on the product's batches.</summary>
internal sealed class SceneTasks(DurableJobHost host, SceneEntities entities) : IDurableTasks
{
    /// <summary>Messages that are lost.</summary>
    public Func<string, bool> Loses { get; set; } = static _ => false;

    /// <summary>Called before a message is taken.</summary>
    public Func<string, Task> OnSignal { get; set; } = static _ => Task.CompletedTask;

    public async Task SignalAsync(Stage stage, int task, string operation, byte[] content, CancellationToken cancellationToken)
    {
        await OnSignal(operation);
        if (!Loses(operation))
        {
            await DeliverAsync(new SceneMessage(host.Control.Incarnation, stage.Uid, task, operation, content));
        }
    }

    /// <summary>Runs a message and all that follow from it.</summary>
    public async Task DeliverAsync(SceneMessage message)
    {
        await entities.Gate.WaitAsync();
        try
        {
            entities.Messages.Enqueue(message);
            while (entities.Messages.TryDequeue(out SceneMessage? next))
            {
                await RunAsync(next);
            }
        }
        finally
        {
            entities.Gate.Release();
        }
    }

    public async Task<TaskImage> ReadStateAsync(Stage stage, int task, bool isWhole, CancellationToken cancellationToken)
    {
        TaskState? state = entities.States.GetValueOrDefault((host.Control.Incarnation, stage.Uid, task));
        return new TaskImage(
            await host.States.LoadAsync(state, cancellationToken),
            isWhole ? await host.States.LoadPartsAsync(state, cancellationToken) : []
        );
    }

    public Task EmitBestEffortAsync(
        string sinkUid,
        string batch,
        IReadOnlyList<DurableSinkRecord> records,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException("The scene has no such sink.");

    // As the function app's entity does.
    private async Task RunAsync(SceneMessage message)
    {
        if (message.Incarnation != host.Control.Incarnation)
        {
            return;
        }

        (int, string, int) key = (message.Incarnation, message.Stage, message.Task);
        Stage stage = host.Plan.KeyedStages.First(stage => stage.Uid == message.Stage);
        using DurableTaskBatch batch = await host.OpenBatchAsync(
            stage,
            message.Task,
            entities.States.GetValueOrDefault(key),
            CancellationToken.None
        );
        await batch.SendDurableAsync(Enqueue, (_, _, _) => { }, CancellationToken.None);
        await batch.ApplyAsync(message.Operation, message.Content, Enqueue, CancellationToken.None);
        await batch.FillHolesAsync(Enqueue, CancellationToken.None);
        if (batch.WantsFlush())
        {
            Enqueue(stage, message.Task, DurableOperation.Flush, []);
        }

        entities.States[key] = await batch.SaveAsync(CancellationToken.None);
    }

    private void Enqueue(Stage stage, int task, string operation, byte[] content) =>
        entities.Messages.Enqueue(new SceneMessage(host.Control.Incarnation, stage.Uid, task, operation, content));
}

/// <summary>A store that a test looks at, and that fails when the test says so.</summary>
internal sealed class SceneStore(IObjectStore store) : IObjectStore
{
    /// <summary>Called before a write, with the object's name; what it throws is thrown.</summary>
    public Func<string, Task> OnPut { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Called after a read, with the object's name.</summary>
    public Func<string, Task> OnGot { get; set; } = static _ => Task.CompletedTask;

    public async Task<string> PutAsync(
        string name,
        ReadOnlySequence<byte> content,
        PutCondition condition,
        CancellationToken cancellationToken
    )
    {
        await OnPut(name);
        return await store.PutAsync(name, content, condition, cancellationToken);
    }

    public async Task<StoredObject?> GetAsync(string name, CancellationToken cancellationToken)
    {
        StoredObject? found = await store.GetAsync(name, cancellationToken);
        await OnGot(name);
        return found;
    }

    public IAsyncEnumerable<string> ListAsync(string prefix, CancellationToken cancellationToken) =>
        store.ListAsync(prefix, cancellationToken);

    public Task DeleteAsync(string name, CancellationToken cancellationToken) => store.DeleteAsync(name, cancellationToken);
}
