namespace Millrace.Copying;

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
