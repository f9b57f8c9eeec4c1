using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.UserFunctions;

namespace Millrace.Operators;

/// <summary>The keyed state of an operator in a task.</summary>
internal sealed class KeyedRuntime<TKey>
    where TKey : notnull
{
    private readonly OperatorContext _context;

    public KeyedRuntime(OperatorContext context, IKeyHasher<TKey> hasher, TypeSerializer<TKey> serializer, ISnapshotReader? restored)
    {
        _context = context;
        Keys = new KeyContext<TKey>(hasher, serializer, context.KeyGroupRange, context.MaxParallelism);
        Backend = new KeyedStateBackend<TKey>(Keys, () => context.ProcessingTime.Now, restored, context.StateStore);
    }

    public KeyContext<TKey> Keys { get; }

    public KeyedStateBackend<TKey> Backend { get; }

    public RuntimeContext CreateContext() => new(_context.JobName, _context.Uid, _context.TaskIndex, _context.Parallelism, Backend.Global);
}
