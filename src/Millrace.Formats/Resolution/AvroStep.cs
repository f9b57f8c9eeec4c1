using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Millrace.Formats.Resolution;

/// <summary>Turns a value as it was written into one as the reader's schema writes it. Immutable once made, thread-safe.</summary>
internal abstract class AvroStep
{
    /// <summary>Takes a value off the input and appends the reader's.</summary>
    public abstract void Run(ref AvroInput input, IBufferWriter<byte> output);

    /// <summary>
    /// Whether the bytes stay as they are. A step that is being asked already counts as one: a record that contains itself changes nothing
    /// by that.
    /// </summary>
    public virtual bool IsIdentity(HashSet<AvroStep> asked) => false;

    public static void WriteLong(IBufferWriter<byte> output, long value)
    {
        const int Longest = 10;
        Span<byte> bytes = output.GetSpan(Longest);
        ulong rest = ((ulong)value << 1) ^ (ulong)(value >> 63);
        int length = 0;
        for (; rest >= 0x80; rest >>= 7)
        {
            bytes[length++] = (byte)(rest | 0x80);
        }

        bytes[length++] = (byte)rest;
        output.Advance(length);
    }

    /// <summary>A number of bytes that is known, null included.</summary>
    internal sealed class Fixed(int size) : AvroStep
    {
        public override void Run(ref AvroInput input, IBufferWriter<byte> output) => output.Write(input.Read(size));

        public override bool IsIdentity(HashSet<AvroStep> asked) => true;
    }

    /// <summary>int and long.</summary>
    internal sealed class Whole : AvroStep
    {
        public override void Run(ref AvroInput input, IBufferWriter<byte> output) => WriteLong(output, input.ReadLong());

        public override bool IsIdentity(HashSet<AvroStep> asked) => true;
    }

    /// <summary>bytes and string.</summary>
    internal sealed class Text : AvroStep
    {
        public override void Run(ref AvroInput input, IBufferWriter<byte> output)
        {
            long length = input.ReadLong();
            WriteLong(output, length);
            output.Write(input.Read(length));
        }

        public override bool IsIdentity(HashSet<AvroStep> asked) => true;
    }

    /// <summary>int and long to float or double.</summary>
    internal sealed class WholeToReal(bool isDouble) : AvroStep
    {
        public override void Run(ref AvroInput input, IBufferWriter<byte> output)
        {
            long value = input.ReadLong();
            if (isDouble)
            {
                BinaryPrimitives.WriteDoubleLittleEndian(output.GetSpan(sizeof(double)), value);
                output.Advance(sizeof(double));
            }
            else
            {
                BinaryPrimitives.WriteSingleLittleEndian(output.GetSpan(sizeof(float)), value);
                output.Advance(sizeof(float));
            }
        }
    }

    /// <summary>float to double.</summary>
    internal sealed class FloatToDouble : AvroStep
    {
        public override void Run(ref AvroInput input, IBufferWriter<byte> output)
        {
            float value = BinaryPrimitives.ReadSingleLittleEndian(input.Read(sizeof(float)));
            BinaryPrimitives.WriteDoubleLittleEndian(output.GetSpan(sizeof(double)), value);
            output.Advance(sizeof(double));
        }
    }

    /// <summary>A symbol's place among the reader's; -1 = it has none and there is no default.</summary>
    internal sealed class Symbol(AvroNode writer, AvroNode reader, int[] places) : AvroStep
    {
        private readonly bool _isIdentity = places.Select((place, i) => place == i).All(same => same);

        public override void Run(ref AvroInput input, IBufferWriter<byte> output)
        {
            long written = input.ReadLong();
            if ((ulong)written >= (ulong)places.Length)
            {
                throw new SchemaFormatException(
                    $"An Avro value has symbol {written} of {writer}, expected 0 to {places.Length - 1}; read the value with the schema it "
                        + "was written with, or through the registry."
                );
            }

            if (places[written] < 0)
            {
                throw new SchemaFormatException(
                    $"An Avro value has symbol '{writer.Symbols[(int)written]}' of {writer}, which the reader's {reader} does not have; "
                        + "add the symbol, or give the enum a default."
                );
            }

            WriteLong(output, places[written]);
        }

        public override bool IsIdentity(HashSet<AvroStep> asked) => _isIdentity;
    }

    /// <summary>The items of an array, or with their keys those of a map.</summary>
    internal sealed class Items(AvroStep item, bool hasKeys) : AvroStep
    {
        public override void Run(ref AvroInput input, IBufferWriter<byte> output)
        {
            long count;
            while ((count = input.ReadBlock()) != 0)
            {
                WriteLong(output, count);
                for (; count > 0; count--)
                {
                    if (hasKeys)
                    {
                        long length = input.ReadLong();
                        WriteLong(output, length);
                        output.Write(input.Read(length));
                    }

                    item.Run(ref input, output);
                }
            }

            WriteLong(output, 0);
        }

