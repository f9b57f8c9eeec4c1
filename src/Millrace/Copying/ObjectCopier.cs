using System.Runtime.CompilerServices;

namespace Millrace.Copying;

/// <summary>
/// Copies values so that a change of one is not seen in the other, as a serializer would, but faster and of any type: what is immutable is
/// shared; arrays, .NET's plain collections (with their comparers), plain data (classes of nothing but such) and what can clone itself
/// (<c>IDeepCloneable</c>, as Protobuf's messages) is copied, by its actual type; everything else, such as services, delegates and locks,
/// is shared. Used by one thread at a time.
/// </summary>
internal sealed class ObjectCopier
{
    // What has been copied already, where the value is a graph.
    private Dictionary<object, object>? _copies;
    private int _depth;

    /// <summary>Whether values of the declared type are never copied, because nobody can change them.</summary>
    public static bool IsNeedless<T>() => TypedCopy<T>.IsShared;

    /// <summary>Whether values of the declared type can be copied; otherwise it depends on their actual type.</summary>
    public static bool CanCopy(Type type) => type.IsValueType || CopyPlan.Of(type) is not SharingPlan;

    public T Copy<T>(T value)
    {
        if (TypedCopy<T>.IsShared || value is null)
        {
            return value;
        }

        if (typeof(T).IsValueType)
        {
            TypedCopy<T>.CopyFields(ref value, this);
            return value;
        }

        return (T)CopyObject(value);
    }

    /// <summary>Copies by the actual type.</summary>
    public object CopyObject(object value) => CopyPlan.Of(value.GetType()).Copy(value, this);

    /// <summary>The copy that has been made of a part of the value.</summary>
    public bool TryGetCopy(object original, out object? copy)
    {
        copy = null;
        return _copies?.TryGetValue(original, out copy) == true;
    }

    /// <summary>Begins a part that may lead back to itself.</summary>
    public void Enter(object original, object copy)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        _depth++;
        _copies ??= new Dictionary<object, object>(ReferenceEqualityComparer.Instance);
        _copies[original] = copy;
    }

    public void Leave()
    {
        if (--_depth == 0)
        {
            _copies!.Clear();
        }
    }
}

/// <summary>How values of a declared type are copied.</summary>
internal static class TypedCopy<T>
{
    public static readonly bool IsShared = Mutability.IsImmutable(typeof(T));

    private static readonly FieldsOf? Fields =
        typeof(T).IsValueType && !IsShared ? (FieldsOf)FieldCopier.Compile(typeof(T), typeof(FieldsOf)) : null;

    private delegate void FieldsOf(ref T value, ObjectCopier copier);

    /// <summary>Replaces what a struct refers to by copies.</summary>
    public static void CopyFields(ref T value, ObjectCopier copier) => Fields!(ref value, copier);
}
