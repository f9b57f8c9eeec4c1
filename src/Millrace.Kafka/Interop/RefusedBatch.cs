namespace Millrace.Kafka.Interop;

/// <summary>A batch of records that a broker did not take.</summary>
/// <param name="Partition">Where it was to go, such as <c>orders [3]</c>.</param>
/// <param name="Error">What the broker said.</param>
internal sealed record RefusedBatch(string Partition, string Error)
{
    private const string Batch = ": MessageSet with ";
    private const string Begin = "encountered error: ";
    private const string End = " (actions ";

    /// <summary>
    /// Reads librdkafka's line <c>...: TOPIC [PARTITION]: MessageSet with N message(s) (...) encountered error: ERROR (actions ...)</c>.
    /// </summary>
    /// <returns><see langword="null"/> for any other line.</returns>
    internal static RefusedBatch? Parse(string line)
    {
        int batch = line.IndexOf(Batch, StringComparison.Ordinal);
        int begin = batch < 0 ? -1 : line.IndexOf(Begin, batch, StringComparison.Ordinal);
        int end = begin < 0 ? -1 : line.IndexOf(End, begin, StringComparison.Ordinal);
        if (end < 0)
        {
            return null;
        }

        int partition = line.LastIndexOf(": ", batch - 1, StringComparison.Ordinal);
        return new RefusedBatch(line[(partition < 0 ? 0 : partition + 2)..batch], line[(begin + Begin.Length)..end]);
    }
}
