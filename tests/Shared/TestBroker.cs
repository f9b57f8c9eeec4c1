using Millrace.DevBroker;

namespace Millrace.Tests.Shared;

/// <summary>
/// The broker of one test: the one that <see cref="OutsideBroker"/> names, with its topics made anew, or a development broker of its own.
/// </summary>
internal sealed class TestBroker : IAsyncDisposable
{
    private readonly DevBroker.DevBroker? _own;
    private readonly IDisposable? _turn;

    private TestBroker(DevBroker.DevBroker? own, IDisposable? turn)
    {
        _own = own;
        _turn = turn;
    }

    public string BootstrapServers => _own?.BootstrapServers ?? OutsideBroker.Servers!;

    /// <summary>Our broker; only for tests that are skipped on others.</summary>
    public DevBroker.DevBroker Own =>
        _own
        ?? throw new InvalidOperationException(
            $"This test needs our own broker, but {OutsideBroker.Variable} is set; mark it with OwnBrokerFact."
        );

    /// <param name="topics">Topics with their partitions; 0 = the test makes it, and it must not be there.</param>
    public static Task<TestBroker> StartAsync(params (string Topic, int Partitions)[] topics) => StartAsync(new DevBrokerOptions(), topics);

    /// <param name="options">How our own broker is; an outside one is as it is.</param>
    /// <param name="topics">Topics with their partitions; 0 = the test makes it, and it must not be there.</param>
    public static async Task<TestBroker> StartAsync(DevBrokerOptions options, params (string Topic, int Partitions)[] topics)
    {
        if (OutsideBroker.Servers is not null)
        {
            return new TestBroker(null, await OutsideBroker.EnterAsync(topics));
        }

        foreach ((string topic, int partitions) in topics.Where(topic => topic.Partitions > 0))
        {
            options.Topics[topic] = partitions;
        }

        return new TestBroker(await DevBroker.DevBroker.StartAsync(options), null);
    }

    public async ValueTask DisposeAsync()
    {
        if (_own is not null)
        {
            await _own.DisposeAsync();
        }

        _turn?.Dispose();
    }
}
