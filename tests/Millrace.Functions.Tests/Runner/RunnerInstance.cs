using Confluent.Kafka;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Durable.Hosting;
using Millrace.Functions.Jobs;
using Millrace.Functions.Tests.Configuration;

namespace Millrace.Functions.Tests.Runner;

/// <summary>
/// One instance of the app: listeners, entity batches and ticks as the real host runs them. <see cref="Kill"/> abandons it in the middle of
/// whatever it does.
/// </summary>
internal sealed class RunnerInstance : IAsyncDisposable
{
    private static readonly TimeSpan IdleDelay = TimeSpan.FromMilliseconds(5);
    private readonly CancellationTokenSource _stopping = new();
    private readonly RunnerOptions _options;
    private readonly RunnerClient _client;
    private readonly IHost _host;
    private readonly List<Task> _loops = [];
    private long _steps;
    private long _killAt = long.MaxValue;
    private readonly Lock _lock = new();
    private Func<string, bool> _pausesBefore = static _ => false;
    private TaskCompletionSource? _pause;

    /// <summary>An instance with its ledgers in blobs.</summary>
    public RunnerInstance(RunnerOptions options, RunnerStore store, IObjectStore blobs, params IReadOnlyList<IStreamJob> added)
        : this(options, store, blobs, new ObjectLedgerStore(blobs), added) { }

    public RunnerInstance(
        RunnerOptions options,
        RunnerStore store,
        IObjectStore blobs,
        ILedgerStore ledgers,
        IReadOnlyList<IStreamJob> added
    )
    {
        _options = options;
        _client = new RunnerClient(store, this);
        Entities = new RunnerEntityHost(this, options, store);
        Blobs = new CountingStore(blobs, Step, PassAsync, ledgers);
        HostApplicationBuilder builder = BuilderOf(options, added);
        builder.Services.AddSingleton<IObjectStore>(Blobs);
        builder.Services.AddSingleton<ILedgerStore>(Blobs);
        _host = builder.Build();
        Registry = _host.Services.GetRequiredService<JobRegistry>();
    }

    public CountingStore Blobs { get; }

    public CancellationToken Stopping => _stopping.Token;

    public JobRegistry Registry { get; }

    public RunnerClient Client => _client;

    public bool IsKilled { get; private set; }

    public bool IsPaused
    {
        get
        {
            lock (_lock)
            {
                return _pause is not null;
            }
        }
    }

    /// <summary>Ticks that have ended.</summary>
    public long Ticks { get; private set; }

    /// <summary>Batches that triggers have completed, and partitions in them.</summary>
    public long Batches { get; private set; }

    public long Partitions { get; private set; }

    public RunnerEntityHost Entities { get; }

    /// <summary>What a start of the app checks.</summary>
    /// <exception cref="MillraceConfigurationException">The app would not start.</exception>
    public static void Check(RunnerOptions options, IStreamJob job) => ConfigurationTests.Check(BuilderOf(options, [job]));

    public void Start()
    {
        foreach (SourceFunctionEntry function in Registry.Catalog.SourceFunctions)
        {
            // A thread of its own: the client's polls block.
            _loops.Add(
                Task.Factory.StartNew(
                    () => Listen(function),
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default
                )
            );
        }

        for (int i = 0; i < _options.MaxEntities; i++)
        {
            _loops.Add(Task.Run(RunEntitiesAsync));
        }

        _loops.Add(Task.Run(TickAsync));
    }

    /// <summary>Abandons the instance after some more steps.</summary>
    public void KillAfter(int steps) => Volatile.Write(ref _killAt, Interlocked.Read(ref _steps) + steps);

    public void Kill()
    {
        IsKilled = true;
        _stopping.Cancel();
    }

    /// <summary>
    /// Stands still before an effect (<c>put</c>, <c>get</c> or <c>delete</c> with an object's name, or <c>signal</c>), with all that
    /// triggers and ticks do, like a process that is frozen.
    /// </summary>
    public void PauseBefore(Func<string, bool> effect)
    {
        lock (_lock)
        {
            _pausesBefore = effect;
        }
    }

    public void Resume()
    {
        lock (_lock)
        {
            _pausesBefore = static _ => false;
            _pause?.SetResult();
            _pause = null;
        }
    }

