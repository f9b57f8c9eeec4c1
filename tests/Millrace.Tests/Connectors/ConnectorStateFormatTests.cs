using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Connectors;
using Xunit;

namespace Millrace.Tests.Connectors;

/// <summary>Bytes in checkpoints that later versions must read.</summary>
public sealed class ConnectorStateFormatTests
{
    private static readonly RawPosition Position = new("orders", 3, 4_242)
    {
        TopicId = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
        Stop = 5_000,
    };

    [Fact]
    public void ShouldKeepItsBytes_APositionOfARawSource()
    {
        SourceSplit split = RawSplit.At(Position);

        Assert.Equal("orders-3", split.Id);
        Assert.Equal("01076F726465727303A44200112233445566778899AABBCCDDEEFF01904E", Convert.ToHexString(split.Position.Span));
        Assert.Equal(Position, RawSplit.PositionOf(split));
    }

    [Fact]
    public void ShouldSayWhichVersionItIs_WhenAPositionIsOfALaterOne()
    {
        InvalidDataException failure = Assert.Throws<InvalidDataException>(() =>
            RawSplit.PositionOf(new SourceSplit("orders-3", 0, new byte[] { 9, 0 }))
        );

        Assert.Contains("'orders-3' has position format 9, this version of Millrace reads 1", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldKeepItsBytes_WhatACheckpointHoldsOfAnExactlyOnceSink()
    {
        byte[] bytes = OutboxCommittable.Encode(2, [new(1_000, "a", new byte[] { 1, 2, 3 }), new(1_001, "b", new byte[] { 4 })]);

        Assert.Equal("0102D00F02030102030104", Convert.ToHexString(bytes));
        OutboxCommittable read = OutboxCommittable.Decode(
            bytes,
            new ConnectorContext("job", "sink", 0, 1, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None)
        );
        Assert.Equal((2, 1_000L), (read.Task, read.First));
        Assert.Equal(
            [(1_000L, "job/sink/2/1000", "010203"), (1_001L, "job/sink/2/1001", "04")],
            read.Records.Select(record => (record.Sequence, record.Id, Convert.ToHexString(record.Data.Span)))
        );
    }
}
