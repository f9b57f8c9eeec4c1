using Xunit;

namespace Millrace.Kafka.Tests.Sources;

public sealed class KafkaSourceValidationTests
{
    [Fact]
    public void ShouldListEveryMistake_WhenNothingIsSet()
    {
        List<string> errors = [];

        KafkaSource.Builder<string>().Build().Validate(errors);

        Assert.Collection(
            errors,
            error => Assert.Contains(".SetBootstrapServers", error, StringComparison.Ordinal),
            error => Assert.Contains(".SetTopics", error, StringComparison.Ordinal),
            error => Assert.Contains(".SetDeserializer", error, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void ShouldRefuse_WhenSettingsContradict()
    {
        List<string> errors = [];

        KafkaSource
            .Builder<string>()
            .SetBootstrapServers("x:1")
            .SetTopics("a", "dead")
            .SetTopicPattern("a.*")
            .SetDeserializer(SimpleStringSchema.Instance)
            .SetStartingOffsets(OffsetsInitializer.CommittedOffsets())
            .SetBounded(OffsetsInitializer.Timestamp(-5))
            .SetDeserializationErrorPolicy(DeserializationErrorPolicy.DeadLetter("dead"))
            .SetProperty("enable.auto.commit", "true")
            .SetProperty("no.such.property", "1")
            .Build()
            .Validate(errors);

        Assert.Collection(
            errors,
            error => Assert.Contains("both topics and a topic pattern", error, StringComparison.Ordinal),
            error => Assert.Contains(".SetGroupId", error, StringComparison.Ordinal),
            error => Assert.Contains("Timestamp(-5)", error, StringComparison.Ordinal),
            error => Assert.Contains("dead-letter topic 'dead'", error, StringComparison.Ordinal),
            error => Assert.Contains("enable.auto.commit", error, StringComparison.Ordinal),
            error => Assert.Contains("'no.such.property'", error, StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("^fb(")]
    [InlineData("a)|(b")]
    public void ShouldNameThePatternAsWritten_WhenItIsNoRegularExpression(string pattern)
    {
        List<string> errors = [];

        KafkaSource
            .Builder<string>()
            .SetBootstrapServers("x:1")
            .SetTopicPattern(pattern)
            .SetDeserializer(SimpleStringSchema.Instance)
            .Build()
            .Validate(errors);

        Assert.Contains($"topic pattern '{pattern}', expected a .NET regular expression", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldNameTopicAndCluster_WhenAskedForTopics()
    {
        KafkaSource<string> source = KafkaSource.Builder<string>().SetBootstrapServers("b:2, a:1").SetTopics("t", "t").Build();

        Assert.Equal(["kafka:t at a:1,b:2"], source.Topics.Select(topic => topic.ToString()));
    }
}
