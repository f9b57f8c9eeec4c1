using Millrace.DevBroker.Protocol;

namespace Millrace.DevBroker.Storage;

/// <summary>
/// Where each leader epoch of a partition begins, so that a client can find out whether what it read was cut off by a crash. Used under the
/// lock of its log.
/// </summary>
internal sealed class LeaderEpochs
{
    private readonly List<Entry> _entries = [];

    internal struct Entry : IMessage
    {
        public int Epoch;
        public long StartOffset;

        public void Describe(Wire wire)
        {
            wire.Int32(ref Epoch);
            wire.Int64(ref StartOffset);
        }
    }

    public List<Entry> Snapshot() => [.. _entries];

    public void Load(List<Entry> entries)
    {
        _entries.Clear();
        _entries.AddRange(entries);
    }

    public void Apply(int epoch, long offset)
    {
        if (_entries.Count == 0 || epoch > _entries[^1].Epoch)
        {
            _entries.Add(new Entry { Epoch = epoch, StartOffset = offset });
        }
    }

    /// <summary>The epoch in which an offset was written, -1 if that is unknown.</summary>
    public int At(long offset)
    {
        for (int i = _entries.Count - 1; i >= 0; i--)
        {
            if (_entries[i].StartOffset <= offset)
            {
                return _entries[i].Epoch;
            }
        }

        return -1;
    }

    /// <summary>The largest epoch not above the asked one, with the offset where it ends; (-1, -1) if there is none.</summary>
    public (int Epoch, long EndOffset) EndOf(int epoch, int currentEpoch, long logEnd)
    {
        if (epoch == currentEpoch)
        {
            return (epoch, logEnd);
        }

        if (epoch > currentEpoch)
        {
            return (-1, -1);
        }

        for (int i = _entries.Count - 1; i >= 0; i--)
        {
            if (_entries[i].Epoch <= epoch)
            {
                return (_entries[i].Epoch, i + 1 < _entries.Count ? _entries[i + 1].StartOffset : logEnd);
            }
        }

        return (-1, -1);
    }
}
