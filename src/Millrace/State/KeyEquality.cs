using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using Millrace.Serialization;

namespace Millrace.State;

/// <summary>
/// Whether the equality of a type is that of the members it keeps in state, one by one: true of records, tuples, anonymous types and
/// structs without an Equals of their own.
/// </summary>
internal static class KeyEquality
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly HashSet<Type> MemberByMember =
    [
        typeof(KeyValuePair<,>),
        typeof(Tuple<>),
        typeof(Tuple<,>),
        typeof(Tuple<,,>),
        typeof(Tuple<,,,>),
        typeof(Tuple<,,,,>),
        typeof(Tuple<,,,,,>),
        typeof(Tuple<,,,,,,>),
        typeof(Tuple<,,,,,,,>),
        typeof(ValueTuple<>),
        typeof(ValueTuple<,>),
        typeof(ValueTuple<,,>),
        typeof(ValueTuple<,,,>),
        typeof(ValueTuple<,,,,>),
        typeof(ValueTuple<,,,,,>),
        typeof(ValueTuple<,,,,,,>),
        typeof(ValueTuple<,,,,,,,>),
    ];

    /// <summary>Why equal values of a type need not have equal members, or <see langword="null"/>.</summary>
    public static string? ReasonAgainst(Type type, IReadOnlyList<RecordMember> members)
    {
        if (type.IsGenericType && MemberByMember.Contains(type.GetGenericTypeDefinition()))
        {
            return null;
        }

        if (IsByReference(type))
        {
            return $"'{type.Name}' is a class without an Equals of its own, so no two instances are equal; make it a record";
        }

        bool isAnonymous =
            type.IsDefined(typeof(CompilerGeneratedAttribute)) && type.Name.StartsWith("<>f__AnonymousType", StringComparison.Ordinal);
        for (
            Type? level = type;
            !isAnonymous && level is not null && level != typeof(object) && level != typeof(ValueType);
            level = level.BaseType
        )
        {
            if (level.GetMethods(Declared).Any(method => IsOwnEquals(method, level)))
            {
                return $"'{level.Name}' has an Equals of its own, so nothing says that equal values have equal members";
            }

            FieldInfo? hidden = level
                .GetFields(Declared)
                .FirstOrDefault(field => !members.Any(member => string.Equals(member.Name, NameOf(field), StringComparison.Ordinal)));
            if (hidden is not null)
            {
                return $"'{NameOf(hidden)}' takes part in Equals but is not kept in state, so a key that is restored is another one";
            }
        }

        return null;
    }

    /// <summary>Whether no two values of a type are equal unless they are the same object.</summary>
    public static bool IsByReference(Type type) =>
        type.IsArray
        || (type.IsClass && type.GetMethod(nameof(Equals), [typeof(object)])!.DeclaringType == typeof(object))
        || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>));

    private static bool IsOwnEquals(MethodInfo method, Type level) =>
        (string.Equals(method.Name, nameof(Equals), StringComparison.Ordinal) || method.Name.EndsWith(".Equals", StringComparison.Ordinal))
        && method.GetParameters() is [{ ParameterType: { } other }]
        && other.IsAssignableFrom(level)
        && !method.IsDefined(typeof(CompilerGeneratedAttribute));

    /// <summary>
    /// The property behind which the compiler put a field (C#: <c>&lt;Name&gt;k__BackingField</c>, F#: <c>Name@</c>), or the field's own
    /// name.
    /// </summary>
    private static string NameOf(FieldInfo field) =>
        field.Name is ['<', ..] && field.Name.IndexOf('>', StringComparison.Ordinal) is > 1 and int end
            ? field.Name[1..end]
            : field.Name.TrimEnd('@');
}

/// <summary>
/// The one form of values that are equal but not the same. Part of the state's format, as the hash of a key is made of it.
/// </summary>
internal static class KeyForms
{
    public static double Of(double value) =>
        value == 0 ? 0
        : double.IsNaN(value) ? double.NaN
        : value;

    public static float Of(float value) =>
        value == 0 ? 0
        : float.IsNaN(value) ? float.NaN
        : value;

    public static DateTime Of(DateTime value) => new(value.Ticks, DateTimeKind.Utc);

    public static DateTimeOffset Of(DateTimeOffset value) => new(value.UtcTicks, TimeSpan.Zero);

    /// <summary>Without zeros at the end: 1.5 for 1.50.</summary>
    public static decimal Of(decimal value)
    {
        Span<int> words = stackalloc int[4];
        decimal.GetBits(value, words);
        if ((words[0] | words[1] | words[2]) == 0)
        {
            return 0m;
        }

        int scale = (words[3] >> 16) & 0xFF;
        if (scale == 0 || (words[0] & 1) != 0)
        {
            return value;
        }

        UInt128 digits = new((uint)words[2], ((ulong)(uint)words[1] << 32) | (uint)words[0]);
        while (scale > 0)
        {
            (UInt128 quotient, UInt128 rest) = words[2] == 0 ? Divide((ulong)digits) : UInt128.DivRem(digits, 10);
            if (rest != 0)
            {
                break;
            }

            digits = quotient;
            scale--;
        }

        return new decimal((int)(uint)digits, (int)(uint)(digits >> 32), (int)(uint)(digits >> 64), words[3] < 0, (byte)scale);
    }

    private static (UInt128 Quotient, UInt128 Remainder) Divide(ulong digits) => (digits / 10, digits % 10);
}

/// <summary>Says why a type cannot be a key, without naming the type that <c>KeyBy</c> was given.</summary>
internal sealed class UnfitKeyException(string reason, Exception? innerException = null) : Exception(reason, innerException);
