using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Millrace.DevBroker.Protocol;
using Millrace.DevBroker.Protocol.Messages;

namespace Millrace.DevBroker.Tests.Network;

/// <summary>A broker with one topic, and what it logged.</summary>
internal sealed class BrokerFixture : IAsyncDisposable
{
    public const string Topic = "t";

    private BrokerFixture(DevBroker broker, LogRecorder logs)
    {
        Broker = broker;
        Logs = logs;
    }

    public DevBroker Broker { get; }

    public LogRecorder Logs { get; }

    public static async Task<BrokerFixture> StartAsync(Action<DevBrokerOptions>? configure = null)
    {
        LogRecorder logs = new();
        DevBrokerOptions options = new() { LoggerFactory = logs, Topics = { [Topic] = 2 } };
        configure?.Invoke(options);
        return new BrokerFixture(await DevBroker.StartAsync(options), logs);
    }

    public WireClient Connect() => new(Broker.Port);

    public static Produce.Request ProduceOf(byte[] batch, short acks = -1, int partition = 0) =>
        new()
        {
            Acks = acks,
            TimeoutMs = 5_000,
            Topics =
            [
                new TopicOf<Produce.Partition>
                {
                    Name = Topic,
                    Partitions =
                    [
                        new Produce.Partition
                        {
                            Index = partition,
                            Records = new RecordsField { Bytes = batch },
                        },
                    ],
                },
            ],
        };

    public static Fetch.Request FetchOf(long offset, int maxWaitMs = 0, int minBytes = 1) =>
        new()
        {
            MaxWaitMs = maxWaitMs,
            MinBytes = minBytes,
            MaxBytes = 1 << 20,
            Topics =
            [
                new Fetch.Topic<Fetch.Partition>
                {
                    Name = Topic,
                    Partitions =
                    [
                        new Fetch.Partition
                        {
                            FetchOffset = offset,
                            MaxBytes = 1 << 20,
                            CurrentLeaderEpoch = -1,
                        },
                    ],
                },
            ],
        };

    public static Produce.PartitionResult Append(WireClient client, byte[] batch) =>
        client.Send<Produce.Request, Produce.Response>(ProduceOf(batch), 9).Topics![0].Partitions![0];

    public static List<(long Offset, string? Key, string? Value)> Read(WireClient client, long offset) =>
        RecordBatches.Read(
            client.Send<Fetch.Request, Fetch.Response>(FetchOf(offset), 12).Topics![0].Partitions![0].Records.Bytes!.Value.Span
        );

    public ValueTask DisposeAsync() => Broker.DisposeAsync();

    /// <summary>Keeps the text of all log lines at warning and above.</summary>
    internal sealed class LogRecorder : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (IsEnabled(logLevel))
            {
                Lines.Enqueue(formatter(state, exception) + exception);
            }
        }

        public void Dispose() { }
    }
}
