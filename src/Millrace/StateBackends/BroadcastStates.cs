using Millrace.Checkpoints;
using Millrace.State;

namespace Millrace.StateBackends;

/// <summary>
/// The broadcast states of an operator in a task. Every task has and writes them all; at a restore every task reads any one copy.
/// </summary>
internal sealed class BroadcastStates(IReadOnlyCollection<string> names, ISnapshotReader? restored)
{
    /// <summary>What the name of a broadcast state's section begins with.</summary>
    public const string SectionPrefix = "broadcast/";

    private readonly SortedDictionary<string, IBroadcastTable> _tables = new(StringComparer.Ordinal);

    public BroadcastState<TMapKey, TMapValue> Get<TMapKey, TMapValue>(MapStateDescriptor<TMapKey, TMapValue> descriptor)
        where TMapKey : notnull
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        if (_tables.TryGetValue(descriptor.Name, out IBroadcastTable? found))
        {
            return (BroadcastState<TMapKey, TMapValue>)found;
        }

        if (!names.Contains(descriptor.Name, StringComparer.Ordinal))
        {
            throw new ArgumentException(
                $"Broadcast state '{descriptor.Name}' was not declared, only {string.Join(", ", names.Select(name => $"'{name}'"))}; give "
                    + "its descriptor to Broadcast(...).",
                nameof(descriptor)
            );
        }

        BroadcastState<TMapKey, TMapValue> state = new(descriptor);
        _tables.Add(descriptor.Name, state);
        if (restored?.Sections(SectionOf(descriptor.Name)) is [ReadOnlyMemory<byte> section, ..])
        {
            state.Read(section.Span);
        }

        return state;
    }

    public void Snapshot(ISnapshotWriter writer)
    {
        foreach (string name in names)
        {
            if (_tables.TryGetValue(name, out IBroadcastTable? table))
            {
                table.Write(writer.Section(SectionOf(name)));
            }
            else if (restored?.Sections(SectionOf(name)) is [ReadOnlyMemory<byte> untouched, ..])
            {
                // Nobody has asked for it since the restore: carried over as it is.
                writer.Section(SectionOf(name)).WriteRaw(untouched.Span);
            }
        }
    }

    private static string SectionOf(string name) => SectionPrefix + name;
}
