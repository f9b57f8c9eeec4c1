using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Scheduling;

namespace Millrace.Durable.Hosting;

/// <summary>
/// Lets the partitions of one trigger batch send together, so that a task gets one message instead of one per partition. Whoever has
/// something to send waits until all that are still at work have, but not longer than <see cref="Patience"/>: a slow partition holds nobody
/// up. Thread-safe.
/// </summary>
/// <param name="parties">Number of partitions at work; each calls <see cref="SendAsync"/> any number of times, one after the other, and
/// <see cref="Leave"/> once.</param>
/// <param name="send">Sends envelopes; returns when they are accepted.</param>
/// <param name="services">The clock, and where continuations run.</param>
internal sealed class EnvelopeGatherer(int parties, Func<IReadOnlyList<Envelope>, Task> send, DurableServices services)
{
    /// <summary>Ten times what a chain takes for a full batch.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private int _parties = parties;
    private Round _round = new(services.Execution);

    /// <summary>Returns when the envelopes are accepted.</summary>
    public async Task SendAsync(IReadOnlyList<Envelope> envelopes, CancellationToken cancellationToken)
    {
        Round round;
        bool isLast;
        lock (_lock)
        {
            round = _round;
            round.Envelopes.AddRange(envelopes);
            isLast = ++round.Parties >= _parties;
        }

        Task sent = round.Sent.WaitAsync();
        if (isLast)
        {
            Close(round);
        }

        try
        {
            await sent.WaitAsync(Patience, services.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Close(round);
            await sent.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A partition has nothing more to send.</summary>
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

        round.Start(send);
    }

    private sealed class Round(Execution execution)
    {
        public List<Envelope> Envelopes { get; } = [];

        public int Parties { get; set; }

        /// <summary>How many envelopes were accepted.</summary>
        public SharedWork<int> Sent { get; } = new(execution);

        public void Start(Func<IReadOnlyList<Envelope>, Task> send) =>
            Sent.Start(async () =>
            {
                await send(Envelopes).ConfigureAwait(false);
                return Envelopes.Count;
            });
    }
}