    /// <summary>Waits as long as the instance stands still.</summary>
    public Task PassAsync(string effect)
    {
        lock (_lock)
        {
            if (_pause is null && _pausesBefore(effect))
            {
                _pause = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return _pause?.Task ?? Task.CompletedTask;
        }
    }

    /// <summary>Every effect passes here: a killed instance has none any more.</summary>
    public void Step()
    {
        if (Interlocked.Increment(ref _steps) >= Volatile.Read(ref _killAt))
        {
            Kill();
        }

        if (IsKilled)
        {
            throw new RunnerKilledException();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_loops).WaitAsync(TimeSpan.FromSeconds(60));
        await Registry.DisposeAsync();
        _host.Dispose();
        _stopping.Dispose();
    }

    private static HostApplicationBuilder BuilderOf(RunnerOptions options, IReadOnlyList<IStreamJob> added)
    {
        HostApplicationBuilder builder = new(
            new HostApplicationBuilderSettings { ContentRootPath = Repository.Tree.Root, DisableDefaults = true }
        );
        builder.Configuration.AddInMemoryCollection(options.Settings);
        builder.Services.AddLogging(logging => logging.AddProvider(options.Logs).SetMinimumLevel(LogLevel.Information));
        builder.Services.AddSingleton(options.Clock);
        builder.AddMillraceJobs(jobs =>
        {
            foreach (IStreamJob job in added)
            {
                jobs.Add(job);
            }
        });
        return builder;
    }

    private async Task RunEntitiesAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                if (IsPaused || !await Entities.RunAsync())
                {
                    await Task.Delay(IdleDelay, TimeProvider.System, _stopping.Token);
                }
            }
            catch (Exception exception) when (exception is RunnerKilledException or OperationCanceledException)
            {
                return;
            }
            catch (Exception exception)
            {
                _options.Logs.Note($"An entity's batch failed: {exception}");
            }
        }
    }

    private async Task TickAsync()
    {
        TickFunction function = new(Registry);
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await function.RunAsync(new TimerInfo(), _client, new RunnerFunctionContext("millrace-tick", _stopping.Token));
                Ticks++;
                await Task.Delay(_options.TickInterval, TimeProvider.System, _stopping.Token);
            }
            catch (Exception exception)
                when (exception is RunnerKilledException or OperationCanceledException || _stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private void Listen(SourceFunctionEntry entry)
    {
        SourceFunction function = new(Registry);
        ConsumerConfig config = new()
        {
            BootstrapServers = _options.Brokers,
            GroupId = entry.ConsumerGroup,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoOffsetStore = false,
            AutoCommitIntervalMs = 50,
            SessionTimeoutMs = 2000,
            MaxPollIntervalMs = (int)_options.MaxPollInterval.TotalMilliseconds,
            HeartbeatIntervalMs = 300,
            FetchWaitMaxMs = 20,
        };
        using IConsumer<byte[]?, byte[]?> consumer = new ConsumerBuilder<byte[]?, byte[]?>(config).Build();
        consumer.Subscribe(entry.Topic);
        while (!_stopping.IsCancellationRequested)
        {
            List<ConsumeResult<byte[]?, byte[]?>> batch = Poll(consumer);
            if (batch.Count > 0 && !DeliverAsync(function, entry, batch).GetAwaiter().GetResult())
            {
                return;
            }

            foreach (ConsumeResult<byte[]?, byte[]?> record in batch)
            {
                TryStore(consumer, record);
            }
        }
    }

    private List<ConsumeResult<byte[]?, byte[]?>> Poll(IConsumer<byte[]?, byte[]?> consumer)
    {
        List<ConsumeResult<byte[]?, byte[]?>> batch = [];
        TimeSpan wait = TimeSpan.FromMilliseconds(100);
        try
        {
            while (batch.Count < _options.MaxBatch && !_stopping.IsCancellationRequested && consumer.Consume(wait) is { } record)
            {
                batch.Add(record);
                wait = TimeSpan.FromMilliseconds(20);
            }
        }
        catch (ConsumeException exception) when (exception.Error.Code == ErrorCode.Local_MaxPollExceeded)
        {
            _options.Logs.Note("The instance has lost its partitions.");
        }

        return batch;
    }

    // commitOnFailure false, maxRetries -1: the same batch again until it succeeds.
    private async Task<bool> DeliverAsync(SourceFunction function, SourceFunctionEntry entry, List<ConsumeResult<byte[]?, byte[]?>> batch)
    {
        KafkaRecord[] records = [.. batch.Select(RunnerRecords.Convert)];
        while (true)
        {
            try
            {
                await function.RunAsync(records, _client, new RunnerFunctionContext(entry.FunctionName, _stopping.Token));
                Batches++;
                Partitions += records.Select(record => record.Partition).Distinct().Count();
                return true;
            }
            catch (Exception exception)
            {
                if (_stopping.IsCancellationRequested)
                {
                    return false;
                }

                _options.Logs.Note($"A trigger's batch failed: {exception.Message}");
                await Task.Delay(IdleDelay, TimeProvider.System);
            }
        }
    }

    private static void TryStore(IConsumer<byte[]?, byte[]?> consumer, ConsumeResult<byte[]?, byte[]?> record)
    {
        try
        {
            consumer.StoreOffset(record);
        }
        catch (KafkaException)
        {
            // The partition was revoked meanwhile.
        }
    }
}
