using Google.Protobuf;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Core;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker.Extensions.Kafka;

/// <summary>
/// Reads the records that the host sends: one message of protocol buffers each, with topic (1), partition (2), offset (3), key (4), value (5),
/// timestamp (6: milliseconds, type) and headers (7: key, value). A key, value or header's value that is absent is null.
/// </summary>
[SupportsDeferredBinding]
[SupportedTargetType(typeof(KafkaRecord))]
[SupportedTargetType(typeof(KafkaRecord[]))]
internal sealed class KafkaRecordConverter : IInputConverter
{
    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context)
    {
        try
        {
            return new(
                context.Source switch
                {
                    ModelBindingData one => ConversionResult.Success(Read(one)),
                    CollectionModelBindingData many => ConversionResult.Success(Array.ConvertAll(many.ModelBindingData, Read)),
                    _ => ConversionResult.Unhandled(),
                }
            );
        }
        catch (Exception exception)
        {
            return new(ConversionResult.Failed(exception));
        }
    }

    private static KafkaRecord Read(ModelBindingData data)
    {
        if (data is not { Source: "AzureKafkaRecord", ContentType: "application/x-protobuf" })
        {
            throw new InvalidOperationException(
                $"A Kafka record comes from 'AzureKafkaRecord' as 'application/x-protobuf', not from '{data.Source}' as '{data.ContentType}'."
            );
        }

        KafkaRecord record = new();
        List<KafkaHeader> headers = [];
        CodedInputStream input = new(data.Content.ToArray());
        while (input.ReadTag() is uint tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    record.Topic = input.ReadString();
                    break;
                case 2:
                    record.Partition = input.ReadInt32();
                    break;
                case 3:
                    record.Offset = input.ReadInt64();
                    break;
                case 4:
                    record.Key = input.ReadBytes().ToByteArray();
                    break;
                case 5:
                    record.Value = input.ReadBytes().ToByteArray();
                    break;
                case 6:
                    record.Timestamp = ReadTimestamp(input.ReadBytes());
                    break;
                case 7:
                    headers.Add(ReadHeader(input.ReadBytes()));
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        record.Topic ??= "";
        record.Headers = [.. headers];
        return record;
    }

    private static KafkaTimestamp ReadTimestamp(ByteString bytes)
    {
        KafkaTimestamp timestamp = new();
        CodedInputStream input = bytes.CreateCodedInput();
        while (input.ReadTag() is uint tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    timestamp.UnixTimestampMs = input.ReadInt64();
                    break;
                case 2:
                    timestamp.Type = (KafkaTimestampType)input.ReadInt32();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return timestamp;
    }

    private static KafkaHeader ReadHeader(ByteString bytes)
    {
        KafkaHeader header = new() { Key = "" };
        CodedInputStream input = bytes.CreateCodedInput();
        while (input.ReadTag() is uint tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    header.Key = input.ReadString();
                    break;
                case 2:
                    header.Value = input.ReadBytes().ToByteArray();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return header;
    }
}
