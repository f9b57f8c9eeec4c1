using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Millrace.Durable.Protocol;
using Millrace.Operators.Process;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Tests.Operators;
using Xunit;

namespace Millrace.Tests.Serialization;

/// <summary>Text that is no valid UTF-16, as a cut through a pair of surrogates leaves it, must come back equal to itself.</summary>
public sealed class IllFormedTextTests
{
    private const string High = "\uD83D";
    private const string Low = "\uDE00";
    private static readonly string Cut = "😀 hello"[..1];

    // Attributes hold UTF-8, so the cases stand in the test.
    [Fact]
    public void ShouldComeBackEqual_WhenTextHasLoneSurrogates()
    {
        foreach (
            string text in (string[])[Cut, Low, Low + High, High + High + Low, "a" + High, "한" + Low + "글\uFFFD", "\uD7FF\uE000\uFFFF"]
        )
        {
            foreach (int padding in (int[])[0, 30, 50, 200])
            {
                string padded = new string('ü', padding) + text + new string('x', padding);

                Assert.Equal(padded, Bytes.Read<string>(Bytes.Write(padded)), StringComparer.Ordinal);
            }

            Assert.Equal(new Named(text, text[0], null), Bytes.Read<Named>(Bytes.Write(new Named(text, text[0], null))));
            Assert.Equal(text[0], Bytes.Read<char>(Bytes.Write(text[0])));
            Assert.Equal(1, Bytes.Read<Dictionary<string, int>>(Bytes.Write(new Dictionary<string, int> { [text] = 1 }))[text]);
        }
    }

    [Fact]
    public void ShouldComeBackEqual_WhenTextIsAny()
    {
        Gen<string> texts = Gen.Elements('a', 'ß', '한', High[0], Low[0], '\uFFFD', '\uDBFF', '\uDC00')
            .ListOf()
            .Select(chars => string.Concat(chars));

        Prop.ForAll(texts.ToArbitrary(), text => string.Equals(text, Bytes.Read<string>(Bytes.Write(text)), StringComparison.Ordinal))
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void ShouldKeepBytesOfUtf8_WhenTextIsValid()
    {
        foreach (
            string text in (string[])
                ["", "a", "Grüße", "한글 \uD7FF", "😀", new string('é', 100), string.Concat(Enumerable.Repeat("😀", 40))]
        )
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            DataWriter expected = new();
            expected.WriteVarUInt64((ulong)utf8.Length + 1);
            expected.WriteRaw(utf8);

            Assert.Equal(expected.ToArray(), Bytes.Write(text));
        }
    }

    /// <summary>Three bytes for each lone surrogate, by the rule that UTF-8 has for the other characters of its plane.</summary>
    [Fact]
    public void ShouldKeepFormat_WhenVersionsGoBy()
    {
        Assert.Equal("0661EDA0BD62", Convert.ToHexString(Bytes.Write("a" + High + "b")));
        Assert.Equal("07EDB880EDA0BD", Convert.ToHexString(Bytes.Write(Low + High)));
    }

    [Fact]
    public void ShouldReadOldText_WhenSurrogatesWereReplaced() =>
        Assert.Equal("a\uFFFD", Bytes.Read<string>(Convert.FromHexString("0561EFBFBD")));

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void ShouldGoOnCounting_WhenKeyIsIllFormedAndJobIsRestored(int parallelism)
    {
        using KeyedHarness<string, Seen, Seen> harness = new(
            () =>
                new KeyedReduceOperator<string, Seen>(
                    static (left, right) => left with { Count = left.Count + right.Count, Last = right.Last },
                    KeyHashers.For<string>(),
                    TypeSerializers.For<string>(),
                    TypeSerializers.For<Seen>()
                ),
            static seen => seen.Key
        );
        string[] keys = [Cut, High + "a", Low, "b" + Low, "\uFFFD"];
        foreach (string key in keys)
        {
            harness.Push(new Seen(key, 1, key), 1);
        }

        harness.Restart(parallelism);
        harness.Records.Clear();
        foreach (string key in keys)
        {
            harness.Push(new Seen(key, 1, key), 2);
        }

        Assert.Equal(keys.Select(key => new Seen(key, 2, key)), harness.Values);
    }

    [Fact]
    public void ShouldComeBackEqual_WhenNameOfAChannelIsIllFormed()
    {
        Envelope envelope = new()
        {
            Job = "job",
            Channel = new ChannelId("edge-" + Cut, 0, 1),
            Epoch = 1,
            Previous = -1,
            From = 0,
            To = 0,
            Watermark = 5,
            Kind = PayloadKind.Records,
            Payload = new byte[] { 1 },
        };

        Assert.Equal("edge-" + Cut, EnvelopeCodec.Decode(EnvelopeCodec.Encode(envelope)).Channel.Edge, StringComparer.Ordinal);
    }

    private sealed record Named(string Text, char First, string? Other);

    private sealed record Seen(string Key, int Count, string Last);
}
