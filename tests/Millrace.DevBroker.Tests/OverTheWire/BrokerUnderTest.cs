namespace Millrace.DevBroker.Tests.OverTheWire;

/// <summary>
/// The broker that a test class talks to: one of ours in this process, or, when <c>MILLRACE_TEST_BOOTSTRAP_SERVERS</c> is set, whatever
/// listens there. The expectations are the same for both. Topics, groups and ids get unique names, so that tests do not meet.
/// </summary>
public sealed class BrokerUnderTest : IAsyncLifetime
{
    public const string Variable = "MILLRACE_TEST_BOOTSTRAP_SERVERS";

    private DevBroker? _own;

    public static string? External { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } servers ? servers : null;

    internal BrokerLog Log { get; } = new();

    public string BootstrapServers => External ?? Own.BootstrapServers;

    /// <summary>Our broker; only for tests that are skipped on others.</summary>
    public DevBroker Own =>
        _own ?? throw new InvalidOperationException($"This test needs our own broker, but {Variable} is set; mark it with OwnBrokerFact.");

    /// <summary>The shortest session timeout that the broker lets a member have; Kafka's default minimum is 6 seconds.</summary>
    public static int SessionTimeoutMs => External is null ? 1500 : 6000;

    public static string Unique(string prefix) => $"{prefix}-{Guid.NewGuid():N}"[..(prefix.Length + 13)];

    public async Task InitializeAsync()
    {
        if (External is null)
        {
            _own = await DevBroker.StartAsync(
                new DevBrokerOptions { GroupInitialRebalanceDelay = TimeSpan.FromMilliseconds(100), LoggerFactory = Log }
            );
        }
    }

    public async Task DisposeAsync()
    {
        if (_own is not null)
        {
            await _own.DisposeAsync();
        }

        foreach (string line in Log.Lines)
        {
            await Console.Error.WriteLineAsync(line);
        }
    }
}