        public override bool IsIdentity(HashSet<AvroStep> asked) => item.IsIdentity(asked);
    }

    /// <summary>A branch of a written union; where the reader has a union too, each branch puts its place there first.</summary>
    internal sealed class Branches(AvroStep[] branches) : AvroStep
    {
        public override void Run(ref AvroInput input, IBufferWriter<byte> output)
        {
            long branch = input.ReadLong();
            if ((ulong)branch >= (ulong)branches.Length)
            {
                throw new SchemaFormatException(
                    $"An Avro value has branch {branch} of a union, expected 0 to {branches.Length - 1}; read the value with the schema it "
                        + "was written with, or through the registry."
                );
            }

            branches[branch].Run(ref input, output);
        }

        public override bool IsIdentity(HashSet<AvroStep> asked) =>
            branches.Select((branch, i) => branch is IntoUnion into && into.Place == i && into.Inner.IsIdentity(asked)).All(same => same);
    }

    /// <summary>Into a branch of the reader's union.</summary>
    internal sealed class IntoUnion(int place, AvroStep inner) : AvroStep
    {
        public int Place => place;

        public AvroStep Inner => inner;

        public override void Run(ref AvroInput input, IBufferWriter<byte> output)
        {
            WriteLong(output, place);
            inner.Run(ref input, output);
        }
    }

    /// <summary>A branch of a written union that the reader cannot take: an error only where it comes.</summary>
    internal sealed class Refused(string error) : AvroStep
    {
        public override void Run(ref AvroInput input, IBufferWriter<byte> output) => throw new SchemaFormatException(error);
    }

    /// <summary>
    /// A record: the written fields in their order, then, from what they became and from defaults, the reader's in theirs.
    /// </summary>
    internal sealed class Record : AvroStep
    {
        private AvroStep[] _written = [];
        private int[] _places = [];
        private ReadOnlyMemory<byte>[] _defaults = [];
        private bool _isInOrder;

        /// <summary>Sets what the fields become; apart from the constructor because a record may contain itself.</summary>
        /// <param name="written">What becomes of each written field.</param>
        /// <param name="places">Its place among the reader's fields; -1 = the reader does not have it.</param>
        /// <param name="defaults">The reader's fields: empty = written, else what they are.</param>
        public void Set(AvroStep[] written, int[] places, ReadOnlyMemory<byte>[] defaults)
        {
            (_written, _places, _defaults) = (written, places, defaults);
            int[] kept = [.. places.Where(place => place >= 0)];
            _isInOrder = kept.SequenceEqual(kept.Order());
        }

        public override void Run(ref AvroInput input, IBufferWriter<byte> output)
        {
            RuntimeHelpers.EnsureSufficientExecutionStack();
            if (_isInOrder)
            {
                RunInOrder(ref input, output);
                return;
            }

            ArrayBufferWriter<byte> fields = new();
            Span<Range> ranges = new Range[_defaults.Length];
            for (int i = 0; i < _written.Length; i++)
            {
                int start = fields.WrittenCount;
                _written[i].Run(ref input, fields);
                if (_places[i] >= 0)
                {
                    ranges[_places[i]] = start..fields.WrittenCount;
                }
            }

            for (int i = 0; i < _defaults.Length; i++)
            {
                // A written field may well take no bytes; then it has none by default either.
                output.Write(_defaults[i].Span);
                output.Write(fields.WrittenSpan[ranges[i]]);
            }
        }

        public override bool IsIdentity(HashSet<AvroStep> asked) =>
            !asked.Add(this)
            || (
                _written.Length == _defaults.Length
                && _places.Select((place, i) => place == i).All(same => same)
                && _written.All(step => step.IsIdentity(asked))
            );

        private void RunInOrder(ref AvroInput input, IBufferWriter<byte> output)
        {
            int next = 0;
            for (int i = 0; i < _written.Length; i++)
            {
                int place = _places[i];
                if (place < 0)
                {
                    _written[i].Run(ref input, NoOutput.Instance);
                    continue;
                }

                for (; next < place; next++)
                {
                    output.Write(_defaults[next].Span);
                }

                _written[i].Run(ref input, output);
                next = place + 1;
            }

            for (; next < _defaults.Length; next++)
            {
                output.Write(_defaults[next].Span);
            }
        }
    }

    /// <summary>Takes what the reader does not want. One buffer per thread, whose content nobody reads.</summary>
    private sealed class NoOutput : IBufferWriter<byte>
    {
        public static readonly NoOutput Instance = new();

        [ThreadStatic]
        private static byte[]? _buffer;

        public void Advance(int count)
        {
            // Nothing is kept.
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => Buffer(sizeHint);

        public Span<byte> GetSpan(int sizeHint = 0) => Buffer(sizeHint);

        private static byte[] Buffer(int size) =>
            _buffer is { } buffer && buffer.Length >= Math.Max(size, 256) ? buffer : _buffer = new byte[Math.Max(size, 256)];
    }
}
