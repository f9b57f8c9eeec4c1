using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Millrace.State;

namespace Millrace.StateBackends;

internal sealed class AggregatingState<TKey, TNamespace, TIn, TAcc, TOut>(
    StateTable<TKey, TNamespace, TAcc> table,
    Namespaced<TNamespace> space,
    AggregatingStateDescriptor<TIn, TAcc, TOut> descriptor
) : IAggregatingState<TIn, TOut>
    where TKey : notnull
    where TNamespace : struct
{
    public bool IsEmpty => Unsafe.IsNullRef(ref table.Find(space.Current));

    [return: MaybeNull]
    public TOut Get()
    {
        ref TAcc accumulator = ref table.Find(space.Current);
        return Unsafe.IsNullRef(ref accumulator) ? default : descriptor.GetResult(accumulator);
    }

    public void Add(TIn value)
    {
        ref TAcc accumulator = ref table.GetOrAdd(space.Current, out bool exists);
        accumulator = descriptor.Add(value, exists ? accumulator : descriptor.Create());
        if (!exists)
        {
            table.CheckFirst(accumulator);
        }
    }

    public void Clear() => table.Remove(space.Current);
}
