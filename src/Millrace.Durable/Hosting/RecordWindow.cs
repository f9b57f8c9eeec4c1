using Millrace.Connectors;
using Millrace.Durable.Protocol;

namespace Millrace.Durable.Hosting;

/// <summary>The records of one partition that are in hand: in order of offset, without repetitions.</summary>
internal sealed class RecordWindow
{
    private List<RawRecord> _records;

    public RecordWindow(List<RawRecord> delivered)
    {
        _records = delivered;
        Normalize();
    }

    public long[] Offsets()
    {
        long[] offsets = new long[_records.Count];
        for (int i = 0; i < offsets.Length; i++)
        {
            offsets[i] = _records[i].Offset;
        }

        return offsets;
    }

    public void Add(IReadOnlyList<RawRecord> records)
    {
        if (records.Count > 0)
        {
            _records = [.. _records, .. records];
            Normalize();
        }
    }

    /// <summary>The records of a range.</summary>
    public IReadOnlyList<RawRecord> In(OffsetRange range)
    {
        int start = FirstAtOrAfter(range.From);
        int end = FirstAtOrAfter(range.To + 1);
        return start == 0 && end == _records.Count ? _records : _records.GetRange(start, end - start);
    }

    private int FirstAtOrAfter(long offset)
    {
        int low = 0;
        int high = _records.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_records[middle].Offset < offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private void Normalize()
    {
        for (int i = 1; i < _records.Count; i++)
        {
            if (_records[i].Offset <= _records[i - 1].Offset)
            {
                _records = [.. _records.OrderBy(record => record.Offset).DistinctBy(record => record.Offset)];
                return;
            }
        }
    }
}
