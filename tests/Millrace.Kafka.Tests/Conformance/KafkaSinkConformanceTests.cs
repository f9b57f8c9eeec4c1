using System.Globalization;
using Millrace.Connectors;
using Millrace.Testing.Conformance;
using Xunit;

namespace Millrace.Kafka.Tests.Conformance;

public sealed class KafkaSinkConformanceTests : BrokerTest
{
    public static TheoryData<string> Checks => new(SinkConformance.CheckNames);

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldPass_WhenBestEffort(string check) => RunAsync(check, DeliveryGuarantee.BestEffort);

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldPass_WhenAtLeastOnce(string check) => RunAsync(check, DeliveryGuarantee.AtLeastOnce);

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldPass_WhenExactlyOnce(string check) => RunAsync(check, DeliveryGuarantee.ExactlyOnce);

    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("results", 1)];

    private Task RunAsync(string check, DeliveryGuarantee guarantee) =>
        new SinkConformance<string>(_ => Task.FromResult<SinkUnderTest<string>>(new Subject(this, guarantee))).RunAsync(
            check,
            Deadline.Token()
        );

    private sealed class Subject(KafkaSinkConformanceTests test, DeliveryGuarantee guarantee) : SinkUnderTest<string>
    {
        public override ISink<string> Create() => Builder().SetBootstrapServers(test.BootstrapServers).Build();

        public override string RecordOf(int number) => number.ToString(CultureInfo.InvariantCulture);

        public override async Task<IReadOnlyList<string>> ReadAsync(CancellationToken cancellationToken) =>
            await test.ReadAllAsync("results");

        public override ISink<string> CreateInvalid() => Builder().Build();

        private KafkaSinkBuilder<string> Builder() =>
            KafkaSink
                .Builder<string>()
                .SetTopic("results")
                .SetValueSerializer(SimpleStringSchema.Instance)
                .SetDeliveryGuarantee(guarantee)
                .SetTransactionTimeout(TimeSpan.FromMinutes(1));
    }
}
