namespace Millrace.Durable.Hosting;

/// <summary>A source may not go on now: the job is suspended or another incarnation of it has begun.</summary>
internal sealed class JobSuspendedException(string message) : Exception(message);
