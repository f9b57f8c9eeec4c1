namespace Millrace.Runtime;

/// <summary>Counters of one task at one moment.</summary>
/// <param name="Stage">Uid of the stage.</param>
/// <param name="Index">Index of the task.</param>
/// <param name="RecordsReceived">Records taken from channels.</param>
/// <param name="RecordsSent">Records put into channels.</param>
/// <param name="Backlog">Messages that wait in its channels.</param>
/// <param name="Idle">Time that it waited for input.</param>
public sealed record TaskReport(string Stage, int Index, long RecordsReceived, long RecordsSent, int Backlog, TimeSpan Idle);
