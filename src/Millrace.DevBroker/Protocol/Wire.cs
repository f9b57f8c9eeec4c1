using System.Runtime.InteropServices;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol;

/// <summary>
/// Walks over the fields of an <see cref="IMessage"/>, reading or writing them in one version of the protocol. A field exists in the
/// versions
/// <c>since</c> to <c>until</c>, both inclusive; in other versions it is neither read nor written and keeps its default.
/// In flexible versions strings and arrays are compact, and each structure ends with tagged fields.
/// </summary>
internal sealed class Wire
{
    private readonly MessageReader? _reader;
    private readonly MessageWriter? _writer;
    private int _version;
    private bool _flexible;

    public Wire(MessageReader reader) => _reader = reader;

    public Wire(MessageWriter writer) => _writer = writer;

    public int Version => _version;

    /// <summary>Reads or writes a whole body.</summary>
    public void Body<T>(ref T message, int version, bool flexible)
        where T : IMessage
    {
        _version = version;
        _flexible = flexible;
        message.Describe(this);
        Tags();
    }

    public void Boolean(ref bool value, int since = 0, int until = int.MaxValue)
    {
        if (Skips(since, until))
        {
            return;
        }

        if (_reader is not null)
        {
            value = _reader.Int8() != 0;
        }
        else
        {
            _writer!.Int8(value ? (sbyte)1 : (sbyte)0);
        }
    }

    public void Int8(ref sbyte value, int since = 0, int until = int.MaxValue)
    {
        if (Skips(since, until))
        {
            return;
        }

        if (_reader is not null)
        {
            value = _reader.Int8();
        }
        else
        {
            _writer!.Int8(value);
        }
    }

    public void Int16(ref short value, int since = 0, int until = int.MaxValue)
    {
        if (Skips(since, until))
        {
            return;
        }

        if (_reader is not null)
        {
            value = _reader.Int16();
        }
        else
        {
            _writer!.Int16(value);
        }
    }

    public void Error(ref ErrorCode value, int since = 0, int until = int.MaxValue)
    {
        if (Skips(since, until))
        {
            return;
        }

        if (_reader is not null)
        {
            value = (ErrorCode)_reader.Int16();
        }
        else
        {
            _writer!.Int16((short)value);
        }
    }

    public void Int32(ref int value, int since = 0, int until = int.MaxValue)
    {
        if (Skips(since, until))
        {
            return;
        }

        if (_reader is not null)
        {
            value = _reader.Int32();
        }
        else
        {
            _writer!.Int32(value);
        }
    }

    public void Int64(ref long value, int since = 0, int until = int.MaxValue)
    {
        if (Skips(since, until))
        {
            return;
        }

        if (_reader is not null)
        {
            value = _reader.Int64();
        }
        else
        {
            _writer!.Int64(value);
        }
    }

    public void Uuid(ref Guid value, int since = 0, int until = int.MaxValue)
    {
        if (Skips(since, until))
        {
            return;
        }

        if (_reader is not null)
        {
            value = _reader.Uuid();
        }
        else
        {
            _writer!.Uuid(value);
        }
    }

    public void String(ref string value, int since = 0, int until = int.MaxValue)
    {
        if (Skips(since, until))
        {
            return;
        }

        if (_reader is null)
        {
            _writer!.String(value, _flexible);
            return;
        }

        string? read = _reader.String(_flexible);
        if (read is null)
        {
            ProtocolException.ThrowNull("string");
        }

        value = read;
    }

    public void NullableString(ref string? value, int since = 0, int until = int.MaxValue)
    {
        if (Skips(since, until))
        {
            return;
        }

        if (_reader is not null)
        {
            value = _reader.String(_flexible);
        }
        else
        {
            _writer!.String(value, _flexible);
        }
    }

    /// <summary>Bytes that must not be null. Read bytes point into the request's buffer: copy what outlives the request.</summary>
    public void Bytes(ref ReadOnlyMemory<byte> value, int since = 0, int until = int.MaxValue)
    {
        if (Skips(since, until))
        {
            return;
        }

        if (_reader is null)
        {
            _writer!.Bytes(value.Span, isNull: false, _flexible);
            return;
        }

        Memory<byte>? read = _reader.Bytes(_flexible);
        if (read is null)
        {
            ProtocolException.ThrowNull("bytes field");
        }

        value = read.Value;
    }

