using System.Runtime.InteropServices;

namespace Millrace.Serialization;

internal sealed class ListSerializer<T>(TypeSerializer<T> element) : TypeSerializer<List<T>?>
{
    public override TypeSchema Schema { get; } =
        new(SchemaKinds.List, $"{element.Schema.Name}[]", [new TypeSchema.Field("element", element.Schema)]);

    public override void Serialize(List<T>? value, DataWriter writer)
    {
        if (value is null)
        {
            Counts.WriteNull(writer);
            return;
        }

        Counts.Write(writer, value.Count);
        foreach (T item in CollectionsMarshal.AsSpan(value))
        {
            element.Serialize(item, writer);
        }
    }

    public override List<T>? Deserialize(ref DataReader reader)
    {
        int count = Counts.Read(ref reader);
        if (count < 0)
        {
            return null;
        }

        List<T> items = new(count);
        for (int i = 0; i < count; i++)
        {
            items.Add(element.Deserialize(ref reader));
        }

        return items;
    }

    public override TypeSerializer<List<T>?> ForWritten(TypeSchema written)
    {
        if (written.IsSameFormat(Schema))
        {
            return this;
        }

        return string.Equals(written.Kind, SchemaKinds.List, StringComparison.Ordinal)
            ? new ListSerializer<T>(element.ForWritten(written.Fields[0].Schema))
            : Incompatible.Throw<List<T>?>(written, Schema);
    }
}

internal sealed class ArraySerializer<T>(TypeSerializer<T> element) : TypeSerializer<T[]?>
{
    public override TypeSchema Schema { get; } =
        new(SchemaKinds.List, $"{element.Schema.Name}[]", [new TypeSchema.Field("element", element.Schema)]);

    public override void Serialize(T[]? value, DataWriter writer)
    {
        if (value is null)
        {
            Counts.WriteNull(writer);
            return;
        }

        Counts.Write(writer, value.Length);
        foreach (T item in value)
        {
            element.Serialize(item, writer);
        }
    }

    public override T[]? Deserialize(ref DataReader reader)
    {
        int count = Counts.Read(ref reader);
        if (count < 0)
        {
            return null;
        }

        T[] items = new T[count];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = element.Deserialize(ref reader);
        }

        return items;
    }

    public override TypeSerializer<T[]?> ForWritten(TypeSchema written)
    {
        if (written.IsSameFormat(Schema))
        {
            return this;
        }

        return string.Equals(written.Kind, SchemaKinds.List, StringComparison.Ordinal)
            ? new ArraySerializer<T>(element.ForWritten(written.Fields[0].Schema))
            : Incompatible.Throw<T[]?>(written, Schema);
    }
}
