using System.Runtime.CompilerServices;
using Millrace.State;

namespace Millrace.StateBackends;

internal sealed class ValueState<TKey, TNamespace, T>(StateTable<TKey, TNamespace, T> table, Namespaced<TNamespace> space, T? defaultValue)
    : IValueState<T>
    where TKey : notnull
    where TNamespace : struct
{
    public bool HasValue => !Unsafe.IsNullRef(ref table.Find(space.Current));

    public T? Value
    {
        get
        {
            ref T value = ref table.Find(space.Current);
            return Unsafe.IsNullRef(ref value) ? defaultValue : value;
        }
    }

    public void Update(T value)
    {
        table.GetOrAdd(space.Current, out bool exists) = value;
        if (!exists)
        {
            table.CheckFirst(value);
        }
    }

    public void Clear() => table.Remove(space.Current);
}
