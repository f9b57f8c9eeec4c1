using System.Linq.Expressions;
using System.Reflection;

namespace Millrace.Serialization;

/// <summary>
/// A class, record or struct by its members, one after the other; a class has a marker byte before them (0 = <see langword="null"/>).
/// Reading and writing are compiled once per type.
/// </summary>
internal sealed class RecordSerializer<T> : TypeSerializer<T>, IRecordSerializer
{
    private readonly ConstructorInfo? _constructor;
    private readonly RecordMember[] _members;
    private readonly Action<T, DataWriter> _write;
    private readonly ReadDelegate _read;

    // A checkpoint repeats its schemas with each key group, and a reader is compiled.
    private Migration? _lastMigration;

    public RecordSerializer(ConstructorInfo? constructor, RecordMember[] members)
    {
        _constructor = constructor;
        _members = members;
        Schema = new TypeSchema(
            typeof(T).IsValueType ? SchemaKinds.Struct : SchemaKinds.Record,
            typeof(T).Name,
            [.. members.Select(member => new TypeSchema.Field(member.Name, member.Schema))]
        );
        _write = CompileWrite();
        _read = CompileRead([.. members.Select(member => new WrittenField(member, member.Serializer, Skip: null))]);
    }

    private RecordSerializer(RecordSerializer<T> present, ReadDelegate read)
    {
        _constructor = present._constructor;
        _members = present._members;
        Schema = present.Schema;
        _write = present._write;
        _read = read;
    }

    private RecordSerializer(RecordSerializer<T> present, RecordMember[] members)
    {
        _constructor = present._constructor;
        _members = members;
        Schema = present.Schema;
        _write = CompileWrite();
        _read = present._read;
    }

    private delegate T ReadDelegate(ref DataReader reader);

    public IReadOnlyList<RecordMember> Members => _members;

    public override TypeSchema Schema { get; }

    public override void Serialize(T value, DataWriter writer)
    {
        if (!typeof(T).IsValueType)
        {
            if (value is null)
            {
                writer.WriteByte(0);
                return;
            }

            if (value.GetType() != typeof(T))
            {
                ThrowSubtype(value);
            }

            writer.WriteByte(1);
        }

        _write(value, writer);
    }

    public override T Deserialize(ref DataReader reader) => typeof(T).IsValueType || reader.ReadBoolean() ? _read(ref reader) : default!;

    public override TypeSerializer<T> ForWritten(TypeSchema written)
    {
        if (written.IsSameFormat(Schema))
        {
            return this;
        }

        if (!string.Equals(written.Kind, Schema.Kind, StringComparison.Ordinal))
        {
            return Incompatible.Throw<T>(written, Schema);
        }

        if (_lastMigration is { } last && last.Written.IsSameFormat(written))
        {
            return last.Reader;
        }

        RecordSerializer<T> reader = Migrate(written);
        _lastMigration = new Migration(written, reader);
        return reader;
    }

    private RecordSerializer<T> Migrate(TypeSchema written)
    {
        List<WrittenField> fields = new();
        foreach (TypeSchema.Field field in written.Fields)
        {
            RecordMember? member =
                Array.Find(_members, member => string.Equals(member.Name, field.Name, StringComparison.Ordinal))
                ?? Array.Find(_members, member => member.IsCalled(field.Name));
            fields.Add(
                member is null
                    ? new WrittenField(null, null, SchemaNode.Of(field.Schema))
                    : new WrittenField(member, Migrate(member, field), null)
            );
        }

        bool isRead = fields
            .Select(static field => (field.Member, field.Serializer))
            .SequenceEqual(_members.Select(static member => ((RecordMember?)member, (object?)member.Serializer)));
        return isRead ? this : new RecordSerializer<T>(this, CompileRead([.. fields]));
    }

    public object WithWriters(IEnumerable<RecordMember> members) => new RecordSerializer<T>(this, [.. members]);

