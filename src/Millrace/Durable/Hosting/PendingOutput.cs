namespace Millrace.Durable.Hosting;

/// <summary>What a keyed task has made and nobody has taken yet; part of its state.</summary>
/// <param name="Stage">Uid of the stage.</param>
/// <param name="Task">Number of the task.</param>
/// <param name="Bytes">Bytes of sink records, of envelopes to send and of those not acknowledged.</param>
/// <param name="SinkRecords">Number of records that wait for a sink.</param>
/// <param name="Envelopes">Number of envelopes that wait for another keyed task.</param>
/// <param name="Reason">Why they wait, as far as the task knows.</param>
internal sealed record PendingOutput(string Stage, int Task, long Bytes, int SinkRecords, int Envelopes, string Reason);
