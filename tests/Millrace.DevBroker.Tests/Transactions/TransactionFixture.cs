using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Millrace.DevBroker.Groups;
using Millrace.DevBroker.Journals;
using Millrace.DevBroker.Transactions;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Transactions;

/// <summary>A transaction coordinator on a clock that only the test moves, with partitions that note their markers.</summary>
internal sealed class TransactionFixture : IAsyncDisposable
{
    public const string Id = "txn-1";
    public const string GroupId = "group-1";

    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);
    public static readonly TopicPartition T0 = new("t", 0);
    public static readonly TopicPartition T1 = new("t", 1);

    private readonly CrashableJournal _transactionsJournal;
    private readonly MemoryJournal _groupsJournal;

    public TransactionFixture()
        : this(new CrashableJournal(), new MemoryJournal(), new FakeTimeProvider(), new MarkerLog()) { }

    private TransactionFixture(CrashableJournal transactions, MemoryJournal groups, FakeTimeProvider time, MarkerLog log)
    {
        _transactionsJournal = transactions;
        _groupsJournal = groups;
        Time = time;
        Log = log;
        Groups = new GroupCoordinator(new GroupCoordinatorOptions(), time, groups, NullLogger.Instance);
        Coordinator = new TransactionCoordinator(TimeSpan.FromMinutes(15), time, transactions, log, Groups, NullLogger.Instance);
    }

    public FakeTimeProvider Time { get; }

    public MarkerLog Log { get; }

    public GroupCoordinator Groups { get; }

    public TransactionCoordinator Coordinator { get; }

    public CrashableJournal Journal => _transactionsJournal;

    public TransactionMetadata Current => Coordinator.Describe(Id)!;

    /// <summary>The same journals and partitions seen by a new broker, as after a crash.</summary>
    public TransactionFixture Restart() => new(_transactionsJournal.AfterCrash(), _groupsJournal, Time, Log.AfterCrash());

    public async Task<(ErrorCode Error, ProducerIdentity Producer)> TryInit(
        ProducerIdentity? expected = null,
        string? id = Id,
        TimeSpan? timeout = null
    ) => await Coordinator.InitProducerIdAsync(id, timeout ?? Timeout, expected ?? ProducerIdentity.None, CancellationToken.None);

    public async Task<ProducerIdentity> Init(ProducerIdentity? expected = null, string? id = Id)
    {
        (ErrorCode error, ProducerIdentity producer) = await TryInit(expected, id);
        Assert.Equal(ErrorCode.None, error);
        return producer;
    }

    public async Task<ErrorCode> Add(ProducerIdentity producer, params TopicPartition[] partitions) =>
        await Coordinator.AddAsync(Id, producer, partitions, group: null, CancellationToken.None);

    public async Task<ErrorCode> End(ProducerIdentity producer, bool commit) =>
        await Coordinator.EndAsync(Id, producer, commit, CancellationToken.None);

    public ErrorCode Check(ProducerIdentity producer, TopicPartition partition) =>
        Coordinator.Check(Id, producer.ProducerId, producer.Epoch, partition.Topic, partition.Partition);

    /// <summary>Adds a group to the transaction and commits an offset in it.</summary>
    public async Task CommitOffset(ProducerIdentity producer, long offset)
    {
        Assert.Equal(ErrorCode.None, await Coordinator.AddAsync(Id, producer, [], GroupId, CancellationToken.None));
        OffsetCommitCommand command = new() { GroupId = GroupId, Offsets = [new OffsetToCommit(T0, offset, -1, null)] };
        Assert.Equal(ErrorCode.None, await Groups.CommitTransactionalOffsetsAsync(command, producer.ProducerId, CancellationToken.None));
    }

    public long? CommittedOffset() => Groups.FetchOffsets(GroupId, [T0], requireStable: false)[0].Offset?.Offset;

    /// <summary>Waits, without moving the test's clock, until what runs in the background has led to the state.</summary>
    public async Task WaitFor(TransactionState state)
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(10));
        while (Current.State != state)
        {
            deadline.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Coordinator.DisposeAsync();
        await Groups.DisposeAsync();
    }
}
