using Millrace.Connectors;

namespace Millrace.Operators;

/// <summary>A split as it stands in a checkpoint.</summary>
internal sealed record RestoredSplit(SourceSplit Split, long Watermark, bool IsFinished);
