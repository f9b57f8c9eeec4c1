using Millrace.State;

namespace Millrace.Api;

/// <summary>A stream whose records every task of the next operator gets, to keep them as broadcast state.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class BroadcastStream<T>
{
    internal BroadcastStream(DataStream<T> stream, IReadOnlyList<StateDescriptor> descriptors)
    {
        Stream = stream;
        Descriptors = descriptors;
    }

    /// <summary>The broadcast states that the records are kept in.</summary>
    public IReadOnlyList<StateDescriptor> Descriptors { get; }

    internal DataStream<T> Stream { get; }

    internal IReadOnlyCollection<string> Names => [.. Descriptors.Select(descriptor => descriptor.Name)];
}
