using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Checkpoints;
using Millrace.Durable.Hosting;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Testing;
using Xunit;

namespace Millrace.Tests.Durable;

public sealed class BatchGathererTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<int> _sent = [];
    private readonly List<int> _written = [];

    [Fact]
    public async Task ShouldSendOnce_WhenAllPartitionsHaveHandedOver()
    {
        BatchGatherer gatherer = Create(parties: 3);

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
        BatchGatherer gatherer = Create(parties: 2);

        Task first = gatherer.SendAsync([EnvelopeOf(0)], CancellationToken.None);
        gatherer.Leave();
        await first;
        await gatherer.SendAsync([EnvelopeOf(0)], CancellationToken.None);

        Assert.Equal([1, 1], _sent);
    }

    [Fact]
    public async Task ShouldWriteLedgersTogether_WhenAllPartitionsAreDone()
    {
        BatchGatherer gatherer = Create(parties: 3);

        Task<string> first = gatherer.WriteAsync(WriteOf("a"), CancellationToken.None);
        Task<string> second = gatherer.WriteAsync(WriteOf("b"), CancellationToken.None);
        gatherer.Leave();

        Assert.Equal(["after a", "after b"], await Task.WhenAll(first, second));
        Assert.Equal([2], _written);
    }

    [Fact]
    public async Task ShouldWaitForNobodyTwice_WhenOneSendsAndTheOtherCommits()
    {
        BatchGatherer gatherer = Create(parties: 2);

        Task<string> written = gatherer.WriteAsync(WriteOf("a"), CancellationToken.None);
        await gatherer.SendAsync([EnvelopeOf(0)], CancellationToken.None);

        Assert.Equal("after a", await written);
        Assert.Equal([1], _sent);
    }

    [Fact]
    public async Task ShouldTellEachItsOwn_WhenOneLedgerIsRefused()
    {
        PreconditionFailedException refusal = new("taken over");
        BatchGatherer gatherer = new(
            2,
            _ => Task.CompletedTask,
            _ => Task.FromResult<LedgerWritten[]>([new(refusal), new("new")]),
            Services
        );

        Task<string> first = gatherer.WriteAsync(WriteOf("a"), CancellationToken.None);

        Assert.Equal("new", await gatherer.WriteAsync(WriteOf("b"), CancellationToken.None));
        Assert.Same(refusal, await Assert.ThrowsAsync<PreconditionFailedException>(() => first));
    }

    [Fact]
    public async Task ShouldGoOn_WhenAPartitionIsSlow()
    {
        BatchGatherer gatherer = Create(parties: 2);

        Task first = gatherer.SendAsync([EnvelopeOf(0)], CancellationToken.None);
        Assert.Empty(_sent);
        _time.Advance(BatchGatherer.Patience);
        await first;
        Task late = gatherer.SendAsync([EnvelopeOf(1)], CancellationToken.None);
        gatherer.Leave();
        await late;

        Assert.Equal([1, 1], _sent);
    }

    [Fact]
    public async Task ShouldFailAll_WhenSendingFails()
    {
        BatchGatherer gatherer = new(
            2,
            _ => Task.FromException(new IOException("away")),
            _ => throw new InvalidOperationException(),
            Services
        );

        Task first = gatherer.SendAsync([EnvelopeOf(0)], CancellationToken.None);
        await Assert.ThrowsAsync<IOException>(() => gatherer.SendAsync([EnvelopeOf(1)], CancellationToken.None));
        await Assert.ThrowsAsync<IOException>(() => first);
    }

    [Fact]
    public async Task ShouldStopWaiting_WhenCancelled()
    {
        BatchGatherer gatherer = Create(parties: 2);
        using CancellationTokenSource stop = new();

        Task first = gatherer.SendAsync([EnvelopeOf(0)], stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Empty(_sent);
    }

    private BatchGatherer Create(int parties) =>
        new(
            parties,
            envelopes =>
            {
                _sent.Add(envelopes.Count);
                return Task.CompletedTask;
            },
            ledgers =>
            {
                _written.Add(ledgers.Count);
                return Task.FromResult<LedgerWritten[]>([.. ledgers.Select(ledger => new LedgerWritten("after " + ledger.ETag))]);
            },
            Services
        );

    private DurableServices Services => new(_time, NullLoggerFactory.Instance, CancellationToken.None);

    private static LedgerWrite WriteOf(string etag) => new("ledger", default, etag);

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