    public void Records(ref RecordsField value, int since = 0, int until = int.MaxValue)
    {
        if (Skips(since, until))
        {
            return;
        }

        if (_reader is not null)
        {
            value.Bytes = _reader.Bytes(_flexible);
        }
        else if (value.Source is not null)
        {
            _writer!.Records(value.Source, _flexible);
        }
        else
        {
            _writer!.Bytes(value.Bytes.GetValueOrDefault().Span, value.Bytes is null, _flexible);
        }
    }

    /// <summary>A list of structures; null only where the protocol lets the peer say null (<paramref name="nullable"/>).</summary>
    public void Array<T>(ref List<T>? value, int since = 0, int until = int.MaxValue, bool nullable = false)
        where T : IMessage, new()
    {
        if (Skips(since, until))
        {
            return;
        }

        if (_reader is null)
        {
            if (!Count(value?.Count, nullable))
            {
                return;
            }

            foreach (ref T item in CollectionsMarshal.AsSpan(value))
            {
                item.Describe(this);
                Tags();
            }

            return;
        }

        if (!Count(ref value, nullable, out int count))
        {
            return;
        }

        for (int i = 0; i < count; i++)
        {
            T item = new();
            item.Describe(this);
            Tags();
            value.Add(item);
        }
    }

    public void Strings(ref List<string>? value, int since = 0, int until = int.MaxValue, bool nullable = false)
    {
        if (Skips(since, until))
        {
            return;
        }

        if (_reader is null)
        {
            if (!Count(value?.Count, nullable))
            {
                return;
            }

            foreach (string item in value!)
            {
                _writer!.String(item, _flexible);
            }

            return;
        }

        if (!Count(ref value, nullable, out int count))
        {
            return;
        }

        for (int i = 0; i < count; i++)
        {
            string? item = _reader.String(_flexible);
            if (item is null)
            {
                ProtocolException.ThrowNull("string in an array");
            }

            value.Add(item);
        }
    }

    public void Int32s(ref List<int>? value, int since = 0, int until = int.MaxValue, bool nullable = false)
    {
        if (Skips(since, until))
        {
            return;
        }

        if (_reader is null)
        {
            if (!Count(value?.Count, nullable))
            {
                return;
            }

            foreach (int item in value!)
            {
                _writer!.Int32(item);
            }

            return;
        }

        if (!Count(ref value, nullable, out int count))
        {
            return;
        }

        for (int i = 0; i < count; i++)
        {
            value.Add(_reader.Int32());
        }
    }

    public void Int64s(ref List<long>? value, int since = 0, int until = int.MaxValue, bool nullable = false)
    {
        if (Skips(since, until))
        {
            return;
        }

        if (_reader is null)
        {
            if (!Count(value?.Count, nullable))
            {
                return;
            }

            foreach (long item in value!)
            {
                _writer!.Int64(item);
            }

            return;
        }

        if (!Count(ref value, nullable, out int count))
        {
            return;
        }

        for (int i = 0; i < count; i++)
        {
            value.Add(_reader.Int64());
        }
    }

    /// <summary>A structure within a structure.</summary>
    public void Structure<T>(ref T value, int since = 0, int until = int.MaxValue)
        where T : IMessage
    {
        if (Skips(since, until))
        {
            return;
        }

        value.Describe(this);
        Tags();
    }

    private bool Skips(int since, int until) => _version < since || _version > until;

    private void Tags()
    {
        if (!_flexible)
        {
            return;
        }

        if (_reader is not null)
        {
            _reader.SkipTags();
        }
        else
        {
            _writer!.NoTags();
        }
    }

    /// <summary>
    /// Writes the length; false if there is nothing to follow. A list that is null where the protocol knows no null is written as empty.
    /// </summary>
    private bool Count(int? count, bool nullable)
    {
        _writer!.Length(count ?? (nullable ? -1 : 0), _flexible);
        return count is > 0;
    }

    private bool Count<T>([System.Diagnostics.CodeAnalysis.NotNull] ref List<T>? value, bool nullable, out int count)
    {
        count = _reader!.ArrayLength(_flexible);
        if (count >= 0)
        {
            value = new List<T>(Math.Min(count, 1024));
            return true;
        }

        if (!nullable)
        {
            ProtocolException.ThrowNull("array");
        }

        value = null!;
        return false;
    }
}
