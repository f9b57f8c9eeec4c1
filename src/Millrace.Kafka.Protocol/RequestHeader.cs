namespace Millrace.Kafka.Protocol;

/// <summary>
/// What stands before every request body. Flexible requests have header version 2, which only adds tagged fields to version 1.
/// </summary>
internal readonly record struct RequestHeader(ApiKey Key, short Version, int CorrelationId, string? ClientId)
{
    /// <summary>Reads the header up to where flexible versions have tags.</summary>
    public static RequestHeader Read(WireReader reader) =>
        new((ApiKey)reader.Int16(), reader.Int16(), reader.Int32(), reader.String(compact: false));

    public void Write(WireWriter writer, bool flexible)
    {
        writer.Int16((short)Key);
        writer.Int16(Version);
        writer.Int32(CorrelationId);
        writer.String(ClientId, compact: false);
        if (flexible)
        {
            writer.NoTags();
        }
    }
}
