using System.Buffers;
using System.Text;
using Millrace.Ledger;

namespace Millrace.Testing.Simulation;

/// <summary>
/// Sums cells (window, key, count, sum). When a window ends, its cells go on: to the next stage under their key, or as one total.
/// </summary>
internal sealed class WindowedSumLogic(SimulationShape shape, string? nextEdge, string sink) : ITaskLogic
{
    // Checkpointed.
    private readonly SortedDictionary<(long Window, int Key), (long Count, long Sum)> _cells = [];
    private readonly SortedDictionary<int, (long Count, long Sum)> _totals = [];
    private long _watermark = long.MinValue;
    private long _late;

    public static void WriteCell(IBufferWriter<byte> output, long window, int key, long count, long sum)
    {
        WireWriter writer = new(output);
        writer.Signed(window);
        writer.Signed(key);
        writer.Signed(count);
        writer.Signed(sum);
    }

    public void Apply(in ChannelId channel, PayloadKind kind, ReadOnlyMemory<byte> payload, long after, ITaskOutput output)
    {
        if (kind == PayloadKind.Records && nextEdge is not null)
        {
            RecordPayloadReader records = new(payload, after);
            while (records.TryRead(out _, out ReadOnlyMemory<byte> record))
            {
                Add(new WireReader(record, "Record"), isOne: true);
            }
        }
        else
        {
            Add(new WireReader(payload, "Cells"), isOne: false);
        }
    }

    public void AdvanceWatermark(long watermark, ITaskOutput output)
    {
        _watermark = watermark;
        (long Window, int Key)[] ended = _cells.Keys.TakeWhile(cell => EndOf(cell.Window) <= watermark).ToArray();
        if (ended.Length == 0)
        {
            return;
        }

        if (nextEdge is null)
        {
            EmitTotals(ended, output);
        }
        else
        {
            SendCells(ended, output);
        }

        foreach ((long Window, int Key) cell in ended)
        {
            _cells.Remove(cell);
        }
    }

    public void Snapshot(IBufferWriter<byte> output)
    {
        WireWriter writer = new(output);
        writer.Signed(_watermark);
        writer.Signed(_late);
        writer.Count(_totals.Count);
        foreach ((int key, (long Count, long Sum) total) in _totals)
        {
            WriteCell(output, 0, key, total.Count, total.Sum);
        }

        writer.Count(_cells.Count);
        foreach (((long Window, int Key) cell, (long Count, long Sum) sum) in _cells)
        {
            WriteCell(output, cell.Window, cell.Key, sum.Count, sum.Sum);
        }
    }

    public void Restore(ReadOnlyMemory<byte> snapshot)
    {
        WireReader reader = new(snapshot, "Windowed sums");
        (_watermark, _late) = (reader.Signed(), reader.Signed());
        for (int i = reader.Count(); i > 0; i--)
        {
            reader.Signed();
            _totals[(int)reader.Signed()] = (reader.Signed(), reader.Signed());
        }

        for (int i = reader.Count(); i > 0; i--)
        {
            _cells[(reader.Signed(), (int)reader.Signed())] = (reader.Signed(), reader.Signed());
        }

        reader.End();
    }

    public override string ToString()
    {
        StringBuilder text = new();
        text.Append("late ").Append(_late).Append("; totals");
        foreach ((int key, (long Count, long Sum) total) in _totals)
        {
            text.Append(' ').Append(key).Append('=').Append(total.Count).Append('/').Append(total.Sum);
        }

        text.Append("; open");
        foreach (((long Window, int Key) cell, (long Count, long Sum) sum) in _cells)
        {
            text.Append(' ').Append(cell.Window).Append(':').Append(cell.Key).Append('=').Append(sum.Count).Append('/').Append(sum.Sum);
        }

        return text.ToString();
    }

    private void Add(WireReader reader, bool isOne)
    {
        while (reader.Remaining >= 4)
        {
            (long window, int key, long count, long sum) = (reader.Signed(), (int)reader.Signed(), reader.Signed(), reader.Signed());
            if (count == 0)
            {
                return;
            }

            (long Count, long Sum) total = _totals.GetValueOrDefault(key);
            _totals[key] = (total.Count + count, total.Sum + sum);
            if (EndOf(window) <= _watermark)
            {
                _late += count;
                continue;
            }

            (long Count, long Sum) cell = _cells.GetValueOrDefault((window, key));
            _cells[(window, key)] = (cell.Count + count, cell.Sum + sum);
            if (isOne)
            {
                return;
            }
        }
    }

    private void SendCells((long Window, int Key)[] ended, ITaskOutput output)
    {
        ArrayBufferWriter<byte> payload = new();
        for (int task = 0; task < shape.SecondParallelism; task++)
        {
            payload.ResetWrittenCount();
            foreach ((long Window, int Key) cell in ended)
            {
                if (cell.Window % shape.SecondParallelism == task)
                {
                    WriteCell(payload, cell.Window, cell.Key, _cells[cell].Count, _cells[cell].Sum);
                }
            }

            if (payload.WrittenCount > 0)
            {
                output.Send(nextEdge!, task, payload.WrittenSpan);
            }
        }

        foreach ((long Window, int Key) cell in ended)
        {
            Emit(output, cell.Window, cell.Key, _cells[cell]);
        }
    }

    private void EmitTotals((long Window, int Key)[] ended, ITaskOutput output)
    {
        foreach (IGrouping<long, (long Window, int Key)> window in ended.GroupBy(static cell => cell.Window))
        {
            (long Count, long Sum) total = window.Aggregate(
                (Count: 0L, Sum: 0L),
                (sum, cell) => (sum.Count + _cells[cell].Count, sum.Sum + _cells[cell].Sum)
            );
            Emit(output, window.Key, window.Count(), total);
        }
    }

    private void Emit(ITaskOutput output, long window, int key, (long Count, long Sum) sum)
    {
        ArrayBufferWriter<byte> record = new();
        WriteCell(record, window, key, sum.Count, sum.Sum);
        output.Emit(sink, record.WrittenSpan);
    }

    /// <summary>The last timestamp of the window; a watermark at it ends the window.</summary>
    private long EndOf(long window) => ((window + 1) * shape.WindowSize) - 1;
}
