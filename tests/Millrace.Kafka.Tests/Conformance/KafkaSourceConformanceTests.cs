using System.Globalization;
using Millrace.Connectors;
using Millrace.Testing.Conformance;
using Xunit;

namespace Millrace.Kafka.Tests.Conformance;

public sealed class KafkaSourceConformanceTests : BrokerTest
{
    private const int Partitions = 2;
    private const int Count = 12;

    public static TheoryData<string> Checks => new(SourceConformance.CheckNames);

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldPass_WhenBounded(string check) => RunAsync(check, isBounded: true);

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldPass_WhenUnbounded(string check) => RunAsync(check, isBounded: false);

    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("records", Partitions)];

    private Task RunAsync(string check, bool isBounded)
    {
        Fill("records", Partitions, 0, Count);
        return new SourceConformance<string>(_ => Task.FromResult<SourceUnderTest<string>>(new Subject(this, isBounded))).RunAsync(
            check,
            Deadline.Token()
        );
    }

    private sealed class Subject(KafkaSourceConformanceTests test, bool isBounded) : SourceUnderTest<string>
    {
        private readonly List<string> _records =
        [
            .. Enumerable.Range(0, Count).Select(number => number.ToString(CultureInfo.InvariantCulture)),
        ];

        public override IReadOnlyList<string> Records => _records;

        public override ISource<string> Create()
        {
            KafkaSourceBuilder<string> builder = Builder().SetBootstrapServers(test.BootstrapServers);
            return (isBounded ? builder.SetBounded(OffsetsInitializer.Latest()) : builder).Build();
        }

        public override Task<bool> AppendAsync(CancellationToken cancellationToken)
        {
            test.Fill("records", Partitions, _records.Count, 1);
            _records.Add(_records.Count.ToString(CultureInfo.InvariantCulture));
            return Task.FromResult(true);
        }

        public override ISource<string> CreateInvalid() => Builder().Build();

        private static KafkaSourceBuilder<string> Builder() =>
            KafkaSource
                .Builder<string>()
                .SetTopics("records")
                .SetStartingOffsets(OffsetsInitializer.Earliest())
                .SetDeserializer(SimpleStringSchema.Instance);
    }
}
