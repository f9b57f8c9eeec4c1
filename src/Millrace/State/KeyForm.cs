namespace Millrace.State;

/// <summary>Whether equal keys always have equal bytes.</summary>
internal static class KeyForm
{
    private static readonly HashSet<Type> Simple =
    [
        typeof(sbyte),
        typeof(byte),
        typeof(short),
        typeof(ushort),
        typeof(int),
        typeof(uint),
        typeof(long),
        typeof(ulong),
        typeof(char),
        typeof(bool),
        typeof(string),
        typeof(Guid),
        typeof(TimeSpan),
        typeof(DateOnly),
        typeof(TimeOnly),
    ];

    public static bool IsOne(Type type, object hasher) =>
        (hasher.GetType() is { IsGenericType: true } own && own.GetGenericTypeDefinition() == typeof(BytesKeyHasher<>))
        || (IsBuiltIn(hasher) && IsSimple(type));

    private static bool IsBuiltIn(object hasher) => hasher.GetType().Assembly == typeof(KeyForm).Assembly;

    private static bool IsSimple(Type type) =>
        Simple.Contains(type)
        || type.IsEnum
        || (type.IsGenericType && type.Name.StartsWith("ValueTuple`", StringComparison.Ordinal) && type.GenericTypeArguments.All(IsSimple));
}
