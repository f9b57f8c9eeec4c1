using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Graph;

namespace Millrace.Durable.Hosting;

/// <summary>
/// What keyed tasks lack of their sources, read from the topics: a message may be lost, held by a dead process for minutes, or dropped
/// because too much waits behind a hole. A task knows its holes itself, from what it holds back and from what ticks tell, and fills one
/// that has not changed for <see cref="DurableHostOptions.ResendTimeout"/>. Content is a function of positions, so what comes late is a
/// repetition. Thread-safe.
/// </summary>
internal sealed class DurableChannelRepair(DurableJob job, JobTopics topics)
{
    private const int MaxRecords = 20_000;

    // What this process remembers of holes is only a hint: losing it delays.
    private readonly ConcurrentDictionary<ChannelId, Hole> _holes = new();

    /// <summary>Whether a hole has been there for long. Called with every hole that a batch sees.</summary>
    public bool IsDue(in ChannelId channel, long applied)
    {
        if (!job.Services.Protocol.Has(ProtocolGuards.Repair | ProtocolGuards.FillHoles))
        {
            return false;
        }

        long now = job.Services.Time.GetTimestamp();
        Hole hole = _holes.GetOrAdd(channel, _ => new Hole(applied, now, HasFailed: false));
        if (hole.Applied != applied || hole.Since > now)
        {
            _holes[channel] = hole with { Applied = applied, Since = now };
            return false;
        }

        return job.Services.Time.GetElapsedTime(hole.Since, now) >= job.Options.ResendTimeout;
    }

    /// <summary>A part of the hole is filled, and the next one is to be read at once.</summary>
    public void Advance(in ChannelId channel, long applied)
    {
        if (_holes.TryGetValue(channel, out Hole? hole))
        {
            _holes[channel] = hole with { Applied = applied, HasFailed = false };
        }
    }

    /// <summary>The hole could not be filled: it is tried again after the same time.</summary>
    /// <returns>Whether that is new.</returns>
    public bool Postpone(in ChannelId channel, bool hasFailed)
    {
        if (!_holes.TryGetValue(channel, out Hole? hole))
        {
            return false;
        }

        _holes[channel] = hole with { Since = job.Services.Time.GetTimestamp(), HasFailed = hasFailed };
        return hasFailed && !hole.HasFailed;
    }

    /// <summary>
    /// The envelopes of a hole, or of its beginning. The last one ends where the topic was read to, with nothing in it if need be, so that
    /// each call gets further: of a hole without a record for the channel too.
    /// </summary>
    /// <param name="channel">A channel from a source.</param>
    /// <param name="applied">The last position that its task has applied.</param>
    /// <param name="to">The last position of the hole.</param>
    /// <param name="cancellationToken">Ends the wait for the topic.</param>
    public async Task<IReadOnlyList<Envelope>> ReadAsync(ChannelId channel, long applied, long to, CancellationToken cancellationToken)
    {
        Stage source = job.Plan.SenderOf(channel);
        (string topic, int partition) = job.Plan.PartitionOf(source, channel.Upstream);
        (LedgerState? ledger, _) = await job
            .Ledgers.ReadAsync(job.LedgerOf(source, channel.Upstream), cancellationToken)
            .ConfigureAwait(false);
        if (ledger is not null)
        {
            // A topic that was created anew has other records at these offsets.
            await topics.ValidateAsync(source, [(channel.Upstream, ledger)], cancellationToken).ConfigureAwait(false);
        }

        long first = Math.Max(applied + 1, await FindFirstAsync(source, topic, partition, ledger, cancellationToken).ConfigureAwait(false));
        Log.Resending(job.Logger, job.Name, channel.ToString(), applied, to);
        RawRecordRange read =
            first <= to
                ? await topics.ReaderOf(source).ReadAsync(topic, partition, first, to, MaxRecords, cancellationToken).ConfigureAwait(false)
                : new RawRecordRange([], to);
        long covered = Math.Min(read.CoveredTo, to);
        if (covered <= applied)
        {
            return [];
        }

        // A part of a partition tells no watermark: what the ledger knows holds only after all of it.
        LedgerState from = LedgerState.Initial(first) with
        {
            Epoch = ledger?.Epoch ?? 0,
            Sent = SentPositions.Of([new(channel, applied)]),
        };
        DurableSourceRunner runner = new(job.Plan, source, channel.Upstream, job.Services);
        await using ConfiguredAsyncDisposable runnerDisposal = runner.ConfigureAwait(false);
        SourceRangeResult result = runner.Process(from, new OffsetRange(applied + 1, covered), read.Records, isResend: true);
        List<Envelope> envelopes = [.. result.Envelopes.Where(envelope => envelope.Channel == channel)];
        ChannelSender end = new(job.Plan.Incarnation, channel, from.Epoch, envelopes is [.., var last] ? last.To : applied, isResend: true);
        if (end.Previous < covered && job.Services.Protocol.Has(ProtocolGuards.EmptyEnvelope))
        {
            end.Send(PayloadKind.None, end.Previous + 1, covered, default, long.MinValue, envelopes);
        }

        return envelopes;
    }

    // Nothing below the first offset of the state was ever sent. A ledger of an earlier version does not know it: then the topic's own.
    private async Task<long> FindFirstAsync(
        Stage source,
        string topic,
        int partition,
        LedgerState? ledger,
        CancellationToken cancellationToken
    ) =>
        ledger is { First: >= 0 } known && job.Services.Protocol.Has(ProtocolGuards.FirstOffset)
            ? known.First
            : Math.Max(
                0,
                await topics
                    .ReaderOf(source)
                    .FindStartAsync(topic, partition, isInitial: ledger is null, cancellationToken)
                    .ConfigureAwait(false)
            );

    private sealed record Hole(long Applied, long Since, bool HasFailed);
}
