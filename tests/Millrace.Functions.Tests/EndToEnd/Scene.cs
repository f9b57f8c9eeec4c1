using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Millrace.Api;
using Millrace.AzureBlobs;
using Millrace.Checkpoints;
using Millrace.DevBroker;
using Millrace.Durable.Apps;
using Millrace.Durable.Hosting;
using Millrace.Durable.Protocol;
using Millrace.Functions.Jobs;
using Millrace.Functions.Storage;
using Millrace.Functions.Tasks;
using Millrace.Functions.Tests.Runner;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>A broker, a blob container, entity storage, and app instances that come and go.</summary>
internal sealed class Scene : IAsyncDisposable
{
    public const int Partitions = 4;
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);
    private readonly TestBroker _broker;

    private Scene(TestBroker broker, string storage, int seed)
    {
        _broker = broker;
        Store = new RunnerStore(seed);
        Blobs = new BlobObjectStore(
            new BlobServiceClient(storage),
            new BlobObjectStoreOptions { ContainerName = "c" + Guid.NewGuid().ToString("n") }
        );
        Ledgers = new TableLedgerStore(new TableServiceClient(storage), Guid.NewGuid().ToString("n"));
        Options = new RunnerOptions(broker.BootstrapServers, storage);
    }

    public RunnerStore Store { get; }

    public BlobObjectStore Blobs { get; }

    public ILedgerStore Ledgers { get; set; }

    public RunnerOptions Options { get; }

    public string Brokers => _broker.BootstrapServers;

    public List<RunnerInstance> Instances { get; } = [];

    // What the app creates (its topic of progress) is not usable at once, as on Apache Kafka.
    public static async Task<Scene> StartAsync(string storage, int seed = 1) =>
        new(
            await TestBroker.StartAsync(
                new DevBrokerOptions { TopicVisibilityDelay = TimeSpan.FromMilliseconds(200) },
                ("lines", Partitions),
                ("counts", 1),
                ("dead", 1)
            ),
            storage,
            seed
        );

    public RunnerInstance Add(IStreamJob job)
    {
        RunnerInstance instance = new(Options, Store, Blobs, Ledgers, [job]);
        Instances.Add(instance);
        instance.Start();
        return instance;
    }

    public async Task RemoveAsync(RunnerInstance instance)
    {
        Instances.Remove(instance);
        await instance.DisposeAsync();
    }

    /// <summary>Waits until every partition is committed to its end, then stops the job with a savepoint.</summary>
    public async Task<string> FinishAsync(long records, bool drain = true)
    {
        (DurableJobHost host, EntityTasks tasks) = await WaitForRecordsAsync(records);
        try
        {
            return await host.Savepoints.TakeAsync(
                "end-" + Guid.NewGuid().ToString("n")[..6],
                drain ? SavepointEnd.Drain : SavepointEnd.Suspend,
                TimeSpan.FromSeconds(40),
                tasks,
                CancellationToken.None
            );
        }
        catch (TimeoutException exception)
        {
            Assert.Fail($"{exception.Message}\n{Options.Logs.Text}");
            throw;
        }
    }

    /// <summary>Waits until every partition is committed to its end.</summary>
    public async Task<(DurableJobHost Host, EntityTasks Tasks)> WaitForRecordsAsync(long records)
    {
        RunnerInstance instance = Instances.First(each => !each.IsKilled && !each.IsPaused);
        JobEntry job = instance.Registry.Catalog.Jobs[0];
        DurableJobHost host = await instance.Registry.OpenAsync(job, CancellationToken.None);
        EntityTasks tasks = new(new TaskEntityClient(instance.Client), instance.Registry, host);
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            PartitionStatus[] statuses = await host.Ticker.ReadAsync(host.Plan.Sources[0], CancellationToken.None);
            if (statuses.Sum(status => Math.Max(0, status.Ledger?.Next ?? 0)) >= records)
            {
                break;
            }

            if (TimeProvider.System.GetElapsedTime(start) > Deadline)
            {
                Assert.Fail(
                    $"Only {statuses.Sum(status => status.Ledger?.Next ?? 0)} of {records} records were committed in "
                        + $"time.\n{Options.Logs.Text}"
                );
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        return (host, tasks);
    }

    /// <summary>The job's ledgers.</summary>
    public async Task<IReadOnlyDictionary<string, StoredObject>> LedgersAsync()
    {
        string control = DurableNames.ControlOf("count");
        DurableControl job = DurableControlJson.Read((await Blobs.GetAsync(control, CancellationToken.None))!, control);
        Dictionary<string, StoredObject> found = [];
        string folder = DurableNames.LedgersOf("count", job.Incarnation);
        await foreach ((string name, StoredObject ledger) in Ledgers.ReadFolderAsync(folder, CancellationToken.None))
        {
            if (name != folder + DurableLedgers.Mark)
            {
                found.Add(name, ledger);
            }
        }

        return found;
    }

    /// <summary>The job's objects of a kind, such as state, with their ETags.</summary>
    public async Task<IReadOnlyList<StoredObject>> ObjectsAsync(string kind)
    {
        List<StoredObject> objects = [];
        await foreach (string name in Blobs.ListAsync("jobs/count/functions/", CancellationToken.None))
        {
            if (name.Contains($"/{kind}/", StringComparison.Ordinal) && await Blobs.GetAsync(name, CancellationToken.None) is { } found)
            {
                objects.Add(found);
            }
        }

        return objects;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RunnerInstance instance in Instances)
        {
            await instance.DisposeAsync();
        }

        await _broker.DisposeAsync();
    }
}
