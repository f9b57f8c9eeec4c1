using System.Buffers;
using System.Text;
using Millrace.Kafka;
using Millrace.Serialization;

namespace Millrace.Samples.Nexmark;

/// <summary>
/// Events in Kafka in a small binary form: a byte for the kind, then the members in order, numbers as varints, strings as UTF-8 with their
/// length.
/// </summary>
public sealed class NexmarkBinarySchema : IDeserializationSchema<NexmarkEvent>, ISerializationSchema<NexmarkEvent>
{
    [ThreadStatic]
    private static DataWriter? _writer;

    [ThreadStatic]
    private static StringPool? _strings;

    /// <summary>The schema.</summary>
    public static NexmarkBinarySchema Instance { get; } = new();

    /// <inheritdoc/>
    public NexmarkEvent Deserialize(ReadOnlySpan<byte> value)
    {
        StringPool strings = _strings ??= new StringPool(1 << 15);
        DataReader reader = new(value);
        NexmarkEventKind kind = (NexmarkEventKind)reader.ReadByte();
        return kind switch
        {
            NexmarkEventKind.Bid => new NexmarkEvent(
                new Bid(
                    reader.ReadVarInt64(),
                    reader.ReadVarInt64(),
                    reader.ReadVarInt64(),
                    Text(ref reader, strings),
                    Text(ref reader, strings),
                    reader.ReadVarInt64(),
                    Text(ref reader, strings)
                )
            ),
            NexmarkEventKind.Auction => new NexmarkEvent(
                new Auction(
                    reader.ReadVarInt64(),
                    Text(ref reader, strings),
                    Text(ref reader, strings),
                    reader.ReadVarInt64(),
                    reader.ReadVarInt64(),
                    reader.ReadVarInt64(),
                    reader.ReadVarInt64(),
                    reader.ReadVarInt64(),
                    reader.ReadVarInt64(),
                    Text(ref reader, strings)
                )
            ),
            NexmarkEventKind.Person => new NexmarkEvent(
                new Person(
                    reader.ReadVarInt64(),
                    Text(ref reader, strings),
                    Text(ref reader, strings),
                    Text(ref reader, strings),
                    Text(ref reader, strings),
                    Text(ref reader, strings),
                    reader.ReadVarInt64(),
                    Text(ref reader, strings)
                )
            ),
            _ => throw new FormatException($"Kind of event {(int)kind}, expected 0 (person), 1 (auction) or 2 (bid)."),
        };
    }

    /// <inheritdoc/>
    public void Serialize(NexmarkEvent value, IBufferWriter<byte> output)
    {
        DataWriter writer = _writer ??= new DataWriter(1024);
        writer.Clear();
        writer.WriteByte((byte)value.Kind);
        if (value.TryGetBid(out Bid bid))
        {
            Write(writer, bid);
        }
        else if (value.TryGetAuction(out Auction? auction))
        {
            Write(writer, auction);
        }
        else if (value.TryGetPerson(out Person? person))
        {
            Write(writer, person);
        }

        output.Write(writer.WrittenSpan);
    }

    private static void Write(DataWriter writer, in Bid bid)
    {
        writer.WriteVarInt64(bid.Auction);
        writer.WriteVarInt64(bid.Bidder);
        writer.WriteVarInt64(bid.Price);
        Write(writer, bid.Channel);
        Write(writer, bid.Url);
        writer.WriteVarInt64(bid.DateTime);
        Write(writer, bid.Extra);
    }

    private static void Write(DataWriter writer, Auction auction)
    {
        writer.WriteVarInt64(auction.Id);
        Write(writer, auction.ItemName);
        Write(writer, auction.Description);
        writer.WriteVarInt64(auction.InitialBid);
        writer.WriteVarInt64(auction.Reserve);
        writer.WriteVarInt64(auction.DateTime);
        writer.WriteVarInt64(auction.Expires);
        writer.WriteVarInt64(auction.Seller);
        writer.WriteVarInt64(auction.Category);
        Write(writer, auction.Extra);
    }

    private static void Write(DataWriter writer, Person person)
    {
        writer.WriteVarInt64(person.Id);
        Write(writer, person.Name);
        Write(writer, person.EmailAddress);
        Write(writer, person.CreditCard);
        Write(writer, person.City);
        Write(writer, person.State);
        writer.WriteVarInt64(person.DateTime);
        Write(writer, person.Extra);
    }

    private static void Write(DataWriter writer, string text)
    {
        int bytes = Encoding.UTF8.GetByteCount(text);
        writer.WriteVarUInt64((ulong)bytes);
        Encoding.UTF8.GetBytes(text, writer.GetSpan(bytes));
        writer.Advance(bytes);
    }

    private static string Text(ref DataReader reader, StringPool strings) => strings.Get(reader.ReadBytes());
}
