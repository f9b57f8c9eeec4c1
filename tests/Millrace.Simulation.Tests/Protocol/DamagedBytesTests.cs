using Millrace.Durable.Protocol;
using Xunit;

namespace Millrace.Simulation.Tests.Protocol;

/// <summary>What somebody is told who has bytes that are not what they should be.</summary>
public sealed class DamagedBytesTests
{
    [Theory]
    [InlineData("", "Ledger: 1 more bytes were expected at byte 0 of 0; the bytes are truncated.")]
    [InlineData("4c0102", "Ledger: 1 more bytes were expected at byte 3 of 3; the bytes are truncated.")]
    [InlineData("4c010202", "Ledger: 1 more bytes were expected at byte 4 of 4; the bytes are truncated.")]
    [InlineData("4c01020202007f", "Ledger: 127 more bytes were expected at byte 7 of 7; the bytes are truncated.")]
    [InlineData("4c010202020001057061", "Ledger: 5 more bytes were expected at byte 8 of 10; the bytes are truncated.")]
    [InlineData(
        "4c01ffffffffffffffffffff01",
        "Ledger: a variable-length integer that ends at byte 12 is longer than 10 bytes; the bytes are damaged."
    )]
    [InlineData("4c0102020200010161ffffffff0f", "Ledger: a count is 4294967295, more than 2147483647; the bytes are damaged.")]
    [InlineData("4501", "Ledger: the first byte is 0x45, expected 0x4c; this is something else.")]
    [InlineData(
        "4c00",
        "Ledger: written in format version 0, but this build reads versions 1 to 4; run the build that wrote it or a newer one."
    )]
    [InlineData("4c0102020200000000", "Ledger: 2 bytes follow its end; the bytes are damaged.")]
    public void ShouldSayWhatIsWrong_WhenALedgerIsDamaged(string hex, string expected) =>
        Check(expected, () => LedgerCodec.Decode(Convert.FromHexString(hex)));

    [Fact]
    public void ShouldNameItsSubject_WhateverIsDamaged()
    {
        Check(
            "Envelope: 1 more bytes were expected at byte 1 of 1; the bytes are truncated.",
            () => EnvelopeCodec.Decode(Convert.FromHexString("45"))
        );
        Check(
            "Progress: 127 more bytes were expected at byte 7 of 7; the bytes are truncated.",
            () => ProgressCodec.Decode(Convert.FromHexString("5001016101627f"))
        );
        Check(
            "Acknowledgement: a count is 4294967295, more than 2147483647; the bytes are damaged.",
            () => AcknowledgementCodec.Decode(Convert.FromHexString("410101610162ffffffff0f"))
        );
        Check(
            "State of task pay/tasks/2: 3 more bytes were expected at byte 3 of 5; the bytes are truncated.",
            () => Tasks.Create(new RecordingLogic(), Convert.FromHexString("5402037061"))
        );
        Check(
            "Record payload: 2 more bytes were expected at byte 2 of 3; the bytes are truncated.",
            () => new RecordPayloadReader(Convert.FromHexString("020261"), -1).TryRead(out _, out _)
        );
    }

    private static void Check(string expected, Action read) => Assert.Equal(expected, Assert.Throws<InvalidDataException>(read).Message);
}
