using Millrace.DevBroker.Storage;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Storage;

/// <summary>What holds for a log wherever it is kept.</summary>
public sealed class PartitionLogTests
{
    public static TheoryData<bool> Kinds => [false, true];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ShouldGiveBackRecordsInOrder_WhenTheyCrossManySegments(bool files)
    {
        using LogFixture fixture = new(files, LogFixture.Plain with { SegmentBytes = 2_000 });
        for (int i = 0; i < 200; i++)
        {
            fixture.Append($"a{i}", $"b{i}");
        }

        List<(long Offset, string? Key, string? Value)> all = fixture.ReadAll();
        Assert.Equal(Enumerable.Range(0, 400).Select(i => (long)i), all.Select(r => r.Offset));
        Assert.Equal(Enumerable.Range(0, 400).Select(i => (i % 2 == 0 ? "a" : "b") + (i / 2)), all.Select(r => r.Value));
        Assert.Equal(400, fixture.Log.HighWatermark);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ShouldBeginWithTheBatchThatHoldsTheOffset(bool files)
    {
        using LogFixture fixture = new(files);
        fixture.Append("0", "1", "2");
        fixture.Append("3", "4", "5");
        for (int offset = 0; offset < 6; offset++)
        {
            Assert.Equal(offset / 3 * 3, fixture.ReadAll(offset)[0].Offset);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ShouldGiveWholeBatchesOnly_WhateverTheLimit(bool files)
    {
        using LogFixture fixture = new(files);
        for (int i = 0; i < 50; i++)
        {
            fixture.Append(new string('x', 10 * i));
        }

        for (int limit = 1; limit < 20_000; limit += 97)
        {
            ReadResult read = fixture.Log.Read(0, limit, committed: false, atLeastOne: true);
            using SegmentSlice records = read.Records!;
            List<(long Offset, string? Key, string? Value)> found = RecordBatches.Read(records.ToArray());
            Assert.NotEmpty(found);
            Assert.True(records.Length <= limit || found.Count == 1);
        }

        Assert.Null(fixture.Log.Read(0, 1, committed: false, atLeastOne: false).Records);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ShouldSayOffsetOutOfRange_OnlyOutsideTheLog(bool files)
    {
        using LogFixture fixture = new(files);
        fixture.Append("0");
        Assert.Equal(ErrorCode.None, fixture.Log.Read(1, 100, committed: false, atLeastOne: true).Error);
        Assert.Equal(ErrorCode.OffsetOutOfRange, fixture.Log.Read(2, 100, committed: false, atLeastOne: true).Error);
        Assert.Equal(ErrorCode.OffsetOutOfRange, fixture.Log.Read(-1, 100, committed: false, atLeastOne: true).Error);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ShouldFindOffsetsByTime(bool files)
    {
        using LogFixture fixture = new(files, LogFixture.Plain with { SegmentBytes = 1_000 });
        for (int i = 0; i < 100; i++)
        {
            fixture.Log.Append(RecordBatches.Create([(null, "x"), (null, "y")], timestamp: 1_000 + (i * 10), timestampStep: 5));
        }

        Assert.Equal(new TimestampOffset(1_000, 0), fixture.Log.FindTimestamp(0, committed: false));
        Assert.Equal(new TimestampOffset(1_005, 1), fixture.Log.FindTimestamp(1_001, committed: false));
        Assert.Equal(new TimestampOffset(1_500, 100), fixture.Log.FindTimestamp(1_500, committed: false));
        Assert.Equal(TimestampOffset.None, fixture.Log.FindTimestamp(1_996, committed: false));
        Assert.Equal(new TimestampOffset(1_995, 199), fixture.Log.FindMaxTimestamp());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ShouldFindTheLargestTimestamp_WhenItIsNotTheLast(bool files)
    {
        using LogFixture fixture = new(files);
        fixture.Log.Append(RecordBatches.Create([(null, "a")], timestamp: 10));
        fixture.Log.Append(RecordBatches.Create([(null, "b"), (null, "c")], timestamp: 50));
        fixture.Log.Append(RecordBatches.Create([(null, "d")], timestamp: 20));
        Assert.Equal(new TimestampOffset(51, 2), fixture.Log.FindMaxTimestamp());
    }

    [Fact]
    public void ShouldRefuseBatches_ThatAreNotWhatTheySay()
    {
        using LogFixture fixture = new(files: false);
        byte[] good = RecordBatches.Of("a", "b");
        Assert.Equal(ErrorCode.CorruptMessage, fixture.Log.Append(good.AsSpan(0, 20).ToArray()).Error);
        Assert.Equal(ErrorCode.CorruptMessage, fixture.Log.Append(good.AsSpan(0, good.Length - 1).ToArray()).Error);
        Assert.Equal(ErrorCode.InvalidRecord, fixture.Log.Append([.. good, .. good]).Error);
        byte[] flipped = (byte[])good.Clone();
        flipped[^3] ^= 1;
        Assert.Equal(ErrorCode.CorruptMessage, fixture.Log.Append(flipped).Error);
        byte[] old = (byte[])good.Clone();
        old[16] = 1;
        Assert.Equal(ErrorCode.UnsupportedForMessageFormat, fixture.Log.Append(old).Error);
        Assert.Equal(ErrorCode.InvalidRecord, fixture.Log.Append(ControlBatch.Create(0, 1, 0, commit: true, coordinatorEpoch: 0)).Error);
        Assert.Equal(ErrorCode.MessageTooLarge, fixture.Log.Append(RecordBatches.Of(new string('x', 2 << 20))).Error);
        Assert.Equal(0, fixture.Log.HighWatermark);
    }

    [Fact]
    public void ShouldPassCompressedBatchesThrough_Untouched()
    {
        using LogFixture fixture = new(files: false);
        byte[] batch = RecordBatches.Create([(null, "pretend"), (null, "this is lz4")], compression: 3);
        fixture.Append("before");
        Assert.Equal(1, fixture.Log.Append((byte[])batch.Clone()).BaseOffset);
        using SegmentSlice records = fixture.Log.Read(1, 1 << 20, committed: false, atLeastOne: true).Records!;
        Assert.Equal(batch[16..], records.ToArray()[16..]);
    }

    [Fact]
    public void ShouldSetLogAppendTime_WhenTheTopicWantsIt()
    {
        using LogFixture fixture = new(files: false, LogFixture.Plain with { LogAppendTime = true });
        Assert.Equal(1_000_000, fixture.Append("a", "b").LogAppendTime);
        Assert.Equal(new TimestampOffset(1_000_000, 0), fixture.Log.FindMaxTimestamp());
        Assert.Equal(2, fixture.ReadAll().Count);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ShouldKeepReadersSafe_WhenTheirSegmentIsDeleted(bool files)
    {
        using LogFixture fixture = new(files, LogFixture.Plain with { SegmentBytes = 1_024 });
        for (int i = 0; i < 40; i++)
        {
            fixture.Append(new string('x', 200));
        }

        ReadResult read = fixture.Log.Read(0, 1 << 20, committed: false, atLeastOne: true);
        Assert.Equal(40, fixture.Log.DeleteRecords(-1).LogStartOffset);
        using (read.Records!)
        {
            Assert.NotEmpty(RecordBatches.Read(read.Records!.ToArray()));
        }

        Assert.Equal(ErrorCode.OffsetOutOfRange, fixture.Log.Read(0, 100, committed: false, atLeastOne: true).Error);
        Assert.Equal(40, fixture.Append("next").BaseOffset);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ShouldFailAppendAndGoOn_WhenTheDiskIsFull(bool files)
    {
        using LogFixture fixture = new(files);
        fixture.Append("a");
        fixture.Faults.DiskFull = true;
        Assert.Equal(ErrorCode.KafkaStorageError, fixture.Append("lost").Error);
        Assert.Equal(ErrorCode.KafkaStorageError, fixture.Log.AppendMarker(1, 0, commit: true, 0).Error);
        fixture.Faults.DiskFull = false;
        Assert.Equal(1, fixture.Append("b").BaseOffset);
        Assert.Equal(["a", "b"], fixture.ReadAll().Select(r => r.Value));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ShouldSayThatItIsGone_WhenTheLogWasDeleted(bool files)
    {
        using LogFixture fixture = new(files);
        fixture.Append("a");
        fixture.Log.Delete();
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, fixture.Log.Read(0, 100, committed: false, atLeastOne: true).Error);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, fixture.Append("b").Error);
        Assert.Equal(TimestampOffset.None, fixture.Log.FindTimestamp(0, committed: false));
    }

    [Fact]
    public async Task ShouldShowOnlyWhatIsOnTheDisk_WhenFsyncIsOn()
    {
        using LogFixture fixture = new(files: true, fsync: true);
        AppendResult appended = fixture.Append("a");
        await fixture.Log.WhenDurableAsync(appended.EndOffset);
        Assert.Equal(1, fixture.Log.HighWatermark);
        fixture.Faults.DiskFull = true;
        Assert.Equal(ErrorCode.KafkaStorageError, fixture.Append("b").Error);
        Assert.Equal(1, fixture.Log.HighWatermark);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task ShouldGiveConsistentReads_WhileOneWriterAppends(bool files)
    {
        using LogFixture fixture = new(files, LogFixture.Plain with { SegmentBytes = 20_000 });
        Task writing = Task.Run(() =>
        {
            for (int i = 0; i < 2_000; i++)
            {
                fixture.Append($"{2 * i}", $"{(2 * i) + 1}");
            }
        });
        long next = 0L;
        while (next < 4_000)
        {
            ReadResult read = fixture.Log.Read(next, 5_000, committed: next % 2 == 0, atLeastOne: true);
            if (read.Records is null)
            {
                await Task.Yield();
                continue;
            }

            using (read.Records)
            {
                foreach ((long offset, _, string? value) in RecordBatches.Read(read.Records.ToArray()))
                {
                    Assert.Equal((next, $"{next}"), (offset, value));
                    next++;
                }
            }
        }

        await writing;
    }

    [Fact]
    public void ShouldFindTheRecordWithTheLargestTime_WhenAMarkerHasALaterOne()
    {
        using LogFixture fixture = new(files: false);
        fixture.Log.Append(
            RecordBatches.Create([("a", "1"), ("b", "2")], timestamp: 100, producerId: 7, epoch: 0, sequence: 0, transactional: true)
        );
        fixture.Log.AppendMarker(7, 0, commit: true, coordinatorEpoch: 0);
        Assert.Equal(new TimestampOffset(101, 1), fixture.Log.FindMaxTimestamp());
    }
}
