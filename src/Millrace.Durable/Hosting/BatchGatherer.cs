using Millrace.Checkpoints;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Scheduling;

namespace Millrace.Durable.Hosting;

/// <summary>
/// Lets the partitions of one trigger batch send and commit together, so that a task gets one message instead of one per partition, and
/// ledgers are written in one transaction. Whoever has something to hand over waits until all that are still at work have, but not longer
/// than <see cref="Patience"/>: a slow partition holds nobody up. Thread-safe.
/// </summary>
/// <param name="parties">Number of partitions at work; each calls <see cref="SendAsync"/> and <see cref="WriteAsync"/> any number of times,
/// one after the other, and <see cref="Leave"/> once.</param>
/// <param name="send">Sends envelopes; returns when they are accepted.</param>
/// <param name="write">Writes ledgers.</param>
/// <param name="services">The clock, and where continuations run.</param>
internal sealed class BatchGatherer(
    int parties,
    Func<IReadOnlyList<Envelope>, Task> send,
    Func<IReadOnlyList<LedgerWrite>, Task<LedgerWritten[]>> write,
    DurableServices services
)
{
    /// <summary>Ten times what a chain takes for a full batch.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private int _parties = parties;
    private Round _round = new(services.Execution);

    /// <summary>Returns when the envelopes are accepted.</summary>
    public async Task SendAsync(IReadOnlyList<Envelope> envelopes, CancellationToken cancellationToken)
    {
        (Round round, Task<int> sent, bool isLast) = Enter(round =>
        {
            round.Envelopes.AddRange(envelopes);
            return round.Sent.WaitAsync();
        });
        await WaitAsync(round, sent, isLast, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns when the ledger is written: its new ETag.</summary>
    /// <exception cref="PreconditionFailedException">It is not what its writer took it for.</exception>
    public async Task<string> WriteAsync(LedgerWrite ledger, CancellationToken cancellationToken)
    {
        int index = 0;
        (Round round, Task<LedgerWritten[]> written, bool isLast) = Enter(round =>
        {
            index = round.Ledgers.Count;
            round.Ledgers.Add(ledger);
            return round.Written.WaitAsync();
        });
        return (await WaitAsync(round, written, isLast, cancellationToken).ConfigureAwait(false))[index].ETag;
    }

    /// <summary>A partition has nothing more to hand over.</summary>
    public void Leave()
    {
        Round? complete;
        lock (_lock)
        {
            _parties--;
            complete = _round.Parties > 0 && _round.Parties >= _parties ? _round : null;
        }

        if (complete is not null)
        {
            Close(complete);
        }
    }

    private (Round Round, Task<T> Done, bool IsLast) Enter<T>(Func<Round, Task<T>> add)
    {
        lock (_lock)
        {
            return (_round, add(_round), ++_round.Parties >= _parties);
        }
    }

    private async Task<T> WaitAsync<T>(Round round, Task<T> done, bool isLast, CancellationToken cancellationToken)
    {
        if (isLast)
        {
            Close(round);
            return await done.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        try
        {
            return await done.WaitAsync(Patience, services.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Close(round);
            return await done.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Close(Round round)
    {
        lock (_lock)
        {
            if (round != _round)
            {
                // Another party has closed it.
                return;
            }

            _round = new Round(services.Execution);
        }

        round.Start(send, write);
    }

    private sealed class Round(Execution execution)
    {
        public List<Envelope> Envelopes { get; } = [];

        public List<LedgerWrite> Ledgers { get; } = [];

        public int Parties { get; set; }

        /// <summary>How many envelopes were accepted.</summary>
        public SharedWork<int> Sent { get; } = new(execution);

        public SharedWork<LedgerWritten[]> Written { get; } = new(execution);

        public void Start(Func<IReadOnlyList<Envelope>, Task> send, Func<IReadOnlyList<LedgerWrite>, Task<LedgerWritten[]>> write)
        {
            Sent.Start(async () =>
            {
                await send(Envelopes).ConfigureAwait(false);
                return Envelopes.Count;
            });
            Written.Start(() => Ledgers.Count == 0 ? Task.FromResult<LedgerWritten[]>([]) : write(Ledgers));
        }
    }
}
