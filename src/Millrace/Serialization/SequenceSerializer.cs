namespace Millrace.Serialization;

/// <summary>
/// Any sequence that can be built from an array: sets, queues, immutable collections, the collection interfaces. Same format as an array.
/// </summary>
internal sealed class SequenceSerializer<TSequence, T>(TypeSerializer<T[]?> items, Func<T[], TSequence> build, Func<TSequence, bool> isNull)
    : TypeSerializer<TSequence>
    where TSequence : IEnumerable<T>
{
    private readonly TypeSerializer<T[]?> _items = items;

    public override TypeSchema Schema => _items.Schema;

    public override void Serialize(TSequence value, DataWriter writer) => _items.Serialize(isNull(value) ? null : [.. value], writer);

    public override TSequence Deserialize(ref DataReader reader) => _items.Deserialize(ref reader) is { } array ? build(array) : default!;

    public override TypeSerializer<TSequence> ForWritten(TypeSchema written)
    {
        TypeSerializer<T[]?> reading = _items.ForWritten(written);
        return ReferenceEquals(reading, _items) ? this : new SequenceSerializer<TSequence, T>(reading, build, isNull);
    }
}
