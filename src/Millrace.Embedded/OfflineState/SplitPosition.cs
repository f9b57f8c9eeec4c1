using Millrace.Connectors;
using Millrace.Kafka.Sources;

namespace Millrace.Embedded.OfflineState;

/// <summary>Positions in topics, of sources whose formats are known. A format has written bytes if it writes them again.</summary>
internal static class SplitPosition
{
    /// <summary>The position of a split; <see langword="null"/> where it is none in a topic.</summary>
    public static RawPosition? Of(SourceSplit split) => Try(split, OfRawSource) ?? Try(split, OfKafka);

    private static (RawPosition Position, SourceSplit Again) OfRawSource(SourceSplit split)
    {
        RawPosition position = RawSplit.PositionOf(split);
        return (position, RawSplit.At(position));
    }

    private static (RawPosition Position, SourceSplit Again) OfKafka(SourceSplit split)
    {
        KafkaSplit kafka = KafkaSplit.From(split);
        return (kafka.ToPosition(), kafka.ToSourceSplit());
    }

    private static RawPosition? Try(SourceSplit split, Func<SourceSplit, (RawPosition Position, SourceSplit Again)> read)
    {
        try
        {
            (RawPosition position, SourceSplit again) = read(split);
            return again.Position.Span.SequenceEqual(split.Position.Span) ? position : null;
        }
        catch (Exception exception) when (exception is InvalidDataException or OverflowException or ArgumentException)
        {
            return null;
        }
    }
}
