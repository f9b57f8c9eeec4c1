using Confluent.Kafka;
using Google.Protobuf;
using Millrace.Functions.TestHost.Protocol;

namespace Millrace.Functions.TestHost.Kafka;

/// <summary>A batch in the form in which a worker that binds <c>KafkaRecord[]</c> gets it.</summary>
internal static class BoundRecords
{
    public static TypedData Of(IEnumerable<ConsumeResult<byte[]?, byte[]?>> batch)
    {
        CollectionModelBindingData collection = new();
        foreach (ConsumeResult<byte[]?, byte[]?> result in batch)
        {
            collection.ModelBindingData.Add(
                new ModelBindingData
                {
                    Version = "1.0",
                    Source = "AzureKafkaRecord",
                    ContentType = "application/x-protobuf",
                    Content = Convert(result).ToByteString(),
                }
            );
        }

        return new TypedData { CollectionModelBindingData = collection };
    }

    private static BoundRecord Convert(ConsumeResult<byte[]?, byte[]?> result)
    {
        BoundRecord record = new()
        {
            Topic = result.Topic,
            Partition = result.Partition.Value,
            Offset = result.Offset.Value,
            Timestamp = new BoundTimestamp
            {
                UnixTimestampMs = result.Message.Timestamp.UnixTimestampMs,
                Type = (int)result.Message.Timestamp.Type,
            },
        };
        if (result.Message.Key is { } key)
        {
            record.Key = ByteString.CopyFrom(key);
        }

        if (result.Message.Value is { } value)
        {
            record.Value = ByteString.CopyFrom(value);
        }

        foreach (IHeader header in result.Message.Headers ?? [])
        {
            BoundHeader bound = new() { Key = header.Key };
            if (header.GetValueBytes() is { } bytes)
            {
                bound.Value = ByteString.CopyFrom(bytes);
            }

            record.Headers.Add(bound);
        }

        return record;
    }
}
