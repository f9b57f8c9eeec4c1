using System.Text;
using Millrace.Ledger;
using Millrace.Serialization;

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

    public static void WriteCell(DataWriter writer, long window, int key, long count, long sum)
    {
        writer.WriteVarInt64(window);
        writer.WriteVarInt64(key);
        writer.WriteVarInt64(count);
        writer.WriteVarInt64(sum);
    }

    public void Apply(in ChannelId channel, PayloadKind kind, ReadOnlyMemory<byte> payload, long after, ITaskOutput output)
    {
        if (kind == PayloadKind.Records && nextEdge is not null)
        {
            RecordPayloadReader records = new(payload, after);
            while (records.TryRead(out _, out ReadOnlyMemory<byte> record))
            {
                Add(new DataReader(record.Span, "Record"), isOne: true);
            }
        }
        else
        {
            Add(new DataReader(payload.Span, "Cells"), isOne: false);
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

    public void Snapshot(DataWriter writer)
    {
        writer.WriteVarInt64(_watermark);
        writer.WriteVarInt64(_late);
        writer.WriteNumber(_totals.Count);
        foreach ((int key, (long Count, long Sum) total) in _totals)
        {
            WriteCell(writer, 0, key, total.Count, total.Sum);
        }

        writer.WriteNumber(_cells.Count);
        foreach (((long Window, int Key) cell, (long Count, long Sum) sum) in _cells)
        {
            WriteCell(writer, cell.Window, cell.Key, sum.Count, sum.Sum);
        }
    }

    public void Restore(ReadOnlyMemory<byte> snapshot)
    {
        DataReader reader = new(snapshot.Span, "Windowed sums");
        (_watermark, _late) = (reader.ReadVarInt64(), reader.ReadVarInt64());
        for (int i = reader.ReadCount(); i > 0; i--)
        {
            reader.ReadVarInt64();
            _totals[(int)reader.ReadVarInt64()] = (reader.ReadVarInt64(), reader.ReadVarInt64());
        }

        for (int i = reader.ReadCount(); i > 0; i--)
        {
            _cells[(reader.ReadVarInt64(), (int)reader.ReadVarInt64())] = (reader.ReadVarInt64(), reader.ReadVarInt64());
        }

        reader.ReadEnd();
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

    private void Add(DataReader reader, bool isOne)
    {
        while (reader.Remaining >= 4)
        {
            (long window, int key, long count, long sum) = (
                reader.ReadVarInt64(),
                (int)reader.ReadVarInt64(),
                reader.ReadVarInt64(),
                reader.ReadVarInt64()
            );
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
        DataWriter payload = new();
        for (int task = 0; task < shape.SecondParallelism; task++)
        {
            payload.Clear();
            foreach ((long Window, int Key) cell in ended)
            {
                if (cell.Window % shape.SecondParallelism == task)
                {
                    WriteCell(payload, cell.Window, cell.Key, _cells[cell].Count, _cells[cell].Sum);
                }
            }

            if (payload.Length > 0)
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
        DataWriter record = new();
        WriteCell(record, window, key, sum.Count, sum.Sum);
        output.Emit(sink, record.WrittenSpan);
    }

    /// <summary>The last timestamp of the window; a watermark at it ends the window.</summary>
    private long EndOf(long window) => ((window + 1) * shape.WindowSize) - 1;
}
