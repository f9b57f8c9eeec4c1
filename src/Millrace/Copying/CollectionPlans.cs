namespace Millrace.Copying;

/// <summary>
/// Copies of .NET's plain collections. Those for many threads at once (<c>System.Collections.Concurrent</c>) are meant to be shared.
/// </summary>
internal static class CollectionPlans
{
    private static readonly Dictionary<Type, Type> Plans = new()
    {
        [typeof(List<>)] = typeof(ListPlan<>),
        [typeof(HashSet<>)] = typeof(HashSetPlan<>),
        [typeof(SortedSet<>)] = typeof(SortedSetPlan<>),
        [typeof(Queue<>)] = typeof(QueuePlan<>),
        [typeof(Stack<>)] = typeof(StackPlan<>),
        [typeof(LinkedList<>)] = typeof(LinkedListPlan<>),
        [typeof(Dictionary<,>)] = typeof(DictionaryPlan<,>),
        [typeof(SortedDictionary<,>)] = typeof(SortedDictionaryPlan<,>),
        [typeof(SortedList<,>)] = typeof(SortedListPlan<,>),
        [typeof(PriorityQueue<,>)] = typeof(PriorityQueuePlan<,>),
    };

    private static readonly HashSet<Type> Interfaces =
    [
        typeof(IList<>),
        typeof(ICollection<>),
        typeof(ISet<>),
        typeof(IDictionary<,>),
        typeof(IEnumerable<>),
        typeof(IReadOnlyCollection<>),
        typeof(IReadOnlyList<>),
        typeof(IReadOnlySet<>),
        typeof(IReadOnlyDictionary<,>),
    ];

    /// <summary>The plan of an actual type; <see langword="null"/> if it is no plain collection.</summary>
    public static CopyPlan? Of(Type type) =>
        type.IsGenericType && Plans.TryGetValue(type.GetGenericTypeDefinition(), out Type? plan)
            ? CopyPlan.Make(plan, type.GetGenericArguments())
            : null;

    /// <summary>Whether a declared type is a plain collection, or an interface of such.</summary>
    public static bool IsPlain(Type type) =>
        type.IsGenericType && (Plans.ContainsKey(type.GetGenericTypeDefinition()) || Interfaces.Contains(type.GetGenericTypeDefinition()));

    /// <summary>Whether a declared type is a plain collection that can be changed.</summary>
    public static bool IsMutable(Type type) =>
        type.IsArray
        || (
            type.IsGenericType
            && (
                Plans.ContainsKey(type.GetGenericTypeDefinition())
                || type.GetGenericTypeDefinition() is var open
                    && (
                        open == typeof(IList<>) || open == typeof(ICollection<>) || open == typeof(ISet<>) || open == typeof(IDictionary<,>)
                    )
            )
        );

    private sealed class ListPlan<T> : CopyPlan
    {
        public override object Copy(object value, ObjectCopier copier)
        {
            List<T> list = (List<T>)value;
            if (TypedCopy<T>.IsShared)
            {
                return new List<T>(list);
            }

            List<T> copy = new(list.Count);
            copier.Enter(value, copy);
            foreach (T item in list)
            {
                copy.Add(copier.Copy(item));
            }

            copier.Leave();
            return copy;
        }
    }

    private sealed class HashSetPlan<T> : CopyPlan
    {
        public override object Copy(object value, ObjectCopier copier)
        {
            HashSet<T> set = (HashSet<T>)value;
            return new HashSet<T>(set.Select(copier.Copy), set.Comparer);
        }
    }

    private sealed class SortedSetPlan<T> : CopyPlan
    {
        public override object Copy(object value, ObjectCopier copier)
        {
            SortedSet<T> set = (SortedSet<T>)value;
            return new SortedSet<T>(set.Select(copier.Copy), set.Comparer);
        }
    }

    private sealed class QueuePlan<T> : CopyPlan
    {
        public override object Copy(object value, ObjectCopier copier) => new Queue<T>(((Queue<T>)value).Select(copier.Copy));
    }

    private sealed class StackPlan<T> : CopyPlan
    {
        public override object Copy(object value, ObjectCopier copier) => new Stack<T>(((Stack<T>)value).Reverse().Select(copier.Copy));
    }

    private sealed class LinkedListPlan<T> : CopyPlan
    {
        public override object Copy(object value, ObjectCopier copier) => new LinkedList<T>(((LinkedList<T>)value).Select(copier.Copy));
    }

    private sealed class DictionaryPlan<TKey, TValue> : CopyPlan
        where TKey : notnull
    {
        public override object Copy(object value, ObjectCopier copier)
        {
            Dictionary<TKey, TValue> map = (Dictionary<TKey, TValue>)value;
            if (TypedCopy<TKey>.IsShared && TypedCopy<TValue>.IsShared)
            {
                return new Dictionary<TKey, TValue>(map, map.Comparer);
            }

            Dictionary<TKey, TValue> copy = new(map.Count, map.Comparer);
            foreach ((TKey key, TValue item) in map)
            {
                copy.Add(copier.Copy(key), copier.Copy(item));
            }

            return copy;
        }
    }

    private sealed class SortedDictionaryPlan<TKey, TValue> : CopyPlan
        where TKey : notnull
    {
        public override object Copy(object value, ObjectCopier copier)
        {
            SortedDictionary<TKey, TValue> map = (SortedDictionary<TKey, TValue>)value;
            SortedDictionary<TKey, TValue> copy = new(map.Comparer);
            foreach ((TKey key, TValue item) in map)
            {
                copy.Add(copier.Copy(key), copier.Copy(item));
            }

            return copy;
        }
    }

    private sealed class SortedListPlan<TKey, TValue> : CopyPlan
        where TKey : notnull
    {
        public override object Copy(object value, ObjectCopier copier)
        {
            SortedList<TKey, TValue> map = (SortedList<TKey, TValue>)value;
            SortedList<TKey, TValue> copy = new(map.Count, map.Comparer);
            foreach ((TKey key, TValue item) in map)
            {
                copy.Add(copier.Copy(key), copier.Copy(item));
            }

            return copy;
        }
    }

    private sealed class PriorityQueuePlan<TElement, TPriority> : CopyPlan
    {
        public override object Copy(object value, ObjectCopier copier)
        {
            PriorityQueue<TElement, TPriority> queue = (PriorityQueue<TElement, TPriority>)value;
            return new PriorityQueue<TElement, TPriority>(
                queue.UnorderedItems.Select(item => (copier.Copy(item.Element), copier.Copy(item.Priority))),
                queue.Comparer
            );
        }
    }
}
