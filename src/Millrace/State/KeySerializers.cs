using System.Collections;
using Millrace.Serialization;

namespace Millrace.State;

/// <summary>
/// Makes serializers that write equal keys as equal bytes, to be hashed. Values that differ though they are equal are written in one form
/// of them: a decimal without zeros at its end, the positive zero, one NaN, an instant and a time in UTC. All else is written as in state,
/// so that its hash is what it always was.
/// </summary>
internal static class KeySerializers
{
    /// <summary>Types whose equal values cannot be told apart.</summary>
    private static readonly HashSet<Type> Plain =
    [
        typeof(bool),
        typeof(char),
        typeof(sbyte),
        typeof(byte),
        typeof(short),
        typeof(ushort),
        typeof(int),
        typeof(uint),
        typeof(long),
        typeof(ulong),
        typeof(string),
        typeof(Guid),
        typeof(TimeSpan),
        typeof(DateOnly),
        typeof(TimeOnly),
    ];

    private static readonly Dictionary<Type, Func<object, object>> OneForm = new()
    {
        [typeof(decimal)] = static serializer => new OneFormSerializer<decimal>((TypeSerializer<decimal>)serializer, KeyForms.Of),
        [typeof(double)] = static serializer => new OneFormSerializer<double>((TypeSerializer<double>)serializer, KeyForms.Of),
        [typeof(float)] = static serializer => new OneFormSerializer<float>((TypeSerializer<float>)serializer, KeyForms.Of),
        [typeof(DateTime)] = static serializer => new OneFormSerializer<DateTime>((TypeSerializer<DateTime>)serializer, KeyForms.Of),
        [typeof(DateTimeOffset)] = static serializer => new OneFormSerializer<DateTimeOffset>(
            (TypeSerializer<DateTimeOffset>)serializer,
            KeyForms.Of
        ),
    };

    /// <summary>The serializer of a type of keys.</summary>
    /// <exception cref="UnfitKeyException">Equal keys of the type may differ in their bytes.</exception>
    public static object Of(Type type) => Of(type, SerializerFactory.For(type));

    /// <summary>Whether equal keys of a type always have equal bytes in state.</summary>
    /// <param name="type">A type that is compared by its own Equals.</param>
    /// <param name="serializer">How it is written in state.</param>
    public static bool HasOneForm(Type type, object serializer)
    {
        try
        {
            return ReferenceEquals(Of(type, serializer), serializer);
        }
        catch (UnfitKeyException)
        {
            return false;
        }
    }

    private static object Of(Type type, object serializer)
    {
        if (Plain.Contains(type) || type.IsEnum)
        {
            return serializer;
        }

        if (OneForm.TryGetValue(type, out Func<object, object>? oneForm))
        {
            return oneForm(serializer);
        }

        if (type.IsArray || type.IsAssignableTo(typeof(IEnumerable)))
        {
            throw new UnfitKeyException($"it holds a collection ('{type}'), and collections are compared by reference");
        }

        if (Nullable.GetUnderlyingType(type) is { } inner && IsOf(typeof(NullableSerializer<>), serializer))
        {
            return Activator.CreateInstance(
                typeof(NullableSerializer<>).MakeGenericType(inner),
                Part(inner, SerializerFactory.For(inner), inner.Name)
            )!;
        }

        return serializer is IRecordSerializer record
            ? OfRecord(type, record)
            : throw new UnfitKeyException($"'{type.Name}' has a serializer of its own, so nothing says that equal values have equal bytes");
    }

    private static object OfRecord(Type type, IRecordSerializer record)
    {
        if (KeyEquality.ReasonAgainst(type, record.Members) is { } reason)
        {
            throw new UnfitKeyException(reason);
        }

        RecordMember[] members =
        [
            .. record.Members.Select(member =>
                member with
                {
                    Serializer = Part(member.Type, member.Serializer, $"{type.Name}.{member.Name}"),
                }
            ),
        ];
        return members.Zip(record.Members).All(static pair => ReferenceEquals(pair.First.Serializer, pair.Second.Serializer))
            ? record
            : record.WithWriters(members);
    }

    /// <summary>A part that is compared in a way of its own may have a hasher that knows it.</summary>
    private static object Part(Type type, object serializer, string name)
    {
        try
        {
            return Of(type, serializer);
        }
        catch (UnfitKeyException exception)
        {
            return KeyHashers.RegisteredFor(type) is { } hasher
                ? Activator.CreateInstance(typeof(HashSerializer<>).MakeGenericType(type), hasher, serializer)!
                : throw new UnfitKeyException($"Member '{name}': {exception.Message}", exception);
        }
    }

    private static bool IsOf(Type definition, object serializer) =>
        serializer.GetType().IsGenericType && serializer.GetType().GetGenericTypeDefinition() == definition;

    private sealed class OneFormSerializer<T>(TypeSerializer<T> serializer, Func<T, T> form) : TypeSerializer<T>
    {
        public override TypeSchema Schema => serializer.Schema;

        public override void Serialize(T value, DataWriter writer) => serializer.Serialize(form(value), writer);

        public override T Deserialize(ref DataReader reader) => serializer.Deserialize(ref reader);

        public override TypeSerializer<T> ForWritten(TypeSchema written) => serializer.ForWritten(written);
    }

    private sealed class HashSerializer<T>(IKeyHasher<T> hasher, TypeSerializer<T> serializer) : TypeSerializer<T>
        where T : notnull
    {
        public override TypeSchema Schema => serializer.Schema;

        public override void Serialize(T value, DataWriter writer) => writer.WriteInt32(value is null ? 0 : (int)hasher.Hash(value));

        public override T Deserialize(ref DataReader reader) => serializer.Deserialize(ref reader);

        public override TypeSerializer<T> ForWritten(TypeSchema written) => serializer.ForWritten(written);
    }
}
