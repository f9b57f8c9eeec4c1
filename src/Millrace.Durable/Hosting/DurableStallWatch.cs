using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Millrace.Checkpoints;
using Millrace.Durable.Protocol;

namespace Millrace.Durable.Hosting;

/// <summary>
/// Sees what stands still: a task that does not apply what was sent to it, because its messages are lost or held by a dead process, or
/// because nobody runs it. Ticks and triggers look, each process for itself, and leave what they see in the store, for the status of the
/// job wherever it is asked for. What a process remembers is only a hint. Thread-safe.
/// </summary>
internal sealed class DurableStallWatch(DurableJob job)
{
    /// <summary>How often a process looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(4);

    /// <summary>A channel that has not moved from one look to the next, though something was sent on it, stands still.</summary>
    public static readonly TimeSpan Patience = Interval;

    /// <summary>What another process has seen longer ago says nothing.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(30);

    private readonly ClosableGate _gate = new(nameof(DurableStallWatch), job.Services.Execution);
    private readonly string _name = DurableNames.StallsOf(job.Name, job.Control.Incarnation);
    private readonly Dictionary<ChannelId, (long Applied, DateTimeOffset Since)> _behind = [];
    private long? _lastLook;
    private DateTimeOffset _lastWrite;
    private bool _hasFailed;
    private volatile IReadOnlyList<DurableStall> _stalls = [];

    /// <summary>What this process sees.</summary>
    public IReadOnlyList<DurableStall> Stalls => _stalls;

    /// <summary>Looks, if it is time to. What goes wrong is logged once: nothing depends on it.</summary>
    /// <param name="sent">The last position sent on each channel from a source, as far as the process knows.</param>
    /// <param name="tasks">The way to the tasks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task LookAsync(
        Func<IEnumerable<KeyValuePair<ChannelId, long>>> sent,
        IDurableTasks tasks,
        CancellationToken cancellationToken
    )
    {
        if (!IsDue())
        {
            return;
        }

        await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (IsDue())
            {
                _lastLook = job.Services.Time.GetTimestamp();
                await LookNowAsync(sent(), tasks, cancellationToken).ConfigureAwait(false);
                _hasFailed = false;
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && exception is not OutOfMemoryException)
        {
            if (!_hasFailed)
            {
                Log.StallWatchFailed(job.Logger, exception, job.Name);
            }

            _hasFailed = true;
        }
        finally
        {
            _gate.Leave();
        }
    }

    /// <summary>What any process of the job has seen lately.</summary>
    public async Task<IReadOnlyList<DurableStall>> ReadAsync(CancellationToken cancellationToken) =>
        await job.Store.GetAsync(_name, cancellationToken).ConfigureAwait(false) is { } stored
        && DurableStallsJson.Read(stored.Content.Span) is { } seen
        && job.Services.Time.GetUtcNow() - seen.At < Freshness
            ? seen.Stalls
            : _stalls;

    private bool IsDue() => _lastLook is not { } last || job.Services.Time.GetElapsedTime(last) >= Interval;

    private async Task LookNowAsync(
        IEnumerable<KeyValuePair<ChannelId, long>> sent,
        IDurableTasks tasks,
        CancellationToken cancellationToken
    )
    {
        Dictionary<ChannelId, long> positions = new(sent);
        Dictionary<ChannelId, long> applied = [];
        foreach ((_, _, TaskCheckpoint state) in await DurableTaskStatus.LoadAllAsync(job, tasks, cancellationToken).ConfigureAwait(false))
        {
            foreach (ChannelReceiver channel in state.Channels.Values)
            {
                applied[channel.Id] = channel.Applied;
            }

            foreach ((ChannelId channel, long position) in state.Positions)
            {
                positions[channel] = position;
            }
        }

        DateTimeOffset now = job.Services.Time.GetUtcNow();
        List<DurableStall> stalls = [];
        foreach ((ChannelId channel, long position) in positions)
        {
            long at = applied.GetValueOrDefault(channel, SentPositions.None);
            if (at >= position)
            {
                _behind.Remove(channel);
                continue;
            }

            if (
                !_behind.TryGetValue(channel, out (long Applied, DateTimeOffset Since) before)
                || before.Applied != at
                || before.Since > now
            )
            {
                _behind[channel] = before = (at, now);
            }

            if (now - before.Since >= Patience)
            {
                stalls.Add(
                    new DurableStall(job.Plan.TargetOf(channel).Uid, channel.Downstream, channel.ToString(), at, position, before.Since)
                );
            }
        }

        await TellAsync(stalls, now, cancellationToken).ConfigureAwait(false);
    }

    private async Task TellAsync(List<DurableStall> stalls, DateTimeOffset now, CancellationToken cancellationToken)
    {
        bool isNews = stalls.Count > 0 != _stalls.Count > 0;
        if (isNews && stalls is [var first, ..])
        {
            Log.Stalled(job.Logger, job.Name, stalls.Count, first.Stage, first.Task, first.Applied, first.Sent, first.Since);
        }
        else if (isNews)
        {
            Log.StallsAreOver(job.Logger, job.Name);
        }

        _stalls = stalls;
        if (isNews || (stalls.Count > 0 && now - _lastWrite > Freshness / 3))
        {
            _lastWrite = now;
            await job
                .Store.PutAsync(
                    _name,
                    new ReadOnlySequence<byte>(DurableStallsJson.Write(new DurableStalls(now, stalls))),
                    PutCondition.None,
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
    }
}

/// <summary>A channel that stands still.</summary>
/// <param name="Stage">Uid of the stage whose task does not apply what was sent.</param>
/// <param name="Task">Number of the task.</param>
/// <param name="Channel">The edge, and the numbers of both its ends.</param>
/// <param name="Applied">The last position applied; -1 = none.</param>
/// <param name="Sent">The last position sent.</param>
/// <param name="Since">When the process that tells it first saw it so.</param>
internal sealed record DurableStall(string Stage, int Task, string Channel, long Applied, long Sent, DateTimeOffset Since);

/// <summary>What a process has seen.</summary>
/// <param name="At">When.</param>
/// <param name="Stalls">Channels that stand still.</param>
internal sealed record DurableStalls(DateTimeOffset At, IReadOnlyList<DurableStall> Stalls);

/// <summary>The JSON of what stands still.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(DurableStalls))]
internal sealed partial class DurableStallsJson : JsonSerializerContext
{
    public static byte[] Write(DurableStalls stalls) => JsonSerializer.SerializeToUtf8Bytes(stalls, Default.DurableStalls);

    public static DurableStalls? Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, Default.DurableStalls);
        }
        catch (JsonException)
        {
            // Only told to people: a damaged one says nothing.
            return null;
        }
    }
}
