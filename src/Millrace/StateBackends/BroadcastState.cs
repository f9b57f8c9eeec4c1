using System.Diagnostics.CodeAnalysis;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.StateBackends;

internal sealed class BroadcastState<TMapKey, TMapValue>(MapStateDescriptor<TMapKey, TMapValue> descriptor)
    : IBroadcastState<TMapKey, TMapValue>,
        IBroadcastTable
    where TMapKey : notnull
{
    private readonly TypeSerializer<Dictionary<TMapKey, TMapValue>> _serializer = new MapSerializer<
        Dictionary<TMapKey, TMapValue>,
        TMapKey,
        TMapValue
    >(descriptor.KeySerializer, descriptor.ValueSerializer, static (map, _) => map);

    private Dictionary<TMapKey, TMapValue> _map = [];

    public IReadOnlyCollection<KeyValuePair<TMapKey, TMapValue>> Entries => [.. _map];

    public bool TryGetValue(TMapKey mapKey, [MaybeNullWhen(false)] out TMapValue value) => _map.TryGetValue(mapKey, out value);

    public void Put(TMapKey mapKey, TMapValue value) => _map[mapKey] = value;

    public bool Remove(TMapKey mapKey) => _map.Remove(mapKey);

    public void Clear() => _map.Clear();

    public void Write(DataWriter writer)
    {
        _serializer.Schema.WriteTo(writer);
        _serializer.Serialize(_map, writer);
    }

    public void Read(ReadOnlySpan<byte> bytes)
    {
        DataReader reader = new(bytes);
        _map = StateFormat.ReadSchema(ref reader, _serializer, descriptor.Name).Deserialize(ref reader);
    }
}
