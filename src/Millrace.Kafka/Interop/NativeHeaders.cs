namespace Millrace.Kafka.Interop;

/// <summary>An <c>rd_kafka_headers_t</c> being filled. <see cref="Detach"/> gives it to a producer; otherwise Dispose frees it.</summary>
internal unsafe ref struct NativeHeaders
{
    private nint _native;

    public NativeHeaders() => _native = NativeMethods.rd_kafka_headers_new(8);

    internal readonly void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool isNull = false) =>
        AddTo(_native, name, value, isNull);

    internal static void AddTo(nint headers, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool isNull = false)
    {
        // A null pointer means a null value; an empty one is something else, and a name cannot be null.
        byte empty = 0;
        fixed (byte* namePointer = name)
        fixed (byte* valuePointer = value)
        {
            int code = NativeMethods.rd_kafka_header_add(
                headers,
                namePointer == null ? &empty : namePointer,
                name.Length,
                isNull ? null
                    : valuePointer == null ? &empty
                    : valuePointer,
                isNull ? 0 : value.Length
            );
            KafkaErrors.ThrowIfError(code, "Adding a record header");
        }
    }

    internal nint Detach()
    {
        nint native = _native;
        _native = 0;
        return native;
    }

    public void Dispose()
    {
        if (_native != 0)
        {
            NativeMethods.rd_kafka_headers_destroy(_native);
        }

        _native = 0;
    }
}
