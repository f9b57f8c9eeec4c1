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

/// <summary>
/// Any set: its comparer unless it is the default (<see cref="KnownComparers"/>), then the elements as in an array, or as the serializer of
/// such arrays has them.
/// </summary>
internal sealed class SetSerializer<TSet, T>(TypeSerializer<T[]?> items, Func<T[], StringComparer?, TSet> build) : TypeSerializer<TSet>
    where TSet : class, IEnumerable<T>
{
    private readonly TypeSerializer<T[]?> _items = items;

    public override TypeSchema Schema => _items.Schema;

    public override void Serialize(TSet value, DataWriter writer)
    {
        if (value is null)
        {
            _items.Serialize(null, writer);
            return;
        }

        KnownComparers.WriteOf(value, writer);
        _items.Serialize([.. value], writer);
    }

    public override TSet Deserialize(ref DataReader reader)
    {
        StringComparer? comparer = _items.Schema.Kind is SchemaKinds.List ? KnownComparers.TryRead(ref reader) : null;
        return _items.Deserialize(ref reader) is { } array ? build(array, comparer) : null!;
    }

    public override TypeSerializer<TSet> ForWritten(TypeSchema written)
    {
        TypeSerializer<T[]?> reading = _items.ForWritten(written);
        return ReferenceEquals(reading, _items) ? this : new SetSerializer<TSet, T>(reading, build);
    }
}
