namespace Millrace.Ledger;

/// <summary>What a tick tells a task about one upstream: a watermark, and the position that has to be applied before it holds.</summary>
internal readonly record struct PartitionProgress(int Upstream, long Watermark, long Position);
