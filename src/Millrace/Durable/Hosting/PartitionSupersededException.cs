namespace Millrace.Durable.Hosting;

/// <summary>Another process owns the partition: this one's work on the batch is discarded, and the batch is delivered again.</summary>
internal sealed class PartitionSupersededException(string message) : Exception(message);
