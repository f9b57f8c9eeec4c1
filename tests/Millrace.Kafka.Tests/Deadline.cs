namespace Millrace.Kafka.Tests;

/// <summary>A bound for tests that talk to a broker over real sockets.</summary>
internal static class Deadline
{
    internal static readonly TimeSpan Wait = TimeSpan.FromSeconds(30);

    internal static CancellationToken Token() => new CancellationTokenSource(Wait).Token;
}
