using System.Text;
using Millrace.Durable.Protocol;
using Xunit;

namespace Millrace.Simulation.Tests.Protocol;

/// <summary>
/// The bytes are a contract with what is stored: a change of one of these strings needs a new format version that still reads the old one.
/// </summary>
public sealed class CodecTests
{
    private const string GoldenLedger = "4c010ed804c7b51d01d804fe04020a7061796d656e74733e730300d4040a7061796d656e74733e730301d604";
    private const string GoldenLedgerWithId =
        "4c030ed804c7b51d01d804fe04020a7061796d656e74733e730300d4040a7061796d656e74733e730301d6040000f7ccd5a2b4c6c808ffddf7e6bcd7eacc8801";
    private const string GoldenLedgerWithFirst =
        "4c040ed804c7b51d01d804fe04020a7061796d656e74733e730300d4040a7061796d656e74733e730301d604"
        + "0000f7ccd5a2b4c6c808ffddf7e6bcd7eacc8801c801";
    private const string GoldenEnvelope = "45010105706179236e0a7061796d656e74733e7303010ed204d404d604c7b51d03010203";
    private const string GoldenFragment = "45013201700165000001021414ffffffffffffffffff01010201ff";
    private const string GoldenProgress = "500305706179236e0a7061796d656e74733e730200c7b51dd404ac030101ff04fe0407";
    private const string GoldenProgress2 = "500205706179236e0a7061796d656e74733e730200c7b51dd4040101ff0407";
    private const string GoldenProgress1 = "500105706179236e0a7061796d656e74733e730200c7b51dd4040101ff04";
    private const string GoldenFreeze = "460107";
    private const string GoldenAcknowledgement = "410105706179236e0a7061796d656e74733e7303015201";
    private const string GoldenTask2 =
        "540203706179057461736b7302ffffffffffffffffff0100000102696e0102696e00020affffffffffffffffff01c8010e010001450101"
        + "0370617902696e000202101212ffffffffffffffffff010312016400000000343a610a353a62";
    private const string GoldenTask3 =
        "540303706179057461736b7302ffffffffffffffffff01000001070102696e0102696e00020affffffffffffffffff01c8010e010001450101"
        + "0370617902696e000202101212ffffffffffffffffff010312016400000000343a610a353a62";
    private const string GoldenTask1 =
        "540103706179057461736b7302ffffffffffffffffff0100000102696e0102696e00020affffffffffffffffff01c8010e0145010103706179"
        + "02696e000202101212ffffffffffffffffff0103120164000000343a610a353a62";

    private const string GoldenOutputs2 =
        "540203706179057461736b7302ffffffffffffffffff010400000102696e00020affffffffffffffffff01ffffffffffffffffff0101010000"
        + "01036f75740201020145010103706179036f7574020100000202ffffffffffffffffff010201020145010103706179036f75740201000100"
        + "00ffffffffffffffffff01020102020773696e6b2dc3bc0001030773696e6b2dc3bc020103343a610a353a62";
    private const string GoldenTask =
        "540403706179057461736b7302ffffffffffffffffff01000000000102696e015502696e000ac8010e014501010370617902696e000202"
        + "101212ffffffffffffffffff010312016400000000343a610a353a62";
    private const string GoldenFrozenTask =
        "540403706179057461736b7302ffffffffffffffffff01000001070102696e015502696e000ac8010e014501010370617902696e000202"
        + "101212ffffffffffffffffff010312016400000000343a610a353a62";
    private const string GoldenOutputs =
        "540403706179057461736b7302ffffffffffffffffff010400000000010502696e000a01036f75740201020145010103706179036f7574"
        + "020100000202ffffffffffffffffff010201020145010103706179036f7574020100010000ffffffffffffffffff01020102020773696e"
        + "6b2dc3bc0001030773696e6b2dc3bc020103343a610a353a62";
    private const string GoldenPayload = "0801610800d804026263";

    private static readonly ChannelId First = new("payments>s", 3, 0);
    private static readonly ChannelId Second = new("payments>s", 3, 1);

    private static readonly LedgerState Ledger = new(
        7,
        300,
        -240_996,
        SentPositions.Of([new(Second, 299), new(First, 298)]).With([new(Second, 299)]),
        null
    );

    private static readonly Envelope Envelope = new()
    {
        Job = "pay#n",
        Channel = Second,
        Epoch = 7,
        Previous = 297,
        From = 298,
        To = 299,
        Watermark = -240_996,
        Kind = PayloadKind.Records,
        Payload = new byte[] { 1, 2, 3 },
    };

