using Millrace.Ledger;

namespace Millrace.Durable.Hosting;

/// <summary>
/// Lets the partitions of one trigger batch send together, so that a task gets one message instead of one per partition. Whoever has
/// something to send waits until all that are still at work have, but not longer than <see cref="Patience"/>: a slow partition holds nobody
/// up. Thread-safe.
/// </summary>
/// <param name="parties">Number of partitions at work; each calls <see cref="SendAsync"/> any number of times, one after the other, and
/// <see cref="Leave"/> once.</param>
/// <param name="send">Sends envelopes; returns when they are accepted.</param>
/// <param name="time">The clock.</param>
internal sealed class EnvelopeGatherer(int parties, Func<IReadOnlyList<Envelope>, Task> send, TimeProvider time)
{
    /// <summary>Ten times what a chain takes for a full batch.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private int _parties = parties;
    private Round _round = new();

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

        if (isLast)
        {
            Close(round);
        }

        try
        {
            await round.Sent.WaitAsync(Patience, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Close(round);
            await round.Sent.WaitAsync(cancellationToken).ConfigureAwait(false);
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

            _round = new Round();
        }

        round.Start(send);
    }

    private sealed class Round
    {
        private readonly TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<Envelope> Envelopes { get; } = [];

        public int Parties { get; set; }

        public Task Sent => _sent.Task;

        public void Start(Func<IReadOnlyList<Envelope>, Task> send) => _ = RunAsync(send);

        private async Task RunAsync(Func<IReadOnlyList<Envelope>, Task> send)
        {
            try
            {
                await send(Envelopes).ConfigureAwait(false);
                _sent.SetResult();
            }
#pragma warning disable CA1031 // Every party that waits gets it.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _sent.SetException(exception);
            }
        }
    }
}
