namespace Millrace.Serialization;

/// <summary>
/// Any dictionary: its comparer unless it is the default (<see cref="KnownComparers"/>), count + 1 (0 = <see langword="null"/>), then key
/// and value by turns.
/// </summary>
internal sealed class MapSerializer<TMap, TKey, TValue>(
    TypeSerializer<TKey> key,
    TypeSerializer<TValue> value,
    Func<Dictionary<TKey, TValue>, StringComparer?, TMap> build
) : TypeSerializer<TMap>
    where TMap : class, IEnumerable<KeyValuePair<TKey, TValue>>
    where TKey : notnull
{
    public override TypeSchema Schema { get; } =
        new(
            SchemaKinds.Map,
            $"map<{key.Schema.Name},{value.Schema.Name}>",
            [new TypeSchema.Field("key", key.Schema), new TypeSchema.Field("value", value.Schema)]
        );

    public override void Serialize(TMap map, DataWriter writer)
    {
        if (map is null)
        {
            Counts.WriteNull(writer);
            return;
        }

        KnownComparers.WriteOf(map, writer);
        Counts.Write(writer, map.Count());
        if (map is Dictionary<TKey, TValue> dictionary)
        {
            foreach (KeyValuePair<TKey, TValue> entry in dictionary)
            {
                key.Serialize(entry.Key, writer);
                value.Serialize(entry.Value, writer);
            }

            return;
        }

        foreach (KeyValuePair<TKey, TValue> entry in map)
        {
            key.Serialize(entry.Key, writer);
            value.Serialize(entry.Value, writer);
        }
    }

    public override TMap Deserialize(ref DataReader reader)
    {
        int count = Counts.Read(ref reader, out StringComparer? comparer);
        if (count < 0)
        {
            return null!;
        }

        Dictionary<TKey, TValue> map = new(count, KnownComparers.For<TKey>(comparer));
        for (int i = 0; i < count; i++)
        {
            TKey entryKey = key.Deserialize(ref reader);
            if (!map.TryAdd(entryKey, value.Deserialize(ref reader)))
            {
                ThrowTwice(entryKey);
            }
        }

        return build(map, comparer);
    }

    public override TypeSerializer<TMap> ForWritten(TypeSchema written)
    {
        if (written.IsSameFormat(Schema))
        {
            return this;
        }

        return string.Equals(written.Kind, SchemaKinds.Map, StringComparison.Ordinal)
            ? new MapSerializer<TMap, TKey, TValue>(
                key.ForWritten(written.Fields[0].Schema),
                value.ForWritten(written.Fields[1].Schema),
                build
            )
            : Incompatible.Throw<TMap>(written, Schema);
    }

    private static void ThrowTwice(TKey key) =>
        throw new StateMigrationException(
            $"A '{typeof(TMap)}' in the state has two entries that are one key now: '{key}'. Keys that were different when they were "
                + $"written must stay different: look at the Equals of '{typeof(TKey)}', at its serializer and, if it is an enum, at its "
                + "constants."
        );
}
