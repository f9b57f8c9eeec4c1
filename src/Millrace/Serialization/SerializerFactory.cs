using System.Reflection;

namespace Millrace.Serialization;

/// <summary>Builds the serializer of a type by reflection, once per type.</summary>
internal static class SerializerFactory
{
    [ThreadStatic]
    private static List<Type>? _underConstruction;

    private static readonly Dictionary<Type, Func<object>> Leaves = new()
    {
        [typeof(bool)] = static () => new BooleanSerializer(),
        [typeof(char)] = static () => new CharSerializer(),
        [typeof(sbyte)] = static () => new SignedIntegerSerializer<sbyte>(),
        [typeof(short)] = static () => new SignedIntegerSerializer<short>(),
        [typeof(int)] = static () => new SignedIntegerSerializer<int>(),
        [typeof(long)] = static () => new SignedIntegerSerializer<long>(),
        [typeof(byte)] = static () => new UnsignedIntegerSerializer<byte>(),
        [typeof(ushort)] = static () => new UnsignedIntegerSerializer<ushort>(),
        [typeof(uint)] = static () => new UnsignedIntegerSerializer<uint>(),
        [typeof(ulong)] = static () => new UnsignedIntegerSerializer<ulong>(),
        [typeof(float)] = static () => new SingleSerializer(),
        [typeof(double)] = static () => new DoubleSerializer(),
        [typeof(decimal)] = static () => new DecimalSerializer(),
        [typeof(string)] = static () => new StringSerializer(),
        [typeof(byte[])] = static () => new BytesSerializer(),
        [typeof(Guid)] = static () => new GuidSerializer(),
        [typeof(DateTime)] = static () => new DateTimeSerializer(),
        [typeof(DateTimeOffset)] = static () => new DateTimeOffsetSerializer(),
        [typeof(TimeSpan)] = static () => new TimeSpanSerializer(),
        [typeof(DateOnly)] = static () => new DateOnlySerializer(),
        [typeof(TimeOnly)] = static () => new TimeOnlySerializer(),
    };

    public static object Create(Type type)
    {
        List<Type> path = _underConstruction ??= [];
        if (path.Contains(type))
        {
            throw Unsupported(type, "it contains itself, and state has no references");
        }

        path.Add(type);
        try
        {
            return CreateCore(type);
        }
        finally
        {
            path.RemoveAt(path.Count - 1);
        }
    }

    /// <summary>The (possibly cached) serializer of a type known only at run time.</summary>
    public static object For(Type type) => Call(nameof(TypeSerializers.For), typeof(TypeSerializers), [type], []);

    private static object CreateCore(Type type)
    {
        if (Leaves.TryGetValue(type, out Func<object>? leaf))
        {
            return leaf();
        }

        if (type.GetCustomAttribute<SerializeWithAttribute>(inherit: false) is { } attribute)
        {
            return Instantiate(type, attribute);
        }

        if (type.IsEnum)
        {
            Type underlying = type.GetEnumUnderlyingType();
            return Activator.CreateInstance(typeof(EnumSerializer<,>).MakeGenericType(type, underlying), For(underlying))!;
        }

        if (type.IsSZArray)
        {
            Type element = type.GetElementType()!;
            return Activator.CreateInstance(typeof(ArraySerializer<>).MakeGenericType(element), For(element))!;
        }

        return CreateGeneric(type) ?? CreateRecord(type);
    }

    private static object? CreateGeneric(Type type)
    {
        if (!type.IsGenericType)
        {
            return null;
        }

        Type definition = type.GetGenericTypeDefinition();
        Type[] arguments = type.GetGenericArguments();
        if (definition == typeof(Nullable<>))
        {
            return Activator.CreateInstance(typeof(NullableSerializer<>).MakeGenericType(arguments), For(arguments[0]))!;
        }

        return arguments.Length switch
        {
            1 when type.IsAssignableTo(typeof(System.Collections.IEnumerable)) => Call(
                nameof(SequenceFactories.Sequence),
                typeof(SequenceFactories),
                arguments,
                [definition]
            ),
            2 when type.IsAssignableTo(typeof(System.Collections.IEnumerable)) => Call(
                nameof(SequenceFactories.Map),
                typeof(SequenceFactories),
                arguments,
                [definition]
            ),
            _ => null,
        };
    }

    private static object CreateRecord(Type type)
    {
        if (
            type.IsAbstract
            || type.IsInterface
            || type.IsPointer
            || type.IsByRefLike
            || type == typeof(object)
            || type.IsArray
            || type.IsAssignableTo(typeof(Delegate))
            || type.IsAssignableTo(typeof(System.Collections.IEnumerable))
            || type.IsPrimitive
        )
        {
            throw Unsupported(type, "values of this type cannot be built from public members");
        }

        RecordShape shape;
        try
        {
            shape = RecordShape.Of(type);
        }
        catch (UnsupportedStateException exception)
        {
            throw Unsupported(type, exception.Message);
        }

        List<RecordMember> members = new();
        foreach ((MemberInfo member, Type memberType, ParameterInfo? parameter) in shape.Members)
        {
            object serializer;
            try
            {
                serializer = member.GetCustomAttribute<SerializeWithAttribute>() is { } attribute
                    ? Instantiate(memberType, attribute)
                    : For(memberType);
            }
            catch (NotSupportedException exception)
            {
                throw new UnsupportedStateException($"Member '{type.Name}.{member.Name}': {exception.Message}", exception);
            }

            members.Add(new RecordMember(member, memberType, parameter, serializer, SchemaOf(memberType, serializer)));
        }

        return Activator.CreateInstance(typeof(RecordSerializer<>).MakeGenericType(type), shape.Constructor, members.ToArray())!;
    }

    private static TypeSchema SchemaOf(Type type, object serializer) =>
        (TypeSchema)typeof(TypeSerializer<>).MakeGenericType(type).GetProperty(nameof(TypeSerializer<int>.Schema))!.GetValue(serializer)!;

    private static object Instantiate(Type type, SerializeWithAttribute attribute) =>
        attribute.SerializerType.IsAssignableTo(typeof(TypeSerializer<>).MakeGenericType(type))
            ? Activator.CreateInstance(attribute.SerializerType)!
            : throw new UnsupportedStateException(
                $"[SerializeWith] on '{type}' names '{attribute.SerializerType}', which is no TypeSerializer<{type.Name}>; derive it from "
                    + "that."
            );

    private static object Call(string method, Type owner, Type[] typeArguments, object[] arguments) =>
        owner
            .GetMethod(method, BindingFlags.Static | BindingFlags.Public)!
            .MakeGenericMethod(typeArguments)
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null)!;

    private static UnsupportedStateException Unsupported(Type type, string reason) =>
        new(
            $"State of type '{type}' cannot be serialized: {reason}. Write a TypeSerializer<{type.Name}> and register it before the job is "
                + "built: "
                + $"TypeSerializers.Register<{type.Name}>(serializer), or put [SerializeWith(typeof(...))] on the type or member."
        );
}
