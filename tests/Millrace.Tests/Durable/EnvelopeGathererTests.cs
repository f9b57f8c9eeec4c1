using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Durable.Hosting;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Testing;
using Xunit;

namespace Millrace.Tests.Durable;

public sealed class EnvelopeGathererTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<int> _sent = [];

    [Fact]
    public async Task ShouldSendOnce_WhenAllPartitionsHaveHandedOver()
    {
        EnvelopeGatherer gatherer = Create(parties: 3);

        Task first = gatherer.SendAsync([EnvelopeOf(0)], CancellationToken.None);
        Task second = gatherer.SendAsync([EnvelopeOf(1), EnvelopeOf(1)], CancellationToken.None);
        Assert.Empty(_sent);
        await gatherer.SendAsync([], CancellationToken.None);
        await Task.WhenAll(first, second);

        Assert.Equal([3], _sent);
    }

    [Fact]
    public async Task ShouldNotWaitForAPartition_WhenItHasNothingToSend()
    {
        EnvelopeGatherer gatherer = Create(parties: 2);

        Task first = gatherer.SendAsync([EnvelopeOf(0)], CancellationToken.None);
        gatherer.Leave();
        await first;
        await gatherer.SendAsync([EnvelopeOf(0)], CancellationToken.None);

        Assert.Equal([1, 1], _sent);
    }

    [Fact]
    public async Task ShouldGoOn_WhenAPartitionIsSlow()
    {
        EnvelopeGatherer gatherer = Create(parties: 2);

        Task first = gatherer.SendAsync([EnvelopeOf(0)], CancellationToken.None);
        Assert.Empty(_sent);
        _time.Advance(EnvelopeGatherer.Patience);
        await first;
        Task late = gatherer.SendAsync([EnvelopeOf(1)], CancellationToken.None);
        gatherer.Leave();
        await late;

        Assert.Equal([1, 1], _sent);
    }

    [Fact]
    public async Task ShouldFailAll_WhenSendingFails()
    {
        EnvelopeGatherer gatherer = new(2, _ => Task.FromException(new IOException("away")), Services);

        Task first = gatherer.SendAsync([EnvelopeOf(0)], CancellationToken.None);
        await Assert.ThrowsAsync<IOException>(() => gatherer.SendAsync([EnvelopeOf(1)], CancellationToken.None));
        await Assert.ThrowsAsync<IOException>(() => first);
    }

    [Fact]
    public async Task ShouldStopWaiting_WhenCancelled()
    {
        EnvelopeGatherer gatherer = Create(parties: 2);
        using CancellationTokenSource stop = new();

        Task first = gatherer.SendAsync([EnvelopeOf(0)], stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Empty(_sent);
    }

    private EnvelopeGatherer Create(int parties) =>
        new(
            parties,
            envelopes =>
            {
                _sent.Add(envelopes.Count);
                return Task.CompletedTask;
            },
            Services
        );

    private DurableServices Services => new(_time, NullLoggerFactory.Instance, CancellationToken.None);

    private static Envelope EnvelopeOf(int partition) =>
        new()
        {
            Job = "job",
            Channel = new ChannelId("edge", partition, 0),
            Epoch = 1,
            Previous = -1,
            From = 0,
            To = 0,
        };
}
