using System.Globalization;

namespace Millrace.Connectors;

/// <summary>The stable id of a sink record, header <c>millrace-id</c>: <c>{job}/{stage}/{task}/{sequence}</c>.</summary>
internal static class RecordId
{
    public const string Header = "millrace-id";

    public static ReadOnlySpan<byte> HeaderUtf8 => "millrace-id"u8;

    /// <summary>Of a record from a keyed task.</summary>
    public static string Of(string job, string stage, int task, long sequence) =>
        string.Create(CultureInfo.InvariantCulture, $"{job}/{stage}/{task}/{sequence}");

    /// <summary>Of a record that a source task sends straight to a sink: the offset, and which of the offset's outputs.</summary>
    public static string Of(string job, string stage, int partition, long offset, int index) =>
        index == 0
            ? Of(job, stage, partition, offset)
            : string.Create(CultureInfo.InvariantCulture, $"{job}/{stage}/{partition}/{offset}.{index}");
}
