using Millrace.Time;

namespace Millrace.Durable.Protocol;

/// <summary>
/// Turns what ticks read about all source partitions of a job into watermarks that hold for all tasks, and finds work that nobody does.
/// Its memory is a hint: losing it with the process only delays, and a clock that jumps only hastens or delays.
/// </summary>
/// <remarks>
/// An idle partition is not left out of the minimum; it is pulled along, to the least watermark of the partitions that are not idle.
/// Those watermarks were read before the idle partition was seen to have nothing left, so whatever it gets later was produced after all
/// that they speak of. A flag "idle" would outlive that moment: the partition's next records would be late.
/// </remarks>
internal sealed class ProgressTracker(ProgressOptions options, TimeProvider time)
{
    private readonly Dictionary<(string Source, int Upstream), Memory> _partitions = [];
    private readonly Dictionary<ChannelId, (ChannelLag Lag, long Since)> _lags = [];

    /// <summary>The watermark to tell for each partition, in the order of <paramref name="partitions"/>.</summary>
    public long[] Watermarks(ReadOnlySpan<PartitionStatus> partitions)
    {
        long now = time.GetTimestamp();
        long[] watermarks = new long[partitions.Length];
        bool[] idle = new bool[partitions.Length];
        Dictionary<string, IdleClock> quiet = new(StringComparer.Ordinal);
        HashSet<string> active = new(StringComparer.Ordinal);
        (long least, long greatest, bool anyActive) = (long.MaxValue, long.MinValue, false);
        for (int i = 0; i < partitions.Length; i++)
        {
            PartitionStatus partition = partitions[i];
            watermarks[i] = partition.Ledger?.Watermark ?? long.MinValue;
            long since = Observe(partition, now);
            TimeSpan quietFor = partition is { LastRecord: < 0, IsUnknown: false, Ledger: null or { Plan: null } }
                ? time.GetElapsedTime(since, now)
                : TimeSpan.MinValue;
            idle[i] = partition.IdleTimeout is { } timeout && quietFor >= timeout;
            if (partition.IdleClock is { } clock && quietFor >= clock.Idle)
            {
                quiet[partition.Source] = clock;
            }
            else
            {
                active.Add(partition.Source);
            }

            greatest = Math.Max(greatest, watermarks[i]);
            if (!idle[i])
            {
                anyActive = true;
                least = Math.Min(least, watermarks[i]);
            }
        }

        long pulled = anyActive ? least : greatest;
        long clockTime = quiet.Count > 0 ? time.GetUtcNow().ToUnixTimeMilliseconds() : 0;
        for (int i = 0; i < partitions.Length; i++)
        {
            watermarks[i] = idle[i] ? Math.Max(watermarks[i], pulled) : watermarks[i];
            if (!active.Contains(partitions[i].Source) && quiet.TryGetValue(partitions[i].Source, out IdleClock? clock))
            {
                // Read when nothing was left, so what comes later is late only if it is older than the bound when it comes.
                watermarks[i] = Math.Max(watermarks[i], clock.WatermarkAt(clockTime));
            }
        }

        return watermarks;
    }

    /// <summary>
    /// Whether the tick should take the partition over and complete what is left: its plan, or records that no trigger will bring again.
    /// </summary>
    public bool IsStranded(in PartitionStatus partition)
    {
        if (!options.Guards.HasFlag(ProtocolGuards.Repair) || (partition.LastRecord < 0 && partition.Ledger?.Plan is null))
        {
            return false;
        }

        return _partitions.TryGetValue((partition.Source, partition.Upstream), out Memory memory)
            && time.GetElapsedTime(memory.LedgerSince, time.GetTimestamp()) >= options.RepairTimeout;
    }

    /// <summary>Whether to send <see cref="ChannelLag"/>'s positions again. Called with every lag that a tick sees.</summary>
    public bool IsLost(in ChannelLag lag)
    {
        if (lag.Applied >= lag.Sent || !options.Guards.HasFlag(ProtocolGuards.Repair))
        {
            _lags.Remove(lag.Channel);
            return false;
        }

        long now = time.GetTimestamp();
        if (
            !_lags.TryGetValue(lag.Channel, out (ChannelLag Lag, long Since) known)
            || known.Lag.Applied != lag.Applied
            || known.Since > now
        )
        {
            _lags[lag.Channel] = (lag, now);
            return false;
        }

        if (time.GetElapsedTime(known.Since, now) < options.ResendTimeout)
        {
            return false;
        }

        _lags[lag.Channel] = (lag, now);
        return true;
    }

    /// <summary>Since when the partition has had nothing to process.</summary>
    private long Observe(in PartitionStatus partition, long now)
    {
        LedgerState? ledger = partition.Ledger;
        if (
            !_partitions.TryGetValue((partition.Source, partition.Upstream), out Memory memory)
            || memory.LedgerSince > now
            || memory.QuietSince > now
        )
        {
            // New, or the clock went back: then what we remember lies in the future and would make us wait until then.
            memory = new Memory(ledger, now, now);
        }
        else if (memory.Ledger?.Next != ledger?.Next || memory.Ledger?.Epoch != ledger?.Epoch || memory.Ledger?.Plan != ledger?.Plan)
        {
            memory = new Memory(ledger, now, now);
        }
        else if (partition.LastRecord >= 0 || partition.IsUnknown)
        {
            memory = memory with { QuietSince = now };
        }

        _partitions[(partition.Source, partition.Upstream)] = memory;
        return memory.QuietSince;
    }

    private readonly record struct Memory(LedgerState? Ledger, long LedgerSince, long QuietSince);
}

/// <summary>How ticks judge silence.</summary>
internal sealed record ProgressOptions
{
    /// <summary>
    /// Work that nobody has moved for this long is completed by the tick. Longer than the longest batch takes. Default 5 minutes.
    /// </summary>
    public TimeSpan RepairTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// A hole at a receiver is filled when it has not changed for this long. Longer than a signal takes. Default 1 minute.
    /// </summary>
    public TimeSpan ResendTimeout { get; init; } = TimeSpan.FromMinutes(1);

    public ProtocolGuards Guards { get; init; } = ProtocolGuards.All;
}
