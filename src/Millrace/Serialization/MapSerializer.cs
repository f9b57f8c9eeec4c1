namespace Millrace.Serialization;

/// <summary>Any dictionary: count + 1 (0 = <see langword="null"/>), then key and value by turns.</summary>
internal sealed class MapSerializer<TMap, TKey, TValue>(TypeSerializer<TKey> key, TypeSerializer<TValue> value, Func<Dictionary<TKey, TValue>, TMap> build) : TypeSerializer<TMap>
    where TMap : class, IEnumerable<KeyValuePair<TKey, TValue>>
    where TKey : notnull
{
    public override TypeSchema Schema { get; } = new(
        SchemaKinds.Map,
        $"map<{key.Schema.Name},{value.Schema.Name}>",
        [new TypeSchema.Field("key", key.Schema), new TypeSchema.Field("value", value.Schema)]);

    public override void Serialize(TMap map, DataWriter writer)
    {
        if (map is null)
        {
            Counts.WriteNull(writer);
            return;
        }

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
        int count = Counts.Read(ref reader);
        if (count < 0)
        {
            return null!;
        }

        var map = new Dictionary<TKey, TValue>(count);
        for (int i = 0; i < count; i++)
        {
            TKey entryKey = key.Deserialize(ref reader);
            map[entryKey] = value.Deserialize(ref reader);
        }

        return build(map);
    }

    public override TypeSerializer<TMap> ForWritten(TypeSchema written)
    {
        if (written.IsSameFormat(Schema))
        {
            return this;
        }

        return string.Equals(written.Kind, SchemaKinds.Map, StringComparison.Ordinal)
            ? new MapSerializer<TMap, TKey, TValue>(key.ForWritten(written.Fields[0].Schema), value.ForWritten(written.Fields[1].Schema), build)
            : Incompatible.Throw<TMap>(written, Schema);
    }
}
