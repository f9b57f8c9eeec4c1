using Microsoft.Extensions.Logging;
using Millrace.Batches;
using Millrace.Time;

namespace Millrace.Operators;

/// <summary>
/// What an operator with a guard does with the records that are too far ahead: counts them and, where asked to, sends them to a side
/// output.
/// </summary>
internal sealed class AheadRecords<T>
{
    private readonly TimestampGuard _guard;
    private readonly long _lag;
    private readonly OperatorContext _context;
    private readonly SideOutputs _outputs;
    private readonly ILogger _logger;
    private RecordBatch<T>? _rest;
    private long _count;

    private AheadRecords(TimestampGuard guard, long lag, OperatorContext context, SideOutputs outputs)
    {
        (_guard, _lag, _context, _outputs) = (guard, lag, context, outputs);
        _logger = context.LoggerFactory.CreateLogger<SplitGuard>();
    }

    /// <summary>Records that were ahead; read by any thread.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <returns><see langword="null"/> where the strategy believes all timestamps.</returns>
    public static AheadRecords<T>? Create(WatermarkStrategy<T> strategy, OperatorContext context, SideOutputs outputs) =>
        strategy.Guard is { } guard ? new AheadRecords<T>(guard, strategy.Lag, context, outputs) : null;

    public SplitGuard CreateGuard() => new(_guard, _lag, _context.TimeProvider, _logger, _context.Name);

    /// <summary>Takes the records that are ahead out of a batch, where they have a side output; what stays in the stream.</summary>
    public RecordBatch<T> Divert(RecordBatch<T> batch, ReadOnlySpan<bool> ahead, int count)
    {
        Volatile.Write(ref _count, _count + count);
        if (_guard.SideOutput is not { } tag)
        {
            return batch;
        }

        // A side output that nobody reads drops what it gets, as any.
        OperatorOutput<T>? output = _outputs.Find<T>(tag);
        _rest = _rest is not null && _rest.Capacity >= batch.Count ? _rest : new RecordBatch<T>(batch.Capacity);
        _rest.Clear();
        for (int i = 0; i < batch.Count; i++)
        {
            if (!ahead[i])
            {
                _rest.Add(batch.Values[i], batch.Timestamps[i]);
            }
            else
            {
                output?.Collect(batch.Values[i], batch.Timestamps[i]);
            }
        }

        output?.EmitBuffered();
        return _rest;
    }
}