    private static object Migrate(RecordMember member, TypeSchema.Field field)
    {
        try
        {
            return typeof(TypeSerializer<>)
                .MakeGenericType(member.Type)
                .GetMethod(nameof(ForWritten))!
                .Invoke(member.Serializer, BindingFlags.DoNotWrapExceptions, null, [field.Schema], null)!;
        }
        catch (StateMigrationException exception)
        {
            throw new StateMigrationException($"Member '{typeof(T).Name}.{member.Name}': {exception.Message}", exception);
        }
    }

    private static void ThrowSubtype(T value) =>
        throw new UnsupportedStateException(
            $"A value of type '{value!.GetType()}' is kept in state declared as '{typeof(T)}'; members of the derived type would be lost. "
                + "Declare the state with the value's own type, or register a serializer of the hierarchy: "
                + $"TypeSerializers.Register<{typeof(T).Name}>(...)."
        );

    private Action<T, DataWriter> CompileWrite()
    {
        ParameterExpression value = Expression.Parameter(typeof(T), "value");
        ParameterExpression writer = Expression.Parameter(typeof(DataWriter), "writer");
        List<Expression> body = new();
        foreach (RecordMember member in _members)
        {
            Type serializer = typeof(TypeSerializer<>).MakeGenericType(member.Type);
            body.Add(
                Expression.Call(
                    Expression.Constant(member.Serializer, serializer),
                    serializer.GetMethod(nameof(Serialize))!,
                    Expression.MakeMemberAccess(value, member.Member),
                    writer
                )
            );
        }

        if (_members.Length == 0 && typeof(T).IsValueType)
        {
            body.Add(Expression.Call(writer, nameof(DataWriter.WriteByte), null, Expression.Constant((byte)0)));
        }

        body.Add(Expression.Empty());
        return Expression.Lambda<Action<T, DataWriter>>(Expression.Block(body), value, writer).Compile();
    }

    private ReadDelegate CompileRead(WrittenField[] fields)
    {
        ParameterExpression reader = Expression.Parameter(typeof(DataReader).MakeByRefType(), "reader");
        Dictionary<RecordMember, ParameterExpression> locals = _members.ToDictionary(
            member => member,
            member => Expression.Variable(member.Type, member.Name)
        );
        List<Expression> body = new();
        foreach (RecordMember member in _members.Where(member => member.Parameter is { HasDefaultValue: true, DefaultValue: not null }))
        {
            body.Add(
                Expression.Assign(locals[member], Expression.Convert(Expression.Constant(member.Parameter!.DefaultValue), member.Type))
            );
        }

        foreach (WrittenField field in fields)
        {
            if (field.Member is null)
            {
                body.Add(Expression.Call(Expression.Constant(field.Skip), typeof(SchemaNode).GetMethod(nameof(SchemaNode.Skip))!, reader));
                continue;
            }

            Type serializer = typeof(TypeSerializer<>).MakeGenericType(field.Member.Type);
            body.Add(
                Expression.Assign(
                    locals[field.Member],
                    Expression.Call(Expression.Constant(field.Serializer, serializer), serializer.GetMethod(nameof(Deserialize))!, reader)
                )
            );
        }

        if (fields.Length == 0 && typeof(T).IsValueType)
        {
            body.Add(Expression.Call(reader, typeof(DataReader).GetMethod(nameof(DataReader.ReadByte))!));
        }

        NewExpression created = _constructor is null
            ? Expression.New(typeof(T))
            : Expression.New(
                _constructor,
                // By position: two threads may have got different objects for one parameter.
                _constructor
                    .GetParameters()
                    .Select(parameter => locals[Array.Find(_members, member => member.Parameter?.Position == parameter.Position)!])
            );
        HashSet<RecordMember> read = [.. fields.Where(field => field.Member is not null).Select(field => field.Member!)];
        body.Add(
            Expression.MemberInit(
                created,
                _members
                    .Where(member => member.Parameter is null && read.Contains(member))
                    .Select(member => Expression.Bind(member.Member, locals[member]))
            )
        );
        return Expression.Lambda<ReadDelegate>(Expression.Block(locals.Values, body), reader).Compile();
    }

    private sealed record Migration(TypeSchema Written, RecordSerializer<T> Reader);

    private sealed record WrittenField(RecordMember? Member, object? Serializer, SchemaNode? Skip);
}
