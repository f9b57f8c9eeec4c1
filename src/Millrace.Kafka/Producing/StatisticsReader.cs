using System.Text.Json;

namespace Millrace.Kafka.Producing;

/// <summary>Finds the producer's id and epoch in librdkafka's statistics: its C API has no other way to them.</summary>
internal static class StatisticsReader
{
    /// <summary>Reads <c>eos.producer_id</c> and <c>eos.producer_epoch</c> (librdkafka's STATISTICS.md).</summary>
    /// <returns><see langword="null"/> while the broker has not given an id.</returns>
    internal static ProducerIdentity? Identity(ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = new(json);
        while (reader.Read())
        {
            // Depth 1 is the statistics object itself: a topic called "eos" sits deeper.
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
            {
                continue;
            }

            bool found = reader.ValueTextEquals("eos"u8);
            reader.Read();
            if (found)
            {
                return FromEos(ref reader);
            }

            reader.Skip();
        }

        return null;
    }

    private static ProducerIdentity? FromEos(ref Utf8JsonReader reader)
    {
        long id = -1;
        short epoch = -1;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isId = reader.ValueTextEquals("producer_id"u8);
            bool isEpoch = reader.ValueTextEquals("producer_epoch"u8);
            reader.Read();
            if (isId)
            {
                id = reader.GetInt64();
            }
            else if (isEpoch)
            {
                epoch = reader.GetInt16();
            }
            else
            {
                reader.Skip();
            }
        }

        return id >= 0 && epoch >= 0 ? new ProducerIdentity(id, epoch) : null;
    }
}
