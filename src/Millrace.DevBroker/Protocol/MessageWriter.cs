using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol;

/// <summary>
/// Writes answers, and the broker's own files. Records of a log are not copied: they are remembered as <see cref="Inserts"/>, with the
/// position where they belong, and are sent straight from the log.
/// </summary>
internal sealed class MessageWriter : WireWriter
{
    private readonly List<Insert> _inserts = [];
    private long _inserted;

    /// <summary>A place in the written bytes where records of a log come in.</summary>
    internal readonly record struct Insert(int Position, IRecordsSource Source);

    public IReadOnlyList<Insert> Inserts => _inserts;

    /// <summary>Size of the whole message in bytes, inserts included.</summary>
    public long TotalLength => Written.Length + _inserted;

    public override void Reset()
    {
        base.Reset();
        _inserted = 0;
        _inserts.Clear();
    }

    public void Records(IRecordsSource source, bool compact)
    {
        Length(source.Length, compact);
        if (source.Length == 0)
        {
            return;
        }

        _inserts.Add(new Insert(Written.Length, source));
        _inserted += source.Length;
    }

    protected override Exception TooLong(int size, int limit) =>
        new ProtocolException($"A string of {size} bytes does not fit into an answer of this version; at most {limit} do.");
}