    [Fact]
    public void ShouldWriteTheGoldenBytes_WhenAPlannedLedgerIsEncoded() =>
        Check(
            GoldenLedger,
            LedgerCodec.Encode(Ledger.Planned(new OffsetRange(300, 319))),
            bytes => LedgerCodec.Encode(LedgerCodec.Decode(bytes))
        );

    [Fact]
    public void ShouldWriteTheGoldenBytes_WhenALedgerKnowsItsTopic()
    {
        LedgerState known = Ledger.Planned(new OffsetRange(300, 319)) with { TopicId = new Guid("00112233-4455-6677-8899-aabbccddeeff") };

        Check(GoldenLedgerWithId, LedgerCodec.Encode(known), bytes => LedgerCodec.Encode(LedgerCodec.Decode(bytes)));
        Assert.Equal(known.TopicId, LedgerCodec.Decode(Convert.FromHexString(GoldenLedgerWithId)).TopicId);
        Assert.Equal(Guid.Empty, LedgerCodec.Decode(Convert.FromHexString(GoldenLedger)).TopicId);
    }

    [Fact]
    public void ShouldWriteTheGoldenBytes_WhenALedgerKnowsItsFirstOffset()
    {
        LedgerState known = Ledger.Planned(new OffsetRange(300, 319)) with
        {
            TopicId = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
            First = 100,
        };

        Check(GoldenLedgerWithFirst, LedgerCodec.Encode(known), bytes => LedgerCodec.Encode(LedgerCodec.Decode(bytes)));
        Assert.Equal(100, LedgerCodec.Decode(Convert.FromHexString(GoldenLedgerWithFirst)).First);
        Assert.Equal(-1, LedgerCodec.Decode(Convert.FromHexString(GoldenLedgerWithId)).First);
    }

    [Fact]
    public void ShouldWriteTheGoldenBytes_WhenTasksAreFrozen()
    {
        Check(GoldenFreeze, FreezeCodec.Encode(7), bytes => FreezeCodec.Encode(FreezeCodec.Decode(bytes)));

        KeyedTask task = new(Tasks.Options, new RecordingLogic(), Convert.FromHexString(GoldenTask));
        task.Freeze(7);
        Check(GoldenFrozenTask, task.Save(), bytes => new KeyedTask(Tasks.Options, new RecordingLogic(), bytes).Save());
        KeyedTask frozen = new(Tasks.Options, new RecordingLogic(), Convert.FromHexString(GoldenFrozenTask));
        frozen.Thaw(6);
        Assert.True(frozen.IsFrozen);
        frozen.Thaw(7);
        Assert.False(frozen.IsFrozen);

        // Late.
        frozen.Freeze(7);
        Assert.False(frozen.IsFrozen);
    }

    [Fact]
    public void ShouldWriteTheGoldenBytes_WhenAnEnvelopeIsEncoded() =>
        Check(GoldenEnvelope, EnvelopeCodec.Encode(Envelope), static bytes => EnvelopeCodec.Encode(EnvelopeCodec.Decode(bytes)));

    [Fact]
    public void ShouldWriteTheGoldenBytes_WhenAFragmentIsEncoded()
    {
        Envelope fragment = new()
        {
            Job = "p",
            Channel = new ChannelId("e", 0, 0),
            Epoch = -1,
            Previous = 1,
            From = 10,
            To = 10,
            Kind = PayloadKind.Whole,
            IsResend = true,
            Fragment = 1,
            FragmentCount = 2,
            Payload = new byte[] { 255 },
        };
        Check(GoldenFragment, EnvelopeCodec.Encode(fragment), static bytes => EnvelopeCodec.Encode(EnvelopeCodec.Decode(bytes)));
    }

    [Fact]
    public void ShouldWriteTheGoldenBytes_WhenProgressIsEncoded()
    {
        Progress progress = new()
        {
            Job = "pay#n",
            Edge = "payments>s",
            Partitions = [new PartitionProgress(0, -240_996, 298, 512), new PartitionProgress(1, -1, -320, -1)],
            FreezeNumber = 7,
        };
        Check(GoldenProgress, ProgressCodec.Encode(progress), static bytes => ProgressCodec.Encode(ProgressCodec.Decode(bytes)));
    }

