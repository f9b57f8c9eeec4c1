using System.Buffers;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Kafka;
using Xunit;

namespace Millrace.Formats.Tests;

/// <summary>A registry that does not answer says nothing about the records.</summary>
public sealed class OutageTests : ILoggerFactory, ILogger
{
    private const int Records = 20;
    private readonly SkippingTime _time = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<string> _log = [];
    private Action _onLog = static () => { };

    [Fact]
    public async Task ShouldFailAndNameTheRegistry_WhenItCannotBeReachedAndThePolicyIsSkip()
    {
        byte[] bytes;
        SchemaRegistryOptions options;
        await using (RegistryServer server = await RegistryServer.StartAsync())
        {
            options = server.Options;
            bytes = Write(options);
        }

        using SchemaRegistryClient down = new(options);
        await using IRawRecordReader<Order> reader = Reader(down, _time);
        RecordBatch<Order> batch = new(Records);

        ExternalServiceException error = Assert.Throws<ExternalServiceException>(() => Read(reader, bytes, batch));

        Assert.Contains("Kafka source 'orders'", error.Message, StringComparison.Ordinal);
        Assert.Contains(options.Url.Authority, error.Message, StringComparison.Ordinal);
        Assert.InRange(_time.Elapsed, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(31));
        Assert.Equal(0, batch.Count);
        Assert.Single(_log);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task ShouldReadEveryRecord_WhenTheRegistryComesBack(int status)
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        byte[] bytes = Write(server.Options);
        for (int i = 0; i < 5; i++)
        {
            server.Failures.Enqueue((status, ""));
        }

        using SchemaRegistryClient registry = new(server.Options);
        await using IRawRecordReader<Order> reader = Reader(registry, _time);
        RecordBatch<Order> batch = new(Records);

        Read(reader, bytes, batch);

        Assert.Equal(Records, batch.Count);
        Assert.Single(_log);
        Assert.Equal(TimeSpan.FromMilliseconds(100 + 200 + 400 + 800 + 1600), _time.Elapsed);
    }

    [Fact]
    public async Task ShouldFailAtOnce_WhenTheRegistryRefusesTheClient()
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        byte[] bytes = Write(server.Options);
        server.Authorization = "Basic c2VjcmV0";
        int before = server.Requests.Count;
        using SchemaRegistryClient registry = new(server.Options);
        await using IRawRecordReader<Order> reader = Reader(registry, _time);

        ExternalServiceException error = Assert.Throws<ExternalServiceException>(() =>
            Read(reader, bytes, new RecordBatch<Order>(Records))
        );

        Assert.False(error.IsTransient);
        Assert.Contains("401", error.Message, StringComparison.Ordinal);
        Assert.Contains("SchemaRegistryOptions.UserName", error.Message, StringComparison.Ordinal);
        Assert.Equal(before + 1, server.Requests.Count);
    }

    [Fact]
    public async Task ShouldLeaveTheRecordOut_WhenAHealthyRegistryDoesNotKnowItsSchema()
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        byte[] bytes = Write(server.Options);
        using SchemaRegistryClient registry = new(server.Options);
        await using IRawRecordReader<Order> reader = Reader(registry, _time);
        RecordBatch<Order> batch = new(Records);

        reader.Read(new RawRecord("t", 0, 0, 0, null, Convert.FromHexString("000000000500"), []), batch);
        reader.Read(new RawRecord("t", 0, 1, 0, null, bytes, []), batch);

        Assert.Equal(1, batch.Count);
        Assert.Equal(TimeSpan.Zero, _time.Elapsed);
    }

    [Fact]
    public async Task ShouldEndTheWait_WhenTheRunIsCancelled()
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        byte[] bytes = Write(server.Options);
        server.Failures.Enqueue((503, ""));
        using SchemaRegistryClient registry = new(server.Options);
        await using IRawRecordReader<Order> reader = Reader(registry, TimeProvider.System);
        _onLog = _stopping.Cancel;

        Assert.ThrowsAny<OperationCanceledException>(() => Read(reader, bytes, new RecordBatch<Order>(Records)));
    }

    [Fact]
    public async Task ShouldBeTheSameException_WhenASchemaCannotBeRegistered()
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        server.Failures.Enqueue((503, ""));
        server.Failures.Enqueue((503, ""));
        using SchemaRegistryClient registry = new(server.Options);
        AvroFormat<Order> avro = AvroFormat.Specific<Order>(Order._SCHEMA, registry, "a");
        ProtobufFormat<Timestamp> protobuf = new(registry, "p");

        Assert.Throws<ExternalServiceException>(() => avro.Serialize(new Order(), new ArrayBufferWriter<byte>()));
        Assert.Throws<ExternalServiceException>(() => protobuf.Serialize(new Timestamp(), new ArrayBufferWriter<byte>()));

        // Failures are not remembered.
        avro.Serialize(new Order(), new ArrayBufferWriter<byte>());
        protobuf.Serialize(new Timestamp(), new ArrayBufferWriter<byte>());
    }

    public ILogger CreateLogger(string categoryName) => this;

    void ILoggerFactory.AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (eventId.Name != "RecordSkipped")
        {
            _log.Add(formatter(state, exception));
        }

        _onLog();
    }

    public void Dispose() => _stopping.Dispose();

    private static byte[] Write(SchemaRegistryOptions options)
    {
        using SchemaRegistryClient registry = new(options);
        ArrayBufferWriter<byte> output = new();
        AvroFormat.Specific<Order>(Order._SCHEMA, registry, "s").Serialize(new Order { Id = 1, Item = "tea" }, output);
        return output.WrittenSpan.ToArray();
    }

    private static void Read(IRawRecordReader<Order> reader, byte[] bytes, RecordBatch<Order> batch)
    {
        for (int i = 0; i < Records; i++)
        {
            reader.Read(new RawRecord("t", 0, i, 0, null, bytes, []), batch);
        }
    }

    private IRawRecordReader<Order> Reader(ISchemaRegistry registry, TimeProvider time) =>
        KafkaSource
            .Builder<Order>()
            .SetBootstrapServers("localhost:9")
            .SetTopics("t")
            .SetDeserializer(AvroFormat.Specific<Order>(Order._SCHEMA, registry, "s"))
            .SetDeserializationErrorPolicy(DeserializationErrorPolicy.Skip)
            .Build()
            .CreateRawReader(new ConnectorContext("job", "orders", 0, 1, time, this, _stopping.Token));
}
