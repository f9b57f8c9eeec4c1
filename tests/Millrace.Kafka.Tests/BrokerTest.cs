using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.DevBroker;
using Millrace.Kafka.Producing;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Kafka.Tests;

/// <summary>A test class with a development broker of its own for each test, or with the outside one and its topics made anew.</summary>
public abstract class BrokerTest : IAsyncLifetime
{
    private Millrace.DevBroker.DevBroker? _broker;
    private IDisposable? _turn;

    internal string BootstrapServers => _broker?.BootstrapServers ?? OutsideBroker.Servers!;

    /// <summary>Our broker; only for tests that are skipped on others.</summary>
    internal Millrace.DevBroker.DevBroker Broker =>
        _broker
        ?? throw new InvalidOperationException(
            $"This test needs our own broker, but {OutsideBroker.Variable} is set; mark it with OwnBrokerFact."
        );

    public async Task InitializeAsync()
    {
        if (OutsideBroker.Servers is not null)
        {
            _turn = await OutsideBroker.EnterAsync(Topics());
            return;
        }

        DevBrokerOptions options = new() { AutoCreateTopics = false };
        foreach ((string topic, int partitions) in Topics())
        {
            options.Topics[topic] = partitions;
        }

        Configure(options);
        _broker = await Millrace.DevBroker.DevBroker.StartAsync(options);
        await PrepareAsync();
    }

    public async Task DisposeAsync()
    {
        await CleanUpAsync();
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }

        _turn?.Dispose();
    }

    protected virtual ValueTask CleanUpAsync() => ValueTask.CompletedTask;

    internal virtual Task PrepareAsync() => Task.CompletedTask;

    internal abstract IEnumerable<(string Topic, int Partitions)> Topics();

    internal virtual void Configure(DevBrokerOptions options) { }

    internal RawProducer Producer(params (string Name, string Value)[] more) =>
        new(Properties(more), NullLogger.Instance, TimeProvider.System);

    internal Dictionary<string, string> Properties(params (string Name, string Value)[] more)
    {
        Dictionary<string, string> all = new(StringComparer.Ordinal) { ["bootstrap.servers"] = BootstrapServers, ["linger.ms"] = "1" };
        foreach ((string name, string value) in more)
        {
            all[name] = value;
        }

        return all;
    }

    internal void Fill(string topic, int partitions, int first, int count, long timestamp = 0)
    {
        using RawProducer producer = Producer();
        for (int i = first; i < first + count; i++)
        {
            byte[] value = Encoding.UTF8.GetBytes(i.ToString(CultureInfo.InvariantCulture));
            producer.Produce(
                producer.Topic(topic),
                i % partitions,
                default,
                false,
                value,
                false,
                timestamp == 0 ? 0 : timestamp + i,
                0,
                default
            );
        }

        producer.Flush(Deadline.Wait, Deadline.Token());
    }

    /// <summary>All records that a topic has now.</summary>
    internal Task<List<string>> ReadAllAsync(string topic, KafkaIsolationLevel level = KafkaIsolationLevel.ReadCommitted) =>
        ReadAllAsync(topic, static (in KafkaMessage message) => Encoding.UTF8.GetString(message.Value), level);

    /// <summary>What a test wants to know of all records that a topic has now.</summary>
    internal async Task<List<string>> ReadAllAsync(
        string topic,
        KafkaDeserializer<string> describe,
        KafkaIsolationLevel level = KafkaIsolationLevel.ReadCommitted
    )
    {
        await using SourceDriver<string> driver = await SourceDriver<string>.StartAsync(
            KafkaSource
                .Builder<string>()
                .SetBootstrapServers(BootstrapServers)
                .SetTopics(topic)
                .SetIsolationLevel(level)
                .SetBounded(OffsetsInitializer.Latest())
                .SetDeserializer(DeserializationSchema.OfMessage(describe))
                .Build()
        );
        driver.ReadToEnd();
        return [.. driver.Output.Values];
    }

    /// <summary>A header's value; empty where there is none.</summary>
    internal static string Text(KafkaHeaders headers, string name) =>
        headers.TryGetLast(Encoding.UTF8.GetBytes(name), out ReadOnlySpan<byte> value) ? Encoding.UTF8.GetString(value) : "";
}
