using System.Collections.Concurrent;
using System.Numerics;
using System.Reflection;

namespace Millrace.Copying;

/// <summary>
/// Which types have values that nobody can change, and so may be shared. Told from the declared types of their fields; a derived class is
/// looked at by itself.
/// </summary>
internal static class Mutability
{
    public const BindingFlags OwnFields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly HashSet<Type> Immutable =
    [
        typeof(string),
        typeof(decimal),
        typeof(DateTime),
        typeof(DateTimeOffset),
        typeof(TimeSpan),
        typeof(DateOnly),
        typeof(TimeOnly),
        typeof(Guid),
        typeof(Uri),
        typeof(Version),
        typeof(BigInteger),
        typeof(Int128),
        typeof(UInt128),
        typeof(Half),
        typeof(Index),
        typeof(Range),
        typeof(DBNull),
        typeof(TimeZoneInfo),
        typeof(System.Net.IPAddress),
        typeof(System.Text.RegularExpressions.Regex),
    ];

    private static readonly HashSet<Type> ReadOnlyViews =
    [
        typeof(IEnumerable<>),
        typeof(IReadOnlyCollection<>),
        typeof(IReadOnlyList<>),
        typeof(IReadOnlyDictionary<,>),
        typeof(IReadOnlySet<>),
        typeof(ReadOnlyMemory<>),
        typeof(Nullable<>),
    ];

    private static readonly ConcurrentDictionary<Type, bool> Known = new();

    /// <summary>
    /// Whether no value of the type can be changed. A read-only view (<see cref="IReadOnlyList{T}"/>) counts: who gets one does not write
    /// to it.
    /// </summary>
    public static bool IsImmutable(Type type) => Known.TryGetValue(type, out bool known) ? known : Known.GetOrAdd(type, Examine(type, []));

    /// <summary>Whether a type belongs to .NET: what such a class keeps is its own affair.</summary>
    public static bool IsFramework(Type type) =>
        type.Assembly.GetName().Name is { } name
        && (
            name.StartsWith("System", StringComparison.Ordinal)
            || name.StartsWith("Microsoft.", StringComparison.Ordinal)
            || name is "mscorlib" or "netstandard"
        );

    /// <summary>The fields of a class and of those it derives from.</summary>
    public static IEnumerable<FieldInfo> FieldsOf(Type type)
    {
        for (Type? level = type; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
        {
            foreach (FieldInfo field in level.GetFields(OwnFields))
            {
                yield return field;
            }
        }
    }

    private static bool Examine(Type type, HashSet<Type> underWay)
    {
        if (
            type.IsPrimitive
            || type.IsEnum
            || type.IsPointer
            || Immutable.Contains(type)
            || typeof(Delegate).IsAssignableFrom(type)
            || typeof(MemberInfo).IsAssignableFrom(type)
            || !underWay.Add(type)
        )
        {
            // A type that leads back to itself is as immutable as the rest of it.
            return true;
        }

        if (
            type.IsGenericType
            && (
                ReadOnlyViews.Contains(type.GetGenericTypeDefinition())
                || type.Namespace is "System.Collections.Immutable" or "System.Collections.Frozen"
            )
        )
        {
            return type.GetGenericArguments().All(argument => Examine(argument, underWay));
        }

        if (
            type.IsArray
            || type.IsInterface
            || type == typeof(object)
            || type.IsGenericParameter
            || (type.IsClass && IsFramework(type) && !IsTuple(type))
        )
        {
            return false;
        }

        // A struct is copied when it is handed on, so its own fields may be written.
        return FieldsOf(type).All(field => (type.IsValueType || field.IsInitOnly) && Examine(field.FieldType, underWay));
    }

    private static bool IsTuple(Type type) => type.IsGenericType && type.FullName!.StartsWith("System.Tuple`", StringComparison.Ordinal);
}
