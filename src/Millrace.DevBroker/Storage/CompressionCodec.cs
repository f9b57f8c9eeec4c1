namespace Millrace.DevBroker.Storage;

/// <summary>How a batch's records are packed, with Kafka's numbers.</summary>
internal enum CompressionCodec
{
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}