    [Theory]
    [InlineData(GoldenProgress1, 0)]
    [InlineData(GoldenProgress2, 7)]
    public void ShouldReadTheGoldenBytes_WhenProgressIsOfAnEarlierVersion(string golden, int freezeNumber)
    {
        Progress progress = ProgressCodec.Decode(Convert.FromHexString(golden));

        Assert.Equal([new PartitionProgress(0, -240_996, 298, -1), new PartitionProgress(1, -1, -320, -1)], progress.Partitions);
        Assert.Equal(freezeNumber, progress.FreezeNumber);
    }

    [Fact]
    public void ShouldWriteTheGoldenBytes_WhenATaskIsSaved()
    {
        KeyedTask task = Tasks.Create(new RecordingLogic());
        task.OnEnvelope(Tasks.Records(0, -1, (4, "a"), (5, "b")));
        task.OnEnvelope(Tasks.Records(0, 8, (9, "d")));
        task.OnProgress(Tasks.Told((0, 100, 7)));

        Check(GoldenTask, task.Save(), static bytes => Tasks.Create(new RecordingLogic(), bytes).Save());
    }

    /// <summary>A version that knows of no parts must not take what it reads for the state.</summary>
    [Fact]
    public void ShouldSayWhatItLacks_WhenATaskHasParts()
    {
        RecordingLogic logic = new();
        KeyedTask task = Tasks.Create(logic, Convert.FromHexString(GoldenTask));
        logic.Parts = new LogicParts(
            1,
            [
                [1, 2],
            ]
        );
        byte[] bytes = task.Save(0, out LogicParts parts);

        Assert.Equal(2, parts.Count);
        Assert.Equal("5405" + GoldenTask[4..], Convert.ToHexStringLower(bytes));
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => Tasks.Create(new RecordingLogic(), bytes));
        Assert.Equal(
            "State of task pay/tasks/2: it has 0 parts, but its bytes say that it has some; give the task its own parts, or start the job "
                + "from a savepoint.",
            error.Message
        );

