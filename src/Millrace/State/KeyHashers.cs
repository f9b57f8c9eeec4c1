using System.Collections.Concurrent;
using System.Reflection;
using Millrace.Serialization;

namespace Millrace.State;

/// <summary>Finds the stable hasher of a type of keys: integers, enums, <see cref="string"/>, <see cref="bool"/>, <see cref="char"/>, <see cref="Guid"/>, dates, tuples, and records
/// and structs made of these.</summary>
public static class KeyHashers
{
    private static readonly ConcurrentDictionary<Type, object> Resolved = new();

    private static readonly Dictionary<Type, Func<object>> Leaves = new()
    {
        [typeof(sbyte)] = static () => new IntegerKeyHasher<sbyte>(),
        [typeof(byte)] = static () => new IntegerKeyHasher<byte>(),
        [typeof(short)] = static () => new IntegerKeyHasher<short>(),
        [typeof(ushort)] = static () => new IntegerKeyHasher<ushort>(),
        [typeof(int)] = static () => new IntegerKeyHasher<int>(),
        [typeof(uint)] = static () => new IntegerKeyHasher<uint>(),
        [typeof(long)] = static () => new IntegerKeyHasher<long>(),
        [typeof(ulong)] = static () => new IntegerKeyHasher<ulong>(),
        [typeof(char)] = static () => new IntegerKeyHasher<char>(),
        [typeof(bool)] = static () => new ProjectedKeyHasher<bool>(static key => key ? 1 : 0),
        [typeof(string)] = static () => new StringKeyHasher(),
        [typeof(double)] = static () => new ProjectedKeyHasher<double>(static key => Bits(key)),
        [typeof(float)] = static () => new ProjectedKeyHasher<float>(static key => Bits(key)),
        [typeof(decimal)] = static () => new ProjectedKeyHasher<decimal>(static key => Bits((double)key)),
        [typeof(DateTime)] = static () => new ProjectedKeyHasher<DateTime>(static key => key.Ticks),
        [typeof(DateTimeOffset)] = static () => new ProjectedKeyHasher<DateTimeOffset>(static key => key.UtcTicks),
        [typeof(TimeSpan)] = static () => new ProjectedKeyHasher<TimeSpan>(static key => key.Ticks),
        [typeof(DateOnly)] = static () => new ProjectedKeyHasher<DateOnly>(static key => key.DayNumber),
        [typeof(TimeOnly)] = static () => new ProjectedKeyHasher<TimeOnly>(static key => key.Ticks),
    };

    /// <summary>The stable hasher of a type.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <exception cref="NotSupportedException">Keys of this type cannot be hashed the same way in every process.</exception>
    public static IKeyHasher<TKey> For<TKey>()
        where TKey : notnull =>
        (IKeyHasher<TKey>)Resolved.GetOrAdd(typeof(TKey), static type => Create<TKey>(type));

    /// <summary>Uses an own hasher for a type of keys, everywhere in the process. Call it before the first job is built, and keep it for the life of the state.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <param name="hasher">The hasher.</param>
    /// <exception cref="InvalidOperationException">The type already has another hasher in use.</exception>
    public static void Register<TKey>(IKeyHasher<TKey> hasher)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(hasher);
        if (!ReferenceEquals(Resolved.GetOrAdd(typeof(TKey), hasher), hasher))
        {
            throw new InvalidOperationException($"A hasher of keys of type '{typeof(TKey)}' is registered after another one has been used; register before the first job is built.");
        }
    }

    private static object Create<TKey>(Type type)
        where TKey : notnull
    {
        if (Leaves.TryGetValue(type, out Func<object>? leaf))
        {
            return leaf();
        }

        if (type.IsEnum)
        {
            Type underlying = type.GetEnumUnderlyingType();
            return Activator.CreateInstance(typeof(EnumKeyHasher<,>).MakeGenericType(type, underlying), ForType(underlying))!;
        }

        if (type.IsGenericType)
        {
            Type definition = type.GetGenericTypeDefinition();
            Type[] arguments = type.GetGenericArguments();
            if (definition == typeof(ValueTuple<,>) && !arguments.Any(IsNullableValue))
            {
                return Activator.CreateInstance(typeof(PairKeyHasher<,>).MakeGenericType(arguments), ForType(arguments[0]), ForType(arguments[1]))!;
            }

            if (definition == typeof(ValueTuple<,,>) && !arguments.Any(IsNullableValue))
            {
                return Activator.CreateInstance(typeof(TripleKeyHasher<,,>).MakeGenericType(arguments), ForType(arguments[0]), ForType(arguments[1]), ForType(arguments[2]))!;
            }
        }

        TypeSerializer<TKey> serializer = TypeSerializers.For<TKey>();
        Refuse(type, serializer.Schema);
        return new SerializedKeyHasher<TKey>(serializer);
    }

    private static bool IsNullableValue(Type type) => Nullable.GetUnderlyingType(type) is not null;

    private static object ForType(Type type) =>
        typeof(KeyHashers).GetMethod(nameof(For), BindingFlags.Static | BindingFlags.Public)!.MakeGenericMethod(type)
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [], null)!;

    private static void Refuse(Type type, TypeSchema schema)
    {
        if (schema.Kind is SchemaKinds.List or SchemaKinds.Map or SchemaKinds.Bytes)
        {
            throw Unsupported(type, $"it holds a collection ({schema}), and collections are compared by reference");
        }

        if (!type.IsValueType && type.GetMethod(nameof(Equals), [typeof(object)])!.DeclaringType == typeof(object))
        {
            throw Unsupported(type, "it is a class without an Equals of its own, so no two instances are equal; make it a record");
        }

        foreach (TypeSchema.Field field in schema.Fields)
        {
            Refuse(typeof(int), field.Schema);
        }
    }

    private static NotSupportedException Unsupported(Type type, string reason) => new(
        $"Type '{type}' cannot be a key: {reason}. Use a number, string, tuple or record of these, or register an own hasher before the job is built: KeyHashers.Register<{type.Name}>(hasher).");

    private static long Bits(double key) => key == 0 ? 0 : double.IsNaN(key) ? long.MaxValue : BitConverter.DoubleToInt64Bits(key);
}
