namespace Millrace.DevBroker.Storage;

/// <summary>A record's place in time and in the log; both -1 if there is none.</summary>
internal readonly record struct TimestampOffset(long Timestamp, long Offset)
{
    public static readonly TimestampOffset None = new(-1, -1);
}