        // Who has the parts has all of it.
        RecordingLogic restored = new();
        _ = new KeyedTask(Tasks.Options, restored, bytes, parts: [new byte[] { 1, 2 }]);
        Assert.Equal(logic.Calls, restored.Calls);
        Assert.Equal(1, restored.Parts.Count);
    }

    [Fact]
    public void ShouldWriteTheGoldenBytes_WhenATaskHasOutputs()
    {
        KeyedTask sender = Tasks.Create(Emitting());
        sender.OnEnvelope(Tasks.Records(0, -1, (4, "a")));
        KeyedTask task = Tasks.Create(Emitting(), sender.Save());
        task.MarkEnvelopesSent();
        task.OnEnvelope(Tasks.Records(0, 4, (5, "b")));

        Assert.Equal((1, 1, 2), (task.Unacknowledged.Count, task.Envelopes.Count, task.SinkEntries.Count));
        Check(GoldenOutputs, task.Save(), static bytes => Tasks.Create(new RecordingLogic(), bytes).Save());

        static RecordingLogic Emitting() =>
            new()
            {
                OnApply = output =>
                {
                    output.Send("out", 1, [1, 2]);
                    output.Emit("sink-ü", [3]);
                },
            };
    }

    [Fact]
    public void ShouldWriteTheGoldenBytes_WhenRecordsAreFramed()
    {
        ReadOnlyMemory<byte> payload = Tasks.Records(0, -1, (4, "a"), (4, ""), (300, "bc")).Payload;

        Assert.Equal(GoldenPayload, Convert.ToHexStringLower(payload.Span));
        RecordPayloadReader reader = new(payload, 3);
        List<string> read = [];
        while (reader.TryRead(out long position, out ReadOnlyMemory<byte> record))
        {
            read.Add($"{position}:{Encoding.ASCII.GetString(record.Span)}");
        }

        Assert.Equal(["4:a", "4:", "300:bc"], read);
    }

    [Theory]
    [InlineData(GoldenTask1, GoldenTask)]
    [InlineData(GoldenTask2, GoldenTask)]
    [InlineData(GoldenTask3, GoldenFrozenTask)]
    [InlineData(GoldenOutputs2, GoldenOutputs)]
    public void ShouldReadTheGoldenBytes_WhenATaskWasSavedInAnEarlierVersion(string golden, string now)
    {
        KeyedTask task = Tasks.Create(new RecordingLogic(), Convert.FromHexString(golden));

        Assert.Equal(now, Convert.ToHexStringLower(task.Save()));
    }

    [Fact]
    public void ShouldTakeFewBytesPerChannel_WhenASourceHasManyPartitions()
    {
        const int Partitions = 1000;
        KeyedTask task = Tasks.Create(new RecordingLogic());
        long now = new DateTimeOffset(2026, 11, 27, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        int before = task.Save().Length;
        for (int i = 0; i < Partitions; i++)
        {
            task.OnEnvelope(Tasks.Records(i, -1, (3_000_000 + i, "a")));
        }

        task.OnProgress(Tasks.Told([.. Enumerable.Range(0, Partitions).Select(i => (i, now - (i * 7919 % 30_000), 3_000_000L + i))]));
        byte[] state = task.Save();
        int logic = Partitions * Encoding.ASCII.GetByteCount("3000000:a\n");

        // 41 bytes in version 3.
        Assert.InRange((state.Length - before - logic) / (double)Partitions, 5, 12);
        Assert.Equal(state, Tasks.Create(new RecordingLogic(), state).Save());
    }

    [Fact]
    public void ShouldWriteTheGoldenBytes_WhenAnAcknowledgementIsEncoded()
    {
        Acknowledgement acknowledgement = new()
        {
            Job = "pay#n",
            Channel = Second,
            Applied = 41,
            AsksForRest = true,
        };
        Check(
            GoldenAcknowledgement,
            AcknowledgementCodec.Encode(acknowledgement),
            static bytes => AcknowledgementCodec.Encode(AcknowledgementCodec.Decode(bytes))
        );
    }

    [Fact]
    public void ShouldRoundTrip_WhenALedgerHasNoPlan()
    {
        LedgerState decoded = LedgerCodec.Decode(LedgerCodec.Encode(Ledger));

        Assert.Equal(
            (Ledger.Epoch, Ledger.Next, Ledger.Watermark, Ledger.Plan),
            (decoded.Epoch, decoded.Next, decoded.Watermark, decoded.Plan)
        );
        Assert.Equal(Ledger.Sent.Entries.ToArray(), decoded.Sent.Entries.ToArray());
        Assert.Equal(298, decoded.Sent[First]);
        Assert.Equal(SentPositions.None, decoded.Sent[new ChannelId("payments>s", 3, 2)]);
    }

    [Fact]
    public void ShouldSayWhatItIs_WhenBytesAreOfANewerVersion()
    {
        byte[] bytes = Convert.FromHexString(GoldenLedger);
        bytes[1] = 5;

        InvalidDataException error = Assert.Throws<InvalidDataException>(() => LedgerCodec.Decode(bytes));
        Assert.Equal(
            "Ledger: written in format version 5, but this build reads versions 1 to 4; run the build that wrote it or a newer one.",
            error.Message
        );
    }

    [Fact]
    public void ShouldSayWhatItIs_WhenBytesAreOfSomethingElse() =>
        Assert.Throws<InvalidDataException>(() => EnvelopeCodec.Decode(Convert.FromHexString(GoldenLedger)));

    [Fact]
    public void ShouldRefuseAnothersState_WhenTaskDiffers()
    {
        byte[] bytes = Tasks.Create(new RecordingLogic()).Save();

        InvalidDataException error = Assert.Throws<InvalidDataException>(() =>
            new KeyedTask(Tasks.Options with { Task = 1 }, new RecordingLogic(), bytes)
        );
        Assert.Contains("these are the bytes of task pay/tasks/2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldRefuseAnEnvelope_WhenItIsOverTheLimit()
    {
        Envelope large = Envelope with { Payload = new byte[EnvelopeLimits.MaxEncodedBytes] };

        Assert.Throws<ArgumentException>(() => EnvelopeCodec.Encode(large));
    }

    private static void Check(string golden, byte[] actual, Func<ReadOnlyMemory<byte>, byte[]> readAndWrite)
    {
        Assert.True(golden == Convert.ToHexStringLower(actual), Convert.ToHexStringLower(actual));
        Assert.Equal(actual, readAndWrite(actual));

        // However it is damaged, it is refused as such or read as something else, but never more.
        for (int length = 0; length < actual.Length; length++)
        {
            try
            {
                readAndWrite(actual.AsMemory(0, length));
            }
            catch (InvalidDataException)
            {
                continue;
            }

            // A task's own part ends where its logic's begins.
            Assert.Equal((byte)'T', actual[0]);
        }

        for (int i = 0; i < actual.Length; i++)
        {
            byte[] damaged = actual.ToArray();
            damaged[i] ^= 0xFF;
            try
            {
                readAndWrite(damaged);
            }
            catch (Exception error) when (error is InvalidDataException or ArgumentException)
            {
                Assert.NotEmpty(error.Message);
            }
        }
    }
}
